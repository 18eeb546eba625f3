// SPDX-License-Identifier: Apache-2.0
//
// Finding blobs that nobody names. The blobs are listed before the entries are read, so one that is
// written meanwhile is not among them; one that is moved meanwhile is touched by the move, and so
// is too young; and the entries are read twice, for the moves of a registry, which touch nothing.
#include "orphans.hpp"

#include <cerrno>

#include <algorithm>
#include <memory>
#include <utility>

#include "layout.hpp"

namespace berth::rados {
namespace {

constexpr std::size_t most_asked = 64;  // chunks of an orphan at once

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
    if (code == -ENOENT) session_.require_pool();  // else it is the end
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

// Without the numbers of their chunks, which are many more, and mostly of files.
Orphans::Chunks Orphans::list_blobs(const sdk::Call& call) const {
  Chunks blobs;
  each_object(session_, call, [&](std::string_view name) {
    const auto chunk = parse_chunk_name(name);
    if (chunk && blobs.find(chunk->blob) == blobs.end()) blobs.emplace(chunk->blob, Orphan());
  });
  return blobs;
}

void Orphans::number_chunks(Chunks& blobs, const sdk::Call& call) const {
  each_object(session_, call, [&](std::string_view name) {
    const auto chunk = parse_chunk_name(name);
    if (!chunk) return;
    if (const auto found = blobs.find(chunk->blob); found != blobs.end())
      found->second.chunks.insert(chunk->number);
  });
}

void Orphans::drop_named(Chunks& blobs, const sdk::Call& call) const {
  each_object(session_, call, [&](std::string_view name) {
    if (name.front() == '/') drop_named(blobs, std::string(name), call);
  });
}

void Orphans::drop_named(Chunks& blobs, const std::string& directory, const sdk::Call& call) const {
  std::string after;
  for (;;) {
    const auto page = directories_.page(directory, after, 1000, call);
    if (!page) return;
    for (const OmapEntry& entry : page->entries) erase(blobs, entry.value);
    if (!page->more || page->next.empty()) return;
    after = page->next;
  }
}

void Orphans::drop_uploads(Chunks& blobs, const sdk::Call& call) const {
  std::string after;
  for (;;) {
    const auto entries = uploads_.page(after, call);
    if (entries.empty()) return;
    for (const OmapEntry& entry : entries)
      if (const auto record = decode_upload(entry.value)) erase(blobs, record->blob);
    after = entries.back().key;
  }
}

void Orphans::age(const std::string& blob, Orphan& orphan, const sdk::Call& call) const {
  orphan.bytes = 0;
  Window<ReadOperation> window(most_asked);
  for (const std::uint64_t number : orphan.chunks) {
    if (window.full()) take_age(*window.pop(), orphan, call);
    auto read = std::make_unique<ReadOperation>();
    read->stat().attributes();
    read->start(session_, chunk_name(blob, number));
    window.push(std::move(read));
  }
  while (!window.empty()) take_age(*window.pop(), orphan, call);
}

void Orphans::take_age(ReadOperation& asked, Orphan& orphan, const sdk::Call& call) const {
  const int code = asked.wait(call);
  if (code == -ENOENT) return;
  session_.check(code, "cannot read", asked.object());
  asked.collect();
  const auto touched = parse_number(asked.attribute(touch_attribute)).value_or(0);
  orphan.newest = std::max({orphan.newest, asked.mtime(), static_cast<std::time_t>(touched)});
  orphan.bytes += asked.size();
}

void Orphans::drop_young(Chunks& blobs, const sdk::Call& call) const {
  const std::time_t limit =
      std::time(nullptr) - std::chrono::duration_cast<std::chrono::seconds>(least_age_).count();
  for (auto next = blobs.begin(); next != blobs.end();) {
    age(next->first, next->second, call);
    const bool gone = next->second.chunks.empty();  // removed since the first listing
    next = gone || next->second.newest > limit ? blobs.erase(next) : std::next(next);
  }
}

std::map<std::string, Orphan, std::less<>> Orphans::find(const sdk::Call& call) const {
  Chunks blobs = list_blobs(call);
  for (int pass = 0; pass < 2 && !blobs.empty(); ++pass) {
    // Listed again: a directory may be new, and be where a blob was moved to.
    drop_named(blobs, call);
    drop_uploads(blobs, call);
  }
  if (blobs.empty()) return blobs;
  number_chunks(blobs, call);
  drop_young(blobs, call);
  return blobs;
}

void Orphans::remove(const std::string& blob, const Orphan& found, const sdk::Call& call) const {
  Orphan now;
  now.chunks = found.chunks;
  age(blob, now, call);
  if (now.newest != found.newest)
    throw sdk::Error(BERTH_PRECONDITION_FAILED, blob + " was changed since it was found");
  // Object 0 first: without it, a writer that comes back fails instead of publishing half a file.
  for (const std::uint64_t number : found.chunks) {
    WriteOperation removal;
    removal.remove_object();
    const int code = removal.run(session_, chunk_name(blob, number), call);
    if (code != -ENOENT) session_.check(code, "cannot remove", chunk_name(blob, number));
  }
}

}  // namespace berth::rados
