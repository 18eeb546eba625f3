// SPDX-License-Identifier: Apache-2.0
//
// Presents orphans as files. A search reads the whole pool, so its result is used for single
// operations for a minute; each listing searches again.
#include "orphans_view.hpp"

#include <utility>

#include "layout.hpp"
#include "reader.hpp"

namespace berth::rados {
namespace {

constexpr std::chrono::seconds result_lifetime{60};

sdk::Error read_only() {
  return sdk::unsupported(
      "this store is opened with view: orphans and is read-only, except for remove");
}

}  // namespace

std::shared_ptr<const OrphansView::Found> OrphansView::found(bool again, const sdk::Call& call) {
  {
    const std::lock_guard guard(lock_);
    if (!again && found_ && std::chrono::steady_clock::now() - when_ < result_lifetime)
      return found_;
  }
  auto fresh = std::make_shared<const Found>(orphans_.find(call));
  const std::lock_guard guard(lock_);
  when_ = std::chrono::steady_clock::now();
  return found_ = std::move(fresh);
}

Orphan OrphansView::orphan(std::string_view path, const sdk::Call& call) {
  const auto all = found(false, call);
  const auto one = all->find(path.substr(1));
  if (one == all->end()) throw sdk::path_not_found();
  return one->second;
}

// The size that object 0 says, else the sum of all chunks.
std::uint64_t OrphansView::size_of(const std::string& blob, const Orphan& orphan,
                                   const sdk::Call& call) const {
  try {
    const auto info = blobs_.info(blob, call);
    if (info && info->size != 0) return info->size;
  } catch (const sdk::Error& error) {
    if (error.status() != BERTH_STATUS_CORRUPT) throw;
  }
  return orphan.bytes;
}

sdk::Stat OrphansView::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return {true, 0, {}, {}};
  const Orphan one = orphan(path, call);
  return {false, size_of(std::string(path.substr(1)), one, call), one.newest * second_ns, {}};
}

void OrphansView::list(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  if (path != "/") throw sdk::path_not_found();
  const auto all = found(true, call);
  for (const auto& [blob, one] : *all) {
    const std::string shown = '/' + blob;
    if (shown <= options.start_after) continue;
    if (sink({shown, false, size_of(blob, one, call), one.newest * second_ns, {}}) ==
        sdk::Visit::stop)
      return;
  }
}

void OrphansView::remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) {
  const Orphan one = orphan(path, call);
  const std::string blob(path.substr(1));
  orphans_.remove(blob, one, call);
  const std::lock_guard guard(lock_);
  auto rest = std::make_shared<Found>(*found_);
  rest->erase(blob);
  found_ = std::move(rest);
}

std::unique_ptr<sdk::Reader> OrphansView::reader(std::string_view path,
                                                 const sdk::ReadOptions& options,
                                                 const sdk::Call& call) {
  const Orphan one = orphan(path, call);
  const std::string blob(path.substr(1));
  return std::make_unique<BlobReader>(session_, blob, info_of(blob, one, call), options);
}

BlobInfo OrphansView::info_of(const std::string& blob, const Orphan& orphan,
                              const sdk::Call& call) const {
  ReadOperation first;
  first.stat().attributes();
  const int code = first.run(session_, chunk_name(blob, 0), call);
  if (code == -ENOENT)
    throw sdk::Error(BERTH_STATUS_CORRUPT,
                     "the first chunk of " + blob + " is missing; the rest can only be removed");
  session_.check(code, "cannot read", first.object());
  first.collect();
  BlobInfo info;
  info.size = size_of(blob, orphan, call);
  info.first_chunk = first.size();
  const bool from_berth =
      first.has_attribute(time_attribute) || first.has_attribute(upload_attribute);
  info.chunk_size = blobs_.chunk_size(blob, info.size, info.first_chunk, !from_berth, call);
  info.mtime_ns = orphan.newest * second_ns;
  return info;
}

void OrphansView::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  const Orphan one = orphan(path, call);
  const std::string blob(path.substr(1));
  const BlobInfo info = info_of(blob, one, call);
  if (info.size == 0) return;
  expect_end(session_, blob, info, call);
  char* const bytes = into.extend(static_cast<std::size_t>(info.size));
  read_range(session_, blob, info, 0, info.size, bytes, call);
}

void OrphansView::put(std::string_view, std::string_view, const sdk::WriteOptions&,
                      const sdk::Call&) {
  throw read_only();
}

void OrphansView::move(std::string_view, std::string_view, const sdk::CopyOptions&,
                       const sdk::Call&) {
  throw read_only();
}

std::unique_ptr<sdk::Writer> OrphansView::writer(std::string_view, const sdk::WriteOptions&,
                                                 const sdk::Call&) {
  throw read_only();
}

}  // namespace berth::rados
