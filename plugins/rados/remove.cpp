// SPDX-License-Identifier: Apache-2.0
//
// Removes entries and then blobs; a blob with the mark of a move is removed only if the move does
// not need it.
#include "remove.hpp"

#include <cerrno>

#include <chrono>
#include <thread>
#include <utility>

#include "cleanup.hpp"

namespace berth::rados {
namespace {

constexpr std::uint64_t page_size = 64;
constexpr int max_attempts = 500;

bool concerns_one_blob(const sdk::Error& error) {
  return error.status() != BERTH_STATUS_UNAVAILABLE &&
         error.status() != BERTH_STATUS_DEADLINE_EXCEEDED &&
         error.status() != BERTH_STATUS_CANCELLED;
}

// Logs a failure that concerns this blob alone, so that the others are still removed.
template <class Body>
void log_failure_of_one(const std::string& blob, Body&& body) {
  try {
    body();
  } catch (const sdk::Error& error) {
    if (!concerns_one_blob(error)) throw;
    sdk::log(BERTH_LOG_WARN, may_leave_orphans(blob) + ": " + error.what());
  }
}

}  // namespace

void Removal::remove_file(const std::string& path, std::string blob, const sdk::Call& call) const {
  auto info = blobs_.start_info(blob);
  while (!directories_.unlink(path, blob, call)) {
    const auto now = directories_.find(path, call);
    if (!now || now->empty()) return;  // another process removed it
    blob = *now;
    info = blobs_.start_info(blob);
  }
  log_failure_of(may_leave_orphans(blob), [&] { remove_blob(blob, path, call, std::move(info)); });
}

// A file that is created meanwhile before the current position stays, and so does its directory.
void Removal::remove_tree(const std::string& directory, const sdk::Call& call) const {
  std::string after;
  for (;;) {
    call.check();
    const auto page = directories_.page(directory, after, page_size, call);
    if (!page) break;
    std::vector<OmapEntry> files;
    for (const OmapEntry& entry : page->entries) {
      if (entry.value.empty()) {
        remove_tree(join(directory, entry.key), call);
      } else {
        files.push_back(entry);
      }
    }
    if (files.empty() || directories_.unlink_all(directory, files, call)) {
      remove_blobs(directory, files, call);
    } else {
      for (const OmapEntry& file : files) remove_file(join(directory, file.key), file.value, call);
    }
    if (!page->more || page->next.empty()) break;
    after = page->next;
  }
  if (directory != "/") directories_.remove_if_empty(directory, call);
}

// With a mark, what happens depends on the other entry of the move:
//
// - `path` is the destination, and the source still names the blob: the blob stays.
// - `path` is the destination, and the source does not name the blob: the blob is removed.
// - `path` is the source, and the destination names the blob: this call ends the move. Until then
//   the mark stays, because it says where the blob is.
// - `path` is the source, and the destination does not name the blob: the mover is about to add the
//   entry or to give up, so this call waits.
//
// Invariant: a blob that an entry names, or that a move will give an entry, is not removed. If that
// is uncertain, the blob becomes an orphan, which maintenance finds.
void Removal::remove_blob(const std::string& blob, const std::string& path, const sdk::Call& call,
                          std::unique_ptr<ReadOperation> early_info) const {
  // An info from before the change of the entry is good enough if it has no mark: Blobs::remove()
  // checks that again.
  if (early_info) {
    const auto info = blobs_.await_info_for_removal(*early_info, call);
    if (!info || (info->move.empty() && blobs_.remove(blob, *info, call))) return;
  }
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    call.check();
    const auto info = blobs_.await_info_for_removal(*blobs_.start_info(blob), call);
    if (!info) return;
    const auto other = decode_move(info->move);
    const bool to_here = other && path == other->destination;
    if (to_here && directories_.find(other->source, call) == blob) return;
    if (!other || to_here) {
      if (blobs_.remove(blob, *info, call)) return;
    } else if (directories_.find(other->destination, call) == blob) {
      marks_.finish(blob, *info, info->move, call);
      return;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

void Removal::remove_blobs(const std::string& directory, const std::vector<OmapEntry>& files,
                           const sdk::Call& call) const {
  std::vector<bool> done(files.size());
  try {
    remove_blobs(directory, files, done, call);
  } catch (const sdk::Error& error) {
    for (std::size_t i = 0; i < files.size(); ++i)
      if (!done[i])
        sdk::log(BERTH_LOG_WARN, may_leave_orphans(files[i].value) + ": " + error.what());
    throw;
  }
}

void Removal::remove_blobs(const std::string& directory, const std::vector<OmapEntry>& files,
                           std::vector<bool>& done, const sdk::Call& call) const {
  std::vector<std::unique_ptr<ReadOperation>> infos;
  for (const OmapEntry& file : files) infos.push_back(blobs_.start_info(file.value));
  struct ChunkRemoval {
    std::size_t file;
    WriteOperation write;
  };
  Window<ChunkRemoval> window(2 * stream_window);
  const auto settle = [&] {
    const auto oldest = window.pop();
    const OmapEntry& file = files[oldest->file];
    log_failure_of_one(file.value, [&] {
      const int code = oldest->write.wait(call);
      if (code == -ENOENT) return;
      // A move began after the info was read; it waits until remove_blob() has run.
      if (WriteOperation::guard_failed(code))
        return remove_blob(file.value, join(directory, file.key), call);
      session_.check(code, "cannot remove", oldest->write.object());
    });
    done[oldest->file] = true;
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& blob = files[i].value;
    bool removing = false;
    log_failure_of_one(blob, [&] {
      const auto info = blobs_.await_info_for_removal(*infos[i], call);
      if (!info) return;
      if (!info->own || info->size > info->chunk_size || !info->move.empty())
        return remove_blob(blob, join(directory, files[i].key), call);
      if (window.full()) settle();
      auto removal = std::make_unique<ChunkRemoval>();
      removal->file = i;
      removal->write.expect_attribute(move_attribute, "").remove_object();
      removal->write.start(session_, chunk_name(blob, 0));
      window.push(std::move(removal));
      removing = true;
    });
    if (!removing) done[i] = true;
  }
  while (!window.empty()) settle();
}

}  // namespace berth::rados
