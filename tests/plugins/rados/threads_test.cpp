// SPDX-License-Identifier: Apache-2.0
//
// Many threads use two stores, which act like two processes: no entry is lost, no object is torn,
// and nothing is left behind.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "blobs.hpp"
#include "ceph.hpp"
#include "directories.hpp"
#include "move_marks.hpp"

using namespace berth;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

template <class Body>
void in_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&body, i] {
      try {
        body(i);
      } catch (const sdk::Error& error) {
        FAIL_CHECK("thread ", i, ": status ", error.status(), ", ", error.message());
      }
    });
  for (std::thread& thread : threads) thread.join();
}

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("creating and removing files of one directory loses nothing and leaves nothing") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  std::atomic<int> lost{0};
  in_threads(8, [&](int thread) {
    auto& store = *stores[thread % 2];
    const std::string path = "/d/e/f" + std::to_string(thread);
    for (int i = 0; i < 60; ++i) {
      put(store, path, path);
      if (!holds(list(store, "/"), "/d/") || !holds(list(store, "/d"), "/d/e/") ||
          !holds(list(store, "/d/e"), path) || get(store, path) != path)
        ++lost;
      remove(store, path);
      if (status_of([&] { get(store, path); }) != BERTH_STATUS_PATH_NOT_FOUND) ++lost;
    }
  });
  CHECK(lost == 0);
  CHECK(list(*stores[0], "/").empty());
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("threads create and remove directories of their own below a shared one") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  std::atomic<int> lost{0};
  in_threads(8, [&](int thread) {
    auto& store = *stores[thread % 2];
    const std::string directory = "/s/t" + std::to_string(thread / 2);
    const std::string path = directory + "/u/f" + std::to_string(thread);
    for (int i = 0; i < 30; ++i) {
      put(store, path, "x");
      if (!holds(walk(store, "/s"), path)) ++lost;
      remove(store, path);
    }
  });
  CHECK(lost == 0);
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("readers see whole versions while two stores replace the object") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open({{"chunksize", "1000"}}),
                                                        space.open({{"chunksize", "1000"}})};
  put(*stores[0], "/f", std::string(2500, 'a'));
  std::atomic<int> torn{0};
  in_threads(8, [&](int thread) {
    auto& store = *stores[thread % 2];
    for (int i = 0; i < 60; ++i) {
      if (thread < 4) {
        put(store, "/f",
            std::string(2500 + 300 * static_cast<std::size_t>(thread),
                        static_cast<char>('a' + thread)));
        continue;
      }
      const std::string bytes = get(store, "/f");
      if (bytes.find_first_not_of(bytes[0]) != bytes.npos) ++torn;
      if (bytes.size() != 2500 + 300 * static_cast<std::size_t>(bytes[0] - 'a')) ++torn;
      std::string streamed;
      // If the version is removed meanwhile, the reader gets an error, never a mix.
      const berth_status status = status_of([&] { streamed = read(store, "/f"); });
      if (status != BERTH_STATUS_OK && status != BERTH_STATUS_PRECONDITION_FAILED) ++torn;
      if (streamed.find_first_not_of(streamed[0]) != streamed.npos) ++torn;
    }
  });
  CHECK(torn == 0);
  CHECK(space.chunks().size() == 1 + (stat(*stores[0], "/f").size - 1) / 1000);
}

TEST_CASE("of many create_only puts exactly one succeeds") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  for (const std::string path : {"/f", "/new/directory/f"}) {
    std::atomic<int> won{0}, refused{0};
    in_threads(16, [&](int thread) {
      sdk::WriteOptions options;
      options.create_only = true;
      const berth_status status =
          status_of([&] { put(*stores[thread % 2], path, std::to_string(thread), options); });
      won += status == BERTH_STATUS_OK;
      refused += status == BERTH_STATUS_ALREADY_EXISTS;
    });
    CHECK(won == 1);
    CHECK(refused == 15);
  }
  CHECK(space.chunks().size() == 2);
}

TEST_CASE("objects that are moved and overwritten at the same time keep their bytes") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  std::atomic<int> wrong{0};
  const std::string bytes(100, 'x');
  in_threads(8, [&](int thread) {
    auto& store = *stores[thread % 2];
    for (int i = 0; i < 100; ++i) {
      const std::string out = "/out/f" + std::to_string(thread);
      berth_status status = BERTH_STATUS_OK;
      if (thread < 2) {
        put(store, "/in/f", bytes);
      } else if (thread < 5) {
        status = status_of([&] { move(store, "/in/f", out); });
      } else if (thread < 7) {
        status = status_of([&] { move(store, "/in/f", "/in/g" + std::to_string(thread)); });
      } else {
        status = status_of([&] { move(store, "/out/f" + std::to_string(2 + i % 3), "/in/f"); });
      }
      if (status != BERTH_STATUS_OK && status != BERTH_STATUS_PATH_NOT_FOUND) ++wrong;
    }
  });
  CHECK(wrong == 0);
  std::size_t files = 0;
  for (const std::string& path : walk(*stores[0], "/")) {
    if (path.back() == '/') continue;
    ++files;
    CHECK(get(*stores[0], path) == bytes);
  }
  // An overwrite during a move may leave an orphan, but no file may lose its chunks.
  CHECK(space.chunks().size() >= files);
}

TEST_CASE("a file and a directory of the same name never exist together") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  for (int round = 0; round < 30; ++round) {
    const std::string path = "/r" + std::to_string(round);
    std::atomic<int> file{0}, below{0}, other{0};
    in_threads(4, [&](int thread) {
      auto& store = *stores[thread % 2];
      const bool deep = thread >= 2;
      const berth_status status =
          status_of([&] { put(store, deep ? path + "/x" + std::to_string(thread) : path, "1"); });
      if (status == BERTH_STATUS_OK) ++(deep ? below : file);
      if (status != BERTH_STATUS_OK && status != BERTH_STATUS_IO) ++other;
    });
    CHECK(other == 0);
    CHECK((file == 0) != (below == 0));
    CHECK(stat(*stores[0], path).directory == (below != 0));
    CHECK((below == 0 || list(*stores[1], path).size() == static_cast<std::size_t>(below)));
    remove(*stores[0], path);
  }
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE(
    "removing a tree while others create files removes what existed and keeps what came later") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  std::atomic<int> lost{0};
  in_threads(4, [&](int thread) {
    auto& store = *stores[thread % 2];
    for (int i = 0; i < 40; ++i) {
      const std::string path = "/t/" + std::to_string(thread) + "/" + std::to_string(i % 5);
      if (thread == 0) {
        const berth_status status = status_of([&] { remove(store, "/t"); });
        if (status != BERTH_STATUS_OK && status != BERTH_STATUS_PATH_NOT_FOUND) ++lost;
      } else {
        put(store, path, path);
        std::string bytes = path;
        status_of([&] { bytes = get(store, path); });
        if (bytes != path) ++lost;
      }
    }
  });
  CHECK(lost == 0);
  for (const std::string& path : walk(*stores[0], "/")) {
    if (path.back() != '/') CHECK(get(*stores[0], path) == path);
  }
  status_of([&] { remove(*stores[0], "/t"); });
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("a file moved out of a directory that is being removed can be moved again at once") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(), space.open()};
  for (int round = 0; round < 60; ++round) {
    for (const char* name : {"/d/a", "/d/b", "/d/c", "/d/f"}) put(*stores[0], name, "x");
    in_threads(2, [&](int thread) {
      if (thread == 0) status_of([&] { remove(*stores[0], "/d"); });
      if (thread == 1) status_of([&] { move(*stores[1], "/d/f", "/e/f"); });
    });
    if (status_of([&] { stat(*stores[0], "/e/f"); }) != BERTH_STATUS_OK) continue;
    FakeCall call;
    call.expire_at(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    CHECK(status_of([&] { stores[0]->move("/e/f", "/g/f", {}, call); }) == BERTH_STATUS_OK);
    CHECK(get(*stores[0], "/g/f") == "x");
  }
}

namespace {

// A move from /a/f to /b/f that is stopped after it set its mark: another writer seems to be
// creating the directory /b, and the state of /b changes until go_on() or release().
class HeldMove {
 public:
  explicit HeldMove(const CephSpace& space)
      : store_(space.open()), session_(settings_of(space), FakeCall()) {
    put(*store_, "/a/f", "bytes");
    blob_ = *directories_.find("/a/f", FakeCall());
    hold();
    holder_ = std::thread([this] {
      while (holding_) hold();
    });
    mover_ = std::thread([this] { status_ = status_of([&] { move(*store_, "/a/f", "/b/f"); }); });
    while (mark().empty()) std::this_thread::yield();
  }
  ~HeldMove() {
    stop_holding();
    if (mover_.joinable()) mover_.join();
  }
  HeldMove(const HeldMove&) = delete;
  HeldMove& operator=(const HeldMove&) = delete;

  // Lets the mover continue, and returns how the move ended.
  berth_status go_on() {
    stop_holding();
    mover_.join();
    return status_;
  }
  // Lets the mover continue at once, in a directory that is complete.
  void release() {
    stop_holding();
    change("/", [](rados::WriteOperation& entry) { entry.set_entry("b", ""); });
    change("/b", [](rados::WriteOperation& state) {
      state.set_attribute("berth.state", "alive " + rados::random_token());
    });
  }
  std::string mark() const { return blobs_.info(blob_, FakeCall())->move; }
  template <class Change>
  void change(const std::string& object, Change&& change) const {
    rados::WriteOperation write;
    change(write);
    CHECK(write.run(session_, object, FakeCall()) == 0);
  }
  void set_mark(const std::string& text) const {
    change(rados::chunk_name(blob_, 0), [&](rados::WriteOperation& write) {
      if (text.empty())
        write.remove_attribute(rados::move_attribute);
      else
        write.set_attribute(rados::move_attribute, text);
    });
  }
  // The mark of another mover that took this one for dead.
  void set_other_mark(const std::string& destination) const {
    set_mark(rados::encode_move({"0123456789abcdef", std::time(nullptr), "/a/f", destination}));
  }
  void make_stale() const {
    auto stale = *rados::decode_move(mark());
    stale.since -= 100;
    set_mark(rados::encode_move(stale));
  }
  sdk::Driver& store() const { return *store_; }
  const rados::Directories& directories() const { return directories_; }
  const std::string& blob() const { return blob_; }

 private:
  void hold() const {
    change("/b", [](rados::WriteOperation& state) {
      state.create().set_attribute("berth.state", "new " + rados::random_token());
    });
  }
  void stop_holding() {
    holding_ = false;
    if (holder_.joinable()) holder_.join();
  }

  const std::unique_ptr<rados::RadosDriver> store_;
  const rados::Session session_;
  const rados::Directories directories_{session_};
  const rados::Blobs blobs_{session_};
  std::string blob_;
  std::atomic<bool> holding_{true};
  std::thread holder_;
  std::thread mover_;
  berth_status status_ = BERTH_STATUS_OK;
};

}  // namespace

TEST_CASE("a mover that was taken for dead adds no entry if the file was removed") {
  const CephSpace space;
  HeldMove held(space);
  held.set_mark("");
  remove(held.store(), "/a/f");
  CHECK(held.go_on() == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(walk(held.store(), "/").empty());
}

TEST_CASE("a mover that was taken for dead adds no entry if the file was moved elsewhere") {
  const CephSpace space;
  HeldMove held(space);
  held.make_stale();
  move(held.store(), "/a/f", "/c/f");
  CHECK(held.go_on() == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(walk(held.store(), "/") == Names{"/c/", "/c/f"});
  CHECK(get(held.store(), "/c/f") == "bytes");
}

TEST_CASE(
    "a mover that was taken for dead leaves the entry to another move to the same destination") {
  for (const bool replaces : {false, true}) {
    CAPTURE(replaces);
    const CephSpace space;
    HeldMove held(space);
    if (replaces) {
      put(held.store(), "/old", "old");
      const std::string old = *held.directories().find("/old", FakeCall());
      held.change("/b", [&](rados::WriteOperation& entry) { entry.set_entry("f", old); });
      held.change("/", [&](rados::WriteOperation& entry) { entry.remove_entry("old"); });
    }
    held.set_other_mark("/b/f");
    CHECK(held.go_on() == BERTH_STATUS_OK);
    held.directories().unlink("/a/f", held.blob(), FakeCall());  // the next step of the other mover
    CHECK(get(held.store(), "/b/f") == "bytes");
    CHECK(space.chunks().size() == 1);
    move(held.store(), "/b/f", "/c/f");
    CHECK(get(held.store(), "/c/f") == "bytes");
  }
}

TEST_CASE("a mover that was taken for dead keeps the entry that another mover completed") {
  const CephSpace space;
  HeldMove held(space);
  held.set_other_mark("/b/f");
  held.change("/b", [&](rados::WriteOperation& entry) { entry.set_entry("f", held.blob()); });
  held.directories().unlink("/a/f", held.blob(), FakeCall());
  held.set_mark("");
  held.go_on();
  CHECK(get(held.store(), "/b/f") == "bytes");
}

TEST_CASE("a mover that was taken for dead restores the entry that it replaced") {
  const CephSpace space;
  HeldMove held(space);
  put(held.store(), "/old", "old");
  const std::string old = *held.directories().find("/old", FakeCall());
  held.change("/b", [&](rados::WriteOperation& entry) { entry.set_entry("f", old); });
  held.change("/", [&](rados::WriteOperation& entry) { entry.remove_entry("old"); });
  held.set_other_mark("/c/f");
  CHECK(held.go_on() == BERTH_STATUS_UNAVAILABLE);  // the other move never ends
  CHECK(get(held.store(), "/b/f") == "old");
  CHECK(get(held.store(), "/a/f") == "bytes");
}

TEST_CASE("a mover that was taken for dead and the one that replaced it leave one name") {
  const CephSpace space;
  for (int round = 0; round < 24; ++round) {
    const std::string destination = round % 2 == 0 ? "/c/f" : "/b/f";
    CAPTURE(round);
    HeldMove held(space);
    held.make_stale();
    held.release();
    // In each round, the mover is a few requests further when the other one begins.
    for (int i = 0; i < round / 2; ++i) held.mark();
    status_of([&] { move(held.store(), "/a/f", destination); });
    held.go_on();
    Names files;
    for (const std::string& path : walk(held.store(), "/"))
      if (path.back() != '/') files.push_back(path);
    REQUIRE(files.size() == 1);
    CHECK(files[0] != "/a/f");
    CHECK(get(held.store(), files[0]) == "bytes");
    remove(held.store(), files[0]);
  }
}

TEST_CASE("a move does not wait forever for the mark of a mover whose clock is ahead") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/f", "bytes");
  const std::string mark =
      rados::encode_move({"0123456789abcdef", std::time(nullptr) + 3600, "/a/f", "/b/f"});
  space.tool("setxattr " + space.chunks()[0] + " berth.move " + quoted(mark));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(status_of([&] { move(*store, "/a/f", "/c/f"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}

TEST_CASE(
    "a mover that died after the move, before it removed its mark, does not block others forever") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/b/f", "bytes");
  const std::string mark =
      rados::encode_move({"0123456789abcdef", std::time(nullptr) - 100, "/a/f", "/b/f"});
  space.tool("setxattr " + space.chunks()[0] + " berth.move " + quoted(mark));
  move(*store, "/b/f", "/c/f");
  CHECK(get(*store, "/c/f") == "bytes");
}

TEST_CASE("a move whose success was not reported succeeds when it is repeated") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/f", "bytes");
  const std::string mark =
      rados::encode_move({"0123456789abcdef", std::time(nullptr), "/a/f", "/b/f"});
  space.tool("setxattr " + space.chunks()[0] + " berth.move " + quoted(mark));
  put(*store, "/b/g", "");
  space.tool("setomapval /b f " + space.tool("getomapval /a f /dev/stdout").substr(0, 41));
  move(*store, "/a/f", "/b/f");
  CHECK(walk(*store, "/") == Names{"/b/", "/b/f", "/b/g"});
  move(*store, "/b/f", "/c/f");
  CHECK(get(*store, "/c/f") == "bytes");
}

// The guard on the entry cannot distinguish a missing entry from a directory.
TEST_CASE("a file does not replace a directory created between the read and the change") {
  const CephSpace space;
  const auto other = space.open();
  const FakeCall call;
  const rados::Session session(settings_of(space), call);
  const rados::Directories directories(session);
  rados::LinkRule rule;
  rule.before_change = [&](const std::string&) { put(*other, "/f/x", "inside"); };
  const auto link = [&] { directories.link("/f", "blob:none", rule, call); };
  CHECK(status_of(link) == BERTH_STATUS_IO);
  CHECK(get(*other, "/f/x") == "inside");
  CHECK(list(*other, "/") == Names{"/f/"});
}
