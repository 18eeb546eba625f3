// SPDX-License-Identifier: Apache-2.0
//
// Stores, readers and writers in a child after fork().
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <berth/errors.hpp>
#include <berth/store.hpp>

#include "fake_driver.hpp"

using berth::Store;
using berth::test::FakeDriver;
using berth::test::Request;

namespace {

// Runs body in a child; its result is the exit code. SIGALRM ends a child that hangs.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int count(const FakeDriver& fake, const std::string& call) {
  return static_cast<int>(std::count(fake.log.begin(), fake.log.end(), call));
}

bool is_wrong_state(const std::function<void()>& body) {
  try {
    body();
  } catch (const berth::WrongStateError&) {
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the first call in a child opens the driver's store again, once") {
  FakeDriver fake;
  Store store = fake.create();
  store.put_content("/a", "x");
  const auto opens = [&] {
    store.stat("/a");
    store.stat("/a");
    return count(fake, "open");
  };
  CHECK(in_child(opens) == 2);
  store.stat("/a");
  CHECK(count(fake, "open") == 1);
}

TEST_CASE("a store that says that it survives fork() is not opened again") {
  FakeDriver fake;
  fake.caps.flags |= BERTH_CAP_FORK;
  Store store = fake.create();
  const auto opens = [&] {
    store.put_content("/a", "x");
    return count(fake, "open");
  };
  CHECK(in_child(opens) == 1);
}

TEST_CASE("a child does not close the store of its parent") {
  FakeDriver fake;
  std::optional<Store> store = fake.create();
  const auto closes = [&] {
    store.reset();
    return count(fake, "close");
  };
  CHECK(in_child(closes) == 0);
}

TEST_CASE("a child closes the store that it opened again") {
  FakeDriver fake;
  std::optional<Store> store = fake.create();
  const auto closes = [&] {
    store->list("/");
    store.reset();
    return count(fake, "close");
  };
  CHECK(in_child(closes) == 1);
}

TEST_CASE("an open that fails in a child is the error of the call, and is tried again") {
  FakeDriver fake;
  Store store = fake.create();
  store.put_content("/a", "x");
  const auto outcome = [&] {
    fake.script.open = [](const Request& r) { return r.fail(BERTH_STATUS_UNAVAILABLE, "later"); };
    try {
      store.stat("/a");
      return 1;
    } catch (const berth::UnavailableError&) {
    }
    fake.script.open = nullptr;
    return store.get_content("/a") == "x" ? 0 : 2;
  };
  CHECK(in_child(outcome) == 0);
}

TEST_CASE("a reader of the parent is refused in the child and not closed") {
  FakeDriver fake;
  Store store = fake.create();
  store.put_content("/a", "x");
  std::optional<berth::Reader> reader = store.reader("/a");
  const auto refused = [&] {
    const bool right = is_wrong_state([&] { reader->read_all(); });
    reader.reset();
    return right ? count(fake, "reader_close") : 1;
  };
  CHECK(in_child(refused) == 0);
  CHECK(reader->read_all() == "x");
}

TEST_CASE("a writer of the parent is refused in the child and not closed") {
  FakeDriver fake;
  Store store = fake.create();
  std::optional<berth::Writer> writer = store.writer("/a");
  const auto refused = [&] {
    const bool right = is_wrong_state([&] { writer->write("child"); }) &&
                       is_wrong_state([&] { writer->commit(); });
    writer.reset();
    return right ? count(fake, "writer_close") : 1;
  };
  CHECK(in_child(refused) == 0);
  writer->write("parent");
  writer->commit();
  CHECK(store.get_content("/a") == "parent");
}

TEST_CASE("a call that another thread is in at the fork holds up no call of the child") {
  for (const std::uint16_t model :
       {BERTH_THREADS_PARALLEL, BERTH_THREADS_SERIAL_STORE, BERTH_THREADS_SERIAL_DRIVER}) {
    FakeDriver fake(model);
    std::atomic<bool> inside{false}, leave{false};
    fake.script.stat = [&](const Request& r) {
      inside = true;
      while (!leave) std::this_thread::yield();
      return r.file(r.path) == 0 ? BERTH_STATUS_OK : BERTH_STATUS_OK;
    };
    Store store = fake.create({.parallel = 1});
    std::thread other([&] { store.stat("/busy"); });
    while (!inside) std::this_thread::yield();
    const auto lists = [&] { return static_cast<int>(store.list("/").size()); };
    CHECK(in_child(lists) == 0);
    leave = true;
    other.join();
  }
}

TEST_CASE("stores can be made in a child while threads of the parent make others") {
  FakeDriver fake;
  Store first = fake.create();
  std::atomic<bool> over{false};
  std::thread other([&] {
    while (!over) fake.create();
  });
  for (int i = 0; i < 20; ++i)
    CHECK(in_child([] {
            FakeDriver own;
            return own.create().list("/").empty() ? 0 : 1;
          }) == 0);
  over = true;
  other.join();
}
