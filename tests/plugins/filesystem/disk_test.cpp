// SPDX-License-Identifier: Apache-2.0
//
// A full disk, a file-size limit, and a mount inside the root. Mounting a tmpfs requires root.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "mount.hpp"

using namespace berth::test;
namespace fs = std::filesystem;

namespace {

class SmallDisk : public Mount {
 public:
  SmallDisk(const std::string& at, const char* options) : Mount("tmpfs", at, options) {}
};

struct FullDisk : Disk {
  SmallDisk disk{root, "size=8m"};
  const std::string old = std::string(4 << 20, 'o');
  const std::string large = std::string(16 << 20, 'l');
};

// Runs body in a child whose files cannot grow beyond limit; returns what body returned.
int with_file_limit(rlim_t limit, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit files{limit, limit};
    ::setrlimit(RLIMIT_FSIZE, &files);
    ::signal(SIGXFSZ, SIG_DFL);
    ::_exit(body());
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE_FIXTURE(FullDisk, "a put that does not fit leaves the old object and no other file") {
  put(*store, "/d/f", old);
  CHECK(status_of([&] { put(*store, "/d/f", large); }) == BERTH_STATUS_NO_SPACE);
  CHECK(get(*store, "/d/f") == old);
  CHECK(everything().size() == 2);
  CHECK(message_of([&] { put(*store, "/n/m", large); }) ==
        "cannot write '/n/m' below " + root + ": No space left on device");
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(FullDisk, "a writer that fills the disk leaves the old object") {
  put(*store, "/f", old);
  const auto out = writer(*store, "/f");
  CHECK(status_of([&] { write(*out, large); }) == BERTH_STATUS_NO_SPACE);
  cancel(*out);
  CHECK(get(*store, "/f") == old);
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(FullDisk, "an append that fills the disk can be cancelled") {
  put(*store, "/f", old);
  const auto out = appender(*store, "/f");
  CHECK(status_of([&] { write(*out, large); }) == BERTH_STATUS_NO_SPACE);
  CHECK(out->size() == old.size());
  cancel(*out);
  CHECK(get(*store, "/f") == old);
}

TEST_CASE_FIXTURE(FullDisk,
                  "an upload that is closed after a failed write has exactly the accepted bytes") {
  auto out = writer(*store, "/f");
  write(*out, "accepted");
  CHECK(status_of([&] { write(*out, large); }) == BERTH_STATUS_NO_SPACE);
  keep(*out);
  out.reset();
  CHECK(appender(*store, "/f")->size() == 8);
}

TEST_CASE_FIXTURE(FullDisk, "a copy that does not fit leaves nothing") {
  put(*store, "/f", old);
  put(*store, "/g", std::string(2 << 20, 'g'));
  CHECK(status_of([&] { store->copy("/f", "/d/copy", {}, FakeCall()); }) == BERTH_STATUS_NO_SPACE);
  CHECK(everything().size() == 2);
}

namespace {

// The signal mask and the pending signals are as before, and SIGXFSZ has its default action.
bool signals_are_untouched() {
  struct sigaction action;
  sigset_t mask, pending;
  ::sigaction(SIGXFSZ, nullptr, &action);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  ::sigpending(&pending);
  return action.sa_handler == SIG_DFL && ::sigismember(&mask, SIGXFSZ) == 0 &&
         ::sigismember(&pending, SIGXFSZ) == 0;
}

}  // namespace

TEST_CASE_FIXTURE(Disk, "a put beyond the file-size limit is an error and leaves the old object") {
  put(*store, "/f", "old");
  const int status = with_file_limit(1 << 20, [&] {
    const auto result = status_of([&] { put(*store, "/f", std::string(2 << 20, 'x')); });
    return signals_are_untouched() ? static_cast<int>(result) : -1;
  });
  CHECK(status == BERTH_STATUS_NO_SPACE);
  CHECK(get(*store, "/f") == "old");
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(
    Disk, "a copy, a write and an append beyond the file-size limit fail with the same status") {
  put(*store, "/large", std::string(3 << 20, 'x'));
  put(*store, "/f", "old");
  const int right = with_file_limit(1 << 20, [&] {
    const std::string large(2 << 20, 'x');
    int no_space =
        status_of([&] { store->copy("/large", "/f", {}, FakeCall()); }) == BERTH_STATUS_NO_SPACE;
    const auto started = writer(*store, "/f");
    no_space += status_of([&] { write(*started, large); }) == BERTH_STATUS_NO_SPACE;
    cancel(*started);
    const auto continued = appender(*store, "/f");
    no_space += status_of([&] { write(*continued, large); }) == BERTH_STATUS_NO_SPACE;
    cancel(*continued);
    return signals_are_untouched() ? no_space : -1;
  });
  CHECK(right == 3);
  CHECK(get(*store, "/f") == "old");
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Disk, "a SIGXFSZ that was pending before stays pending") {
  const int status = with_file_limit(1 << 20, [&] {
    sigset_t signal;
    ::sigemptyset(&signal);
    ::sigaddset(&signal, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signal, nullptr);
    ::raise(SIGXFSZ);
    const auto result = status_of([&] { put(*store, "/f", std::string(2 << 20, 'x')); });
    sigset_t pending;
    ::sigpending(&pending);
    return ::sigismember(&pending, SIGXFSZ) == 1 ? static_cast<int>(result) : -1;
  });
  CHECK(status == BERTH_STATUS_NO_SPACE);
}

TEST_CASE_FIXTURE(Disk, "a move to another disk inside the root keeps content, mode and time") {
  fs::create_directories(root);
  const SmallDisk other(root + "/mounted", "size=8m");
  put(*store, "/d/f", std::string(3 << 20, 'x'));
  fs::permissions(root + "/d/f", fs::perms(0604));
  const auto before = stat(*store, "/d/f");
  move(*store, "/d/f", "/mounted/g/f");
  CHECK(get(*store, "/mounted/g/f") == std::string(3 << 20, 'x'));
  CHECK(stat(*store, "/mounted/g/f").mtime_ns == before.mtime_ns);
  CHECK(fs::status(root + "/mounted/g/f").permissions() == fs::perms(0604));
  CHECK(walk(*store, "/") == std::vector<std::string>{"/mounted/", "/mounted/g/", "/mounted/g/f"});
}

TEST_CASE_FIXTURE(
    Disk, "a move to another disk that is full keeps the source and leaves no partial copy") {
  fs::create_directories(root);
  const SmallDisk other(root + "/mounted", "size=1m");
  put(*store, "/d/f", std::string(3 << 20, 'x'));
  CHECK(status_of([&] { move(*store, "/d/f", "/mounted/g/f"); }) == BERTH_STATUS_NO_SPACE);
  CHECK(stat(*store, "/d/f").size == 3 << 20);
  CHECK(list(*store, "/mounted").empty());
  CHECK(fs::is_empty(root + "/mounted"));
}

TEST_CASE_FIXTURE(Disk, "a directory that cannot be removed is reported, and the rest is removed") {
  put(*store, "/d/a", "1");
  put(*store, "/d/z", "1");
  const SmallDisk busy(root + "/d/m", "size=1m");
  CHECK(
      message_of([&] { remove(*store, "/d"); }).starts_with("cannot remove '/d/m' below " + root));
  CHECK(list(*store, "/d") == std::vector<std::string>{"/d/m/"});
}

TEST_CASE_FIXTURE(Disk, "a move of a directory to another disk is refused with the reason") {
  fs::create_directories(root);
  const SmallDisk other(root + "/mounted", "size=1m");
  put(*store, "/d/f", "x");
  CHECK(message_of([&] { move(*store, "/d", "/mounted/d"); }) ==
        "a directory cannot be moved to another file system; move its objects");
  CHECK(get(*store, "/d/f") == "x");
}

TEST_CASE_FIXTURE(Disk, "a move to another disk voids the upload at its source") {
  fs::create_directories(root);
  const SmallDisk other(root + "/mounted", "size=1m");
  put(*store, "/f", "object");
  const auto out = writer(*store, "/f");
  move(*store, "/f", "/mounted/f");
  CHECK(status_of([&] { keep(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/mounted/f") == "object");
}
