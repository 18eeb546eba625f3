// SPDX-License-Identifier: Apache-2.0
//
// Many threads use the driver `filesystem`: no object is torn, no put is lost, and no put fails
// because its directory was removed.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace berth::test;

namespace {

template <class Body>
void in_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

struct Fast : Disk {
  Fast() { store = open({{"fsync", "false"}}); }
};

}  // namespace

TEST_CASE_FIXTURE(Fast, "readers see whole versions while writers replace the object") {
  put(*store, "/f", std::string(1000, 'a'));
  std::atomic<int> torn{0};
  in_threads(8, [&](int thread) {
    for (int i = 0; i < 200; ++i) {
      if (thread < 4) {
        const auto extra = static_cast<std::size_t>(thread);
        put(*store, "/f", std::string(1000 + extra, static_cast<char>('a' + thread)));
      } else {
        const std::string bytes = get(*store, "/f");
        if (bytes.find_first_not_of(bytes[0]) != bytes.npos) ++torn;
        if (bytes.size() != 1000 + static_cast<std::size_t>(bytes[0] - 'a')) ++torn;
      }
    }
  });
  CHECK(torn == 0);
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Fast, "of many create_only puts exactly one succeeds") {
  std::atomic<int> won{0};
  in_threads(16, [&](int thread) {
    berth::sdk::WriteOptions options;
    options.create_only = true;
    won +=
        status_of([&] { put(*store, "/d/f", std::to_string(thread), options); }) == BERTH_STATUS_OK;
  });
  CHECK(won == 1);
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Fast, "a put succeeds while removes prune its directory") {
  std::atomic<int> failed{0};
  in_threads(8, [&](int thread) {
    const std::string path = "/d/e/" + std::to_string(thread);
    for (int i = 0; i < 300; ++i) {
      failed += status_of([&] { put(*store, path, "x"); }) != BERTH_STATUS_OK;
      failed += status_of([&] { remove(*store, path); }) != BERTH_STATUS_OK;
    }
  });
  CHECK(failed == 0);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Fast, "a walk during changes reports every unchanged file once") {
  std::vector<std::string> kept;
  for (int i = 100; i < 400; ++i) {
    kept.push_back("/k/" + std::to_string(i % 7) + "/" + std::to_string(i));
    put(*store, kept.back(), "x");
  }
  std::atomic<bool> done{false};
  std::thread changer([&] {
    for (int i = 0; !done; ++i) {
      const std::string path = "/k/" + std::to_string(i % 9) + "/t" + std::to_string(i % 100);
      put(*store, path, "x");
      remove(*store, path);
    }
  });
  int wrong = 0;
  for (int i = 0; i < 30; ++i) {
    std::vector<std::string> seen;
    for (const std::string& name : walk(*store, "/"))
      if (name.back() != '/' && name.find("/t") == name.npos) seen.push_back(name);
    wrong += seen.size() != kept.size();
  }
  done = true;
  changer.join();
  CHECK(wrong == 0);
}

TEST_CASE_FIXTURE(Fast, "writers of one path in many threads publish complete objects or fail") {
  std::atomic<int> wrong{0};
  std::atomic<int> committed{0};
  in_threads(8, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const auto out = writer(*store, "/d/f");
      const auto status = status_of([&] {
        for (int part = 0; part < 10; ++part)
          write(*out, std::string(100, static_cast<char>('a' + thread)));
        commit(*out);
      });
      committed += status == BERTH_STATUS_OK;
      wrong += status != BERTH_STATUS_OK && status != BERTH_STATUS_PRECONDITION_FAILED;
      if (committed == 0) continue;
      const std::string bytes = get(*store, "/d/f");
      wrong += bytes != std::string(1000, bytes[0]);
    }
  });
  CHECK(wrong == 0);
  CHECK(committed > 0);
}

TEST_CASE_FIXTURE(Fast, "puts in one directory wait for each other, and leave nothing") {
  std::atomic<int> failed{0};
  in_threads(8, [&](int thread) {
    for (int i = 0; i < 200; ++i) {
      const std::string path = "/d/" + std::to_string((thread + i) % 4);
      failed += status_of([&] { put(*store, path, "x"); }) != BERTH_STATUS_OK;
      failed +=
          status_of([&] { move(*store, path, "/e/" + std::to_string(thread)); }) == BERTH_STATUS_IO;
    }
  });
  CHECK(failed == 0);
  for (const std::string& name : everything())
    CHECK_MESSAGE(name.find(".berth~") == name.npos, name);
}
