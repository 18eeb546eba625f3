// SPDX-License-Identifier: Apache-2.0
//
// Many threads on one store: they read one object, write an object each, and all write the same
// one.
#include <atomic>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void stream_reads(Context& t) {
  const std::size_t size = (t.quick() ? 10 : 128) * mib;
  const std::string content = t.random().bytes(size);
  const std::string path = t.path("object");
  write_object(t.store(), path, content, 4 * mib);
  const std::uint64_t seed = t.random().next();
  in_parallel(10, [&](unsigned i) {
    const std::size_t offset = Random(seed + i).below(size);
    Store store = t.store();
    Reader reader = store.reader(path, static_cast<std::int64_t>(offset));
    expect_stream("thread " + std::to_string(i) + ", reading from " + std::to_string(offset),
                  std::string_view(content).substr(offset), reader);
  });
}

void file_streams(Context& t) {
  const unsigned threads = t.quick() ? 8 : 32;
  const std::uint64_t size = threads * mib;
  const std::uint64_t seed = t.random().next();
  in_parallel(threads, [&](unsigned i) {
    const std::string path = t.path("file-" + std::to_string(i));
    Store store = t.store();
    write_random(store, path, seed + i, size);
    expect_random(store, path, seed + i, size);
  });
}

void same_small_object(Context& t) {
  const std::string content = t.random().bytes(71);
  for (int round = 0; round < (t.quick() ? 5 : 30); ++round) {
    in_parallel(16, [&](unsigned) {
      Store store = t.store();
      store.put_content(t.path("object"), content);
    });
    t.expect_content(t.path("object"), content);
    expect_number("size after 16 parallel puts", 71, t.store().stat(t.path("object")).size);
  }
}

// The order is not defined, but the object must have one of the contents in full.
void different_contents(Context& t) {
  std::vector<std::string> contents;
  for (std::size_t i = 0; i < 16; ++i) contents.push_back(t.random().bytes(1000 + 100 * i));
  for (int round = 0; round < (t.quick() ? 5 : 30); ++round) {
    in_parallel(16, [&](unsigned i) {
      Store store = t.store();
      store.put_content(t.path("object"), contents[i]);
    });
    const std::string seen = t.store().get_content(t.path("object"));
    const bool whole = seen.size() >= 1000 && (seen.size() - 1000) / 100 < contents.size() &&
                       contents[(seen.size() - 1000) / 100] == seen;
    expect(whole, "get_content(" + t.path("object") +
                      ") after 16 parallel puts of different contents: got " +
                      std::to_string(seen.size()) + " bytes, which are none of the 16 contents");
  }
}

// Creating and emptying one directory in many threads must not lose an object.
void one_directory(Context& t) {
  in_parallel(8, [&](unsigned i) {
    Store store = t.store();
    const std::string path = t.path("dir/sub/" + std::to_string(i));
    for (int round = 0; round < (t.quick() ? 25 : 200); ++round) {
      const std::string content = std::to_string(round);
      store.put_content(path, content);
      expect_bytes("get_content(" + path + ") while other threads use the same directory", content,
                   store.get_content(path));
      store.remove(path);
      expect(!exists(store, path),
             "stat(" + path + ") after remove: expected PathNotFoundError, but it succeeded");
    }
  });
  if (!t.caps().empty_directories) t.expect_gone(t.path("dir"));
}

void walk_during_changes(Context& t) {
  t.put_all({"dir/kept-1", "dir/kept-2/x", "dir/kept-3"});
  std::atomic<bool> done{false};
  in_parallel(4, [&](unsigned i) {
    Store store = t.store();
    if (i != 0) {
      const Done ended(done);
      const std::string path = t.path("dir/passing-" + std::to_string(i));
      for (int round = 0; round < (t.quick() ? 20 : 200); ++round) {
        store.put_content(path + "/x", "x");
        store.remove(path);
      }
      return;
    }
    do {
      Paths kept;
      for (const std::string& path : walked(store, t.path("dir")))
        if (path.find("/passing-") == path.npos) kept.push_back(path);
      expect_paths("walk while other entries come and go",
                   {t.path("dir/kept-1"), t.path("dir/kept-2"), t.path("dir/kept-2/x"),
                    t.path("dir/kept-3")},
                   kept);
    } while (!done);
  });
}

void parallel_moves(Context& t) {
  in_parallel(8, [&](unsigned i) {
    Store store = t.store();
    const std::string own = std::to_string(i);
    for (int round = 0; round < (t.quick() ? 10 : 50); ++round) {
      store.put_content(t.path("from/" + own), own);
      store.move(t.path("from/" + own), t.path("to/" + own));
      expect_bytes("get_content(" + t.path("to/" + own) + ") after the move", own,
                   store.get_content(t.path("to/" + own)));
    }
  });
}

constexpr Test tests[] = {
    {"concurrency/stream-reads", "[any]", "10 threads read one object from random offsets.",
     stream_reads},
    {"concurrency/file-streams", "[any]", "32 threads each write and read an object of their own.",
     file_streams},
    {"concurrency/same-object", "[any]", "16 threads put the same 71 bytes to one path.",
     same_small_object},
    {"concurrency/different-contents", "[any]",
     "16 threads put different contents to one path; the last one is whole.", different_contents},
    {"concurrency/one-directory", "[any]", "8 threads store and remove objects in one directory.",
     one_directory},
    {"concurrency/walk-during-changes", "walk",
     "A walk reports the entries that stay while others come and go.", walk_during_changes},
    {"concurrency/moves", "[any]", "8 threads each move an object of their own.", parallel_moves},
};

}  // namespace

std::span<const Test> concurrency_tests() {
  return tests;
}

}  // namespace berth::conformance
