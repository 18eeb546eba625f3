// SPDX-License-Identifier: Apache-2.0
//
// A store in a child after fork(), and a store whose pool was deleted.
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "ceph.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// Runs body in a child; its result is the exit code. SIGALRM ends a child that hangs.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

sdk::Error error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const sdk::Error& error) {
    return error;
  }
  return sdk::Error(BERTH_STATUS_OK, "nothing was thrown");
}

// A pool for one test.
class OwnPool {
 public:
  OwnPool() : name_("test-" + rados::random_token()) {
    tool("osd pool create " + name_ + " 8 8");
    tool("osd pool application enable " + name_ + " berth");
  }
  ~OwnPool() {
    try {
      remove();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "cannot delete the pool %s: %s\n", name_.c_str(), error.what());
    }
  }
  OwnPool(const OwnPool&) = delete;
  OwnPool& operator=(const OwnPool&) = delete;

  const std::string& name() const noexcept { return name_; }

  // Needs mon_allow_pool_delete, which the cluster of tests/servers/ceph.sh has.
  void remove() {
    tool("osd pool delete " + name_ + " " + name_ + " --yes-i-really-really-mean-it");
  }

 private:
  static void tool(const std::string& arguments) {
    output_of("ceph -c " + quoted(server_env("BERTH_CEPH_CONF")) + " " + arguments + " 2>&1");
  }
  const std::string name_;
};

}  // namespace

TEST_CASE("in a child after fork(), calls on the parent's store are refused and do not hang") {
  const CephSpace space;
  auto store = space.open();
  put(*store, "/f", "x");
  const auto refused = [&] {
    if (error_of([&] { get(*store, "/f"); }).status() != BERTH_STATUS_WRONG_STATE) return 1;
    if (error_of([&] { put(*store, "/g", "y"); }).status() != BERTH_STATUS_WRONG_STATE) return 2;
    store.reset();
    return 0;
  };
  CHECK(in_child(refused) == 0);
  CHECK(get(*store, "/f") == "x");
}

TEST_CASE("a child after fork() can open a store of its own") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/f", "parent");
  const auto works = [&] {
    const auto own = space.open();
    put(*own, "/g", "child");
    return get(*own, "/f") == "parent" ? 0 : 1;
  };
  CHECK(in_child(works) == 0);
  CHECK(get(*store, "/g") == "child");
}

TEST_CASE("a child destroys a writer of the parent without waiting") {
  const CephSpace space;
  const auto store = space.open();
  auto unfinished = writer(*store, "/f");
  write(*unfinished, std::string(9'000'000, 'w'));
  const auto freed = [&] {
    unfinished.reset();
    return 0;
  };
  CHECK(in_child(freed) == 0);
  commit(*unfinished);
  CHECK(stat(*store, "/f").size == 9'000'000);
}

TEST_CASE("a deleted pool is an error that names the pool, not a missing path") {
  const CephSpace space;
  OwnPool pool;
  const auto store =
      space.open({{"poolname", pool.name()}, {"namespace", ""}, {"username", "admin"}});
  put(*store, "/d/f", "x");
  auto unfinished = writer(*store, "/w");
  write(*unfinished, std::string(9'000'000, 'w'));
  pool.remove();
  const std::function<void()> calls[] = {
      [&] { get(*store, "/d/f"); },
      [&] { stat(*store, "/d/f"); },
      [&] { list(*store, "/"); },
      [&] { walk(*store, "/"); },
      [&] { put(*store, "/y", "2"); },
      [&] { put(*store, "/large", std::string(20'000'000, 'l')); },
      [&] { move(*store, "/d/f", "/e"); },
      [&] { remove(*store, "/d/f"); },
      [&] { remove(*store, "/none"); },
      [&] { writer(*store, "/v"); },
      [&] { appender(*store, "/w"); },
      [&] { commit(*unfinished); },
  };
  for (std::size_t i = 0; i < std::size(calls); ++i) {
    CAPTURE(i);
    const sdk::Error error = error_of(calls[i]);
    CHECK(error.status() == BERTH_STATUS_UNKNOWN);
    CHECK(error.message() ==
          "pool " + pool.name() + " was deleted while the store was open, with all its objects");
  }
}
