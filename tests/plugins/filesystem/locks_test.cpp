// SPDX-License-Identifier: Apache-2.0
//
// Locks of the driver `filesystem`, and processes that are started while they are held.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace berth::test;
using berth::filesystem::Fd;

namespace {

// A forked child that runs `body` and then lives until this object is destroyed.
class Child {
 public:
  explicit Child(const std::function<bool()>& body) {
    int ready[2];
    REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const char result = body() ? 'y' : 'n';
      static_cast<void>(!::write(ready[1], &result, 1));
      for (;;) ::pause();
    }
    ::close(ready[1]);
    static_cast<void>(!::read(ready[0], &result_, 1));
    ::close(ready[0]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool succeeded() const noexcept { return result_ == 'y'; }

 private:
  pid_t pid_;
  char result_ = '?';
};

bool nothing() {
  return true;
}

}  // namespace

TEST_CASE_FIXTURE(Disk,
                  "a child process does not keep the lock of a writer that its parent closed") {
  put(*store, "/f", "object");
  auto upload = writer(*store, "/u");
  auto append = appender(*store, "/f");
  const Child child(nothing);
  keep(*upload);
  keep(*append);
  upload.reset();
  append.reset();
  CHECK(status_of([&] { appender(*store, "/u"); }) == BERTH_STATUS_OK);
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_OK);
}

TEST_CASE_FIXTURE(Disk,
                  "a child process does not keep the lock of a writer whose process was killed") {
  put(*store, "/f", "object");
  int pids[2];
  REQUIRE(::pipe2(pids, O_CLOEXEC) == 0);
  pid_t survivor = -1;
  {
    const Child killed([&] {
      static const auto out = appender(*store, "/f");
      const pid_t pid = ::fork();
      if (pid == 0) {
        const pid_t own = ::getpid();
        static_cast<void>(!::write(pids[1], &own, sizeof own));
        for (;;) ::pause();
      }
      return pid > 0;
    });
    REQUIRE(killed.succeeded());
    REQUIRE(::read(pids[0], &survivor, sizeof survivor) == sizeof survivor);
    CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_WRONG_STATE);
  }
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_OK);
  ::kill(survivor, SIGKILL);
  ::close(pids[0]);
  ::close(pids[1]);
}

TEST_CASE_FIXTURE(Disk, "a child that destroys a writer does not release the lock of its parent") {
  put(*store, "/f", "object");
  auto out = appender(*store, "/f");
  const Child child([&] {
    out.reset();
    return true;
  });
  CHECK(child.succeeded());
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_WRONG_STATE);
  write(*out, ", more");
  commit(*out);
  CHECK(get(*store, "/f") == "object, more");
}

TEST_CASE_FIXTURE(Disk, "a child cannot use the writer of its parent") {
  put(*store, "/f", "object");
  const auto out = appender(*store, "/f");
  const Child child([&] { return status_of([&] { write(*out, "mixed in"); }) != BERTH_STATUS_OK; });
  CHECK(child.succeeded());
  CHECK(get(*store, "/f") == "object");
}

TEST_CASE_FIXTURE(Disk, "a forked child can use the store") {
  put(*store, "/f", "object");
  const auto out = writer(*store, "/g");
  const Child child([&] {
    put(*store, "/child", "1");
    return get(*store, "/f") == "object";
  });
  CHECK(child.succeeded());
  CHECK(get(*store, "/child") == "1");
}

TEST_CASE_FIXTURE(Disk, "appends succeed while another thread starts processes") {
  store = open({{"fsync", "false"}});
  std::atomic<bool> done{false};
  std::thread starter([&] {
    while (!done) {
      const pid_t pid = ::vfork();
      if (pid == 0) {
        ::execl("/bin/true", "true", nullptr);
        ::_exit(1);
      }
      ::waitpid(pid, nullptr, 0);
    }
  });
  int failed = 0;
  for (int i = 0; i < 500; ++i) {
    failed += status_of([&] { keep(*writer(*store, "/u")); }) != BERTH_STATUS_OK;
    failed += status_of([&] { keep(*appender(*store, "/u")); }) != BERTH_STATUS_OK;
  }
  done = true;
  starter.join();
  CHECK(failed == 0);
}

TEST_CASE_FIXTURE(Disk, "a put ends with its deadline when another program locks the directory") {
  put(*store, "/f", "old");
  const Fd directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(directory.get(), LOCK_EX) == 0);
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  CHECK(status_of([&] { store->put("/f", "new", {}, call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(get(*store, "/f") == "old");
  REQUIRE(::flock(directory.get(), LOCK_UN) == 0);
  put(*store, "/f", "new");
  CHECK(everything().size() == 1);
}
