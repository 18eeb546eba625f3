// SPDX-License-Identifier: Apache-2.0
//
// The limits, and a test for each declared capability. Those of create_only, resume and url are in
// create_only.cpp, append.cpp and urls.cpp.
#include <algorithm>
#include <atomic>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void limits(Context& t) {
  const Capabilities& caps = t.caps();
  expect(caps.preferred_io_bytes != 0, "caps: preferred_io_bytes is 0; expected a size");
  expect(caps.max_path_bytes <= 1024,
         "max_path_bytes: expected at most 1024, got " + std::to_string(caps.max_path_bytes));
  expect(caps.max_object_bytes == 0 || caps.max_object_bytes >= mib,
         "max_object_bytes: expected 0 or at least a mebibyte, got " +
             std::to_string(caps.max_object_bytes));
  const Capabilities again = t.store().capabilities();
  expect(again.atomic_put == caps.atomic_put && again.resume == caps.resume &&
             again.url == caps.url && again.max_path_bytes == caps.max_path_bytes,
         "caps: a second call returned other values; they must not change");
}

void preferred_io(Context& t) {
  const std::size_t size = std::min<std::size_t>(t.caps().preferred_io_bytes, 16 * mib);
  const std::string content = t.random().bytes(2 * size + 1);
  write_object(t.store(), t.path("object"), content, size);
  Reader reader = t.store().reader(t.path("object"));
  expect_bytes("reads and writes of preferred_io_bytes", content, drain(reader, size));
}

// Reads until done is set, and then once more.
void read_versions(Store store, const std::string& path, const Paths& versions,
                   const std::atomic<bool>& done) {
  for (bool last = false; !last;) try {
      last = done;
      const std::string content = store.get_content(path);
      expect(std::find(versions.begin(), versions.end(), content) != versions.end(),
             "get_content(" + path + ") while the object is replaced: got " +
                 std::to_string(content.size()) + " bytes, which are not one of its versions");
    } catch (const PreconditionFailedError&) {
      // The object was replaced during the read.
    }
}

// Replaces the object repeatedly while three threads read it. Each read must return one whole
// version or fail with PRECONDITION_FAILED.
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
  if (!t.caps().atomic_put) skip("the store does not declare BERTH_CAP_ATOMIC_PUT");
  expect_whole_versions(
      t, [&](const std::string& content) { t.store().put_content(t.path("object"), content); });
}

void atomic_commit(Context& t) {
  if (!t.caps().atomic_put) skip("the store does not declare BERTH_CAP_ATOMIC_PUT");
  expect_whole_versions(t, [&](const std::string& content) {
    write_object(t.store(), t.path("object"), content, 100 * kib);
  });
}

void atomic_move(Context& t) {
  if (!t.caps().atomic_move) skip("the store does not declare BERTH_CAP_ATOMIC_MOVE");
  expect_whole_versions(t, [&](const std::string& content) {
    t.store().put_content(t.path("source"), content);
    t.store().move(t.path("source"), t.path("object"));
  });
}

void list_ordered(Context& t) {
  if (!t.caps().list_ordered) skip("the store does not declare BERTH_CAP_LIST_ORDERED");
  t.put_all({"a/x", "a-b/x", "a.b", "a.b.c/x", "ab", "a!", "B", "b/y", "z", "\xc3\xa9"});
  for (int i = 0; i < 30; ++i) t.put("n" + t.random().name(6));
  std::vector<std::string> keys;
  t.store().list(t.directory(), [&](const Entry& entry) {
    keys.push_back(walk_key(entry.path, entry.is_directory));
    return Visit::carry_on;
  });
  Paths sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  expect_paths("list of a store that declares BERTH_CAP_LIST_ORDERED", sorted, keys);
}

// Such a store may show a directory after its last file was removed, but then in every call.
void empty_directories(Context& t) {
  if (!t.caps().empty_directories) skip("the store does not declare BERTH_CAP_EMPTY_DIRECTORIES");
  t.put("dir/file");
  t.store().remove(t.path("dir/file"));
  const std::string path = t.path("dir");
  if (!exists(t.store(), path)) {
    t.expect_missing("list of a directory that stat does not find", path,
                     [&] { (void)t.store().list(path); });
    return;
  }
  expect(t.store().stat(path).is_directory,
         "stat of an emptied directory: expected a directory, got a file");
  expect_paths("list of an empty directory", {}, t.store().list(path));
  expect_paths("list of its parent", {path}, t.store().list(t.directory()));
  t.store().remove(path);
  t.expect_gone(path);
}

void hidden_uncommitted(Context& t) {
  t.put("dir/other");
  const std::string path = t.path("dir/object");
  write_unfinished(t.store(), path, "closed, not committed");
  t.expect_gone(path);
  expect_paths("list of a directory with an unfinished upload", {t.path("dir/other")},
               t.store().list(t.path("dir")));
  expect_paths("walk of a directory with an unfinished upload", {t.path("dir/other")},
               walked(t.store(), t.path("dir")));
}

constexpr Test tests[] = {
    {"capabilities/limits", "berth_caps", "The limits are plausible and do not change.", limits},
    {"capabilities/preferred-io", "berth_caps", "Reads and writes of preferred_io_bytes work.",
     preferred_io},
    {"capabilities/atomic-put", "BERTH_CAP_ATOMIC_PUT",
     "Readers see whole versions while put replaces the object.", atomic_put},
    {"capabilities/atomic-commit", "BERTH_CAP_ATOMIC_PUT",
     "Readers see whole versions while commits replace the object.", atomic_commit},
    {"capabilities/atomic-move", "BERTH_CAP_ATOMIC_MOVE",
     "Readers see whole versions while moves replace the object.", atomic_move},
    {"capabilities/list-ordered", "BERTH_CAP_LIST_ORDERED",
     "List reports its entries in walk order.", list_ordered},
    {"capabilities/empty-directories", "BERTH_CAP_EMPTY_DIRECTORIES",
     "All calls agree whether an emptied directory exists.", empty_directories},
    {"capabilities/hidden-uncommitted", "writer_open", "Closed, uncommitted data does not show.",
     hidden_uncommitted},
};

}  // namespace

std::span<const Test> capability_tests() {
  return tests;
}

}  // namespace berth::conformance
