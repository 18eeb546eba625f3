// SPDX-License-Identifier: Apache-2.0
//
// Steps of a search:
//
// 1. List all blobs. A blob that is created later is not among them.
// 2. Read the entries of all directories and the unfinished uploads, and drop the blobs they name.
//    Do this twice, for a file that a registry moves meanwhile: a registry's move changes no blob.
// 3. Drop the blobs that are younger than `min_age`. Berth's moves update `berth.touched`, so a
//    file that Berth moves meanwhile is too young.
//
// Invariant: a blob that a file or an upload names is not reported, unless a registry moves the
// file while both passes of step 2 read the entries.
#include "orphans.hpp"

#include <cerrno>

#include <algorithm>
#include <memory>
#include <utility>

#include "layout.hpp"

namespace berth::rados {
namespace {

constexpr std::size_t max_requests = 64;  // in flight, for the chunks of one orphan

class ObjectList {
 public:
  explicit ObjectList(const Session& session) : session_(session) {
    session.require_usable();
    session.check(rados_nobjects_list_open(session.io(), &list_), "cannot list", "the pool");
  }
  ~ObjectList() { rados_nobjects_list_close(list_); }
  ObjectList(const ObjectList&) = delete;
  ObjectList& operator=(const ObjectList&) = delete;

  int next(std::string_view& name) {
    const char* entry = nullptr;
    std::size_t size = 0;
    const int code =
        rados_nobjects_list_next2(list_, &entry, nullptr, nullptr, &size, nullptr, nullptr);
    if (code == 0) name = {entry, size};
    if (code == -ENOENT) session_.require_pool();  // throws if it is not the end
    return code;
  }

 private:
  const Session& session_;
  rados_list_ctx_t list_ = nullptr;
};

template <class Visit>
void each_object(const Session& session, const sdk::Call& call, Visit&& visit) {
  ObjectList objects(session);
  std::string_view name;
  int code = 0;
  while ((code = objects.next(name)) == 0) {
    visit(name);
    call.check();
  }
  if (code != -ENOENT) session.check(code, "cannot list", "the pool");
}

template <class Map>
void erase(Map& map, std::string_view key) {
  if (const auto found = map.find(key); found != map.end()) map.erase(found);
}

}  // namespace

// Without the chunk numbers: there are many more chunks than blobs, and most belong to files.
Orphans::Found Orphans::list_blobs(const sdk::Call& call) const {
  Found blobs;
  each_object(session_, call, [&](std::string_view name) {
    const auto chunk = parse_chunk_name(name);
    if (chunk && blobs.find(chunk->blob) == blobs.end()) blobs.emplace(chunk->blob, Orphan());
  });
  return blobs;
}

void Orphans::add_chunk_numbers(Found& blobs, const sdk::Call& call) const {
  each_object(session_, call, [&](std::string_view name) {
    const auto chunk = parse_chunk_name(name);
    if (!chunk) return;
    if (const auto found = blobs.find(chunk->blob); found != blobs.end())
      found->second.chunks.insert(chunk->number);
  });
}

void Orphans::drop_named(Found& blobs, const sdk::Call& call) const {
  each_object(session_, call, [&](std::string_view name) {
    if (name.front() == '/') drop_named(blobs, std::string(name), call);
  });
}

void Orphans::drop_named(Found& blobs, const std::string& directory, const sdk::Call& call) const {
  std::string after;
  for (;;) {
    const auto page = directories_.page(directory, after, 1000, call);
    if (!page) return;
    for (const OmapEntry& entry : page->entries) erase(blobs, entry.value);
    if (!page->more || page->next.empty()) return;
    after = page->next;
  }
}

void Orphans::drop_uploads(Found& blobs, const sdk::Call& call) const {
  std::string after;
  for (;;) {
    const auto entries = uploads_.page(after, call);
    if (entries.empty()) return;
    for (const OmapEntry& entry : entries)
      if (const auto record = decode_upload(entry.value)) erase(blobs, record->blob);
    after = entries.back().key;
  }
}

void Orphans::read_age(const std::string& blob, Orphan& orphan, const sdk::Call& call) const {
  orphan.bytes = 0;
  Window<ReadOperation> window(max_requests);
  for (const std::uint64_t number : orphan.chunks) {
    if (window.full()) finish_age(*window.pop(), orphan, call);
    auto read = std::make_unique<ReadOperation>();
    read->stat().attributes();
    read->start(session_, chunk_name(blob, number));
    window.push(std::move(read));
  }
  while (!window.empty()) finish_age(*window.pop(), orphan, call);
}

void Orphans::finish_age(ReadOperation& read, Orphan& orphan, const sdk::Call& call) const {
  const int code = read.wait(call);
  if (code == -ENOENT) return;
  session_.check(code, "cannot read", read.object());
  read.collect();
  orphan.newest = std::max(orphan.newest, read.mtime());
  orphan.bytes += read.size();
  if (!read.has_attribute(touch_attribute)) return;
  if (const auto touched = parse_number(read.attribute(touch_attribute)))
    orphan.newest = std::max(orphan.newest, static_cast<std::time_t>(*touched));
  else
    orphan.age_known = false;
}

// With `minage` 0 the age does not matter. Otherwise a blob of unknown age is not an orphan.
bool Orphans::is_old(const std::string& blob, const Orphan& orphan, std::time_t limit) const {
  if (min_age_.count() == 0 || orphan.age_known) return orphan.newest <= limit;
  sdk::log(BERTH_LOG_WARN,
           "no entry names " + blob + ", but its age is unknown, because its attribute " +
               touch_attribute + " is not a number; it is shown as an orphan only with minage 0");
  return false;
}

void Orphans::drop_young(Found& blobs, const sdk::Call& call) const {
  const std::time_t limit =
      std::time(nullptr) - std::chrono::duration_cast<std::chrono::seconds>(min_age_).count();
  for (auto next = blobs.begin(); next != blobs.end();) {
    const auto& [blob, orphan] = *next;
    read_age(blob, next->second, call);
    const bool removed = orphan.chunks.empty();  // since the first listing
    next = removed || !is_old(blob, orphan, limit) ? blobs.erase(next) : std::next(next);
  }
}

Orphans::Found Orphans::find(const sdk::Call& call) const {
  Found blobs = list_blobs(call);
  for (int pass = 0; pass < 2 && !blobs.empty(); ++pass) {
    // This lists the directories again: a blob may have been moved to a new one.
    drop_named(blobs, call);
    drop_uploads(blobs, call);
  }
  if (blobs.empty()) return blobs;
  add_chunk_numbers(blobs, call);
  drop_young(blobs, call);
  return blobs;
}

void Orphans::remove(const std::string& blob, const Orphan& found, const sdk::Call& call) const {
  Orphan now;
  now.chunks = found.chunks;
  read_age(blob, now, call);
  if (now.newest != found.newest)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     blob + " has changed since it was found; list the orphans again");
  // Object 0 first: without it, a writer that resumes fails instead of publishing half a file.
  for (const std::uint64_t number : found.chunks) {
    WriteOperation removal;
    removal.remove_object();
    const int code = removal.run(session_, chunk_name(blob, number), call);
    if (code != -ENOENT) session_.check(code, "cannot remove", chunk_name(blob, number));
  }
}

}  // namespace berth::rados
