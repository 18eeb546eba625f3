// SPDX-License-Identifier: Apache-2.0
//
// What a store declares is true: a test for each flag that has none elsewhere (create_only, resume
// and url have their own themes), and the limits.
#include <algorithm>
#include <atomic>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void limits(Context& t) {
  const Capabilities& caps = t.caps();
  expect(caps.preferred_io_bytes != 0, "preferred_io_bytes: expected a size, saw 0");
  expect(caps.max_path_bytes <= 1024, "max_path_bytes: expected at most the model's 1024, saw " +
                                          std::to_string(caps.max_path_bytes));
  expect(caps.max_object_bytes == 0 || caps.max_object_bytes >= mib,
         "max_object_bytes: expected 0 or at least a mebibyte, saw " +
             std::to_string(caps.max_object_bytes));
  const Capabilities again = t.store().capabilities();
  expect(again.atomic_put == caps.atomic_put && again.resume == caps.resume &&
             again.url == caps.url && again.max_path_bytes == caps.max_path_bytes,
         "capabilities must stay the same for the life of the store");
}

void preferred_io(Context& t) {
  const std::size_t size = std::min<std::size_t>(t.caps().preferred_io_bytes, 16 * mib);
  const std::string content = t.random().bytes(2 * size + 1);
  write_object(t.store(), t.path("object"), content, size);
  Reader reader = t.store().reader(t.path("object"));
  expect_bytes("reads and writes of preferred_io_bytes", content, drain(reader, size));
}

// Reads until done, and once more.
void read_versions(Store store, const std::string& path, const Paths& versions,
                   const std::atomic<bool>& done) {
  for (bool last = false; !last;) try {
      last = done;
      const std::string content = store.get_content(path);
      expect(std::find(versions.begin(), versions.end(), content) != versions.end(),
             "while the object is replaced, get_content saw " + std::to_string(content.size()) +
                 " bytes that are no version of it");
    } catch (const PreconditionFailedError&) {
      // It was replaced while we read.
    }
}

// Replaces the object over and over while others read it: each must see one version whole. A reader
// whose version is gone may say so.
void expect_whole_versions(Context& t, const std::function<void(const std::string&)>& replace) {
  const Paths versions = {t.random().bytes(700 * kib), t.random().bytes(mib), "short",
                          t.random().bytes(900 * kib)};
  const std::string path = t.put("object", versions[0]);
  std::atomic<bool> done{false};
  in_parallel(4, [&](unsigned i) {
    if (i != 0) return read_versions(t.store(), path, versions, done);
    const Done ended(done);
    for (std::size_t round = 0; round < (t.quick() ? 20U : 200U); ++round)
      replace(versions[round % versions.size()]);
  });
}

void atomic_put(Context& t) {
  if (!t.caps().atomic_put) skip("the store does not promise whole versions (atomic_put)");
  expect_whole_versions(
      t, [&](const std::string& content) { t.store().put_content(t.path("object"), content); });
}

void atomic_commit(Context& t) {
  if (!t.caps().atomic_put) skip("the store does not promise whole versions (atomic_put)");
  expect_whole_versions(t, [&](const std::string& content) {
    write_object(t.store(), t.path("object"), content, 100 * kib);
  });
}

void atomic_move(Context& t) {
  if (!t.caps().atomic_move) skip("the store does not promise atomic moves (atomic_move)");
  expect_whole_versions(t, [&](const std::string& content) {
    t.store().put_content(t.path("source"), content);
    t.store().move(t.path("source"), t.path("object"));
  });
}

void list_ordered(Context& t) {
  if (!t.caps().list_ordered) skip("the store does not promise ordered lists (list_ordered)");
  t.put_all({"a/x", "a-b/x", "a.b", "a.b.c/x", "ab", "a!", "B", "b/y", "z", "\xc3\xa9"});
  for (int i = 0; i < 30; ++i) t.put("n" + t.random().name(6));
  std::vector<std::string> keys;
  t.store().list(t.directory(), [&](const Entry& entry) {
    keys.push_back(walk_key(entry.path, entry.is_directory));
    return Visit::carry_on;
  });
  Paths sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  expect_paths("list of a store that promises order", sorted, keys);
}

// Such a store may show a directory whose content is gone, but then everywhere the same.
void empty_directories(Context& t) {
  if (!t.caps().empty_directories) skip("the store shows no empty directories (empty_directories)");
  t.put("dir/file");
  t.store().remove(t.path("dir/file"));
  const std::string path = t.path("dir");
  if (!exists(t.store(), path)) {
    t.expect_missing("list of a directory that vanished", path,
                     [&] { (void)t.store().list(path); });
    return;
  }
  expect(t.store().stat(path).is_directory, "stat of an emptied directory: expected a directory");
  expect_paths("list of an empty directory", {}, t.store().list(path));
  expect_paths("list of its parent", {path}, t.store().list(t.directory()));
  t.store().remove(path);
  t.expect_gone(path);
}

void live_uncommitted(Context& t) {
  if (!t.caps().live_uncommitted)
    skip("the store does not show uncommitted data (live_uncommitted)");
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "closed, not committed");
  t.expect_content(path, "closed, not committed");
  expect_number("size of closed, uncommitted data", 21, t.store().stat(path).size);
}

// The opposite promise: closed and not committed is nowhere to be seen.
void hidden_uncommitted(Context& t) {
  if (t.caps().live_uncommitted) skip("the store shows uncommitted data (live_uncommitted)");
  t.put("dir/other");
  const std::string path = t.path("dir/object");
  write_unfinished(t.store(), path, "closed, not committed");
  t.expect_gone(path);
  expect_paths("list beside an unfinished upload", {t.path("dir/other")},
               t.store().list(t.path("dir")));
  expect_paths("walk beside an unfinished upload", {t.path("dir/other")},
               walked(t.store(), t.path("dir")));
}

constexpr Test tests[] = {
    {"capabilities/limits", "Limits make sense and do not change.", limits},
    {"capabilities/preferred-io", "The preferred size of reads and writes works.", preferred_io},
    {"capabilities/atomic-put", "atomic_put: readers see whole versions of a put.", atomic_put},
    {"capabilities/atomic-commit", "atomic_put: and of a commit.", atomic_commit},
    {"capabilities/atomic-move", "atomic_move: readers see whole versions of a move.", atomic_move},
    {"capabilities/list-ordered", "list_ordered: list is in walk order.", list_ordered},
    {"capabilities/empty-directories", "empty_directories: the same in every call.",
     empty_directories},
    {"capabilities/live-uncommitted", "live_uncommitted: closed data is readable.",
     live_uncommitted},
    {"capabilities/hidden-uncommitted", "Without live_uncommitted it is not.", hidden_uncommitted},
};

}  // namespace

std::span<const Test> capability_tests() {
  return tests;
}

}  // namespace berth::conformance
