// SPDX-License-Identifier: Apache-2.0
//
// A full disk, a file-size limit, and a mount inside the root. Mounting a tmpfs needs root.
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace berth::test;
namespace fs = std::filesystem;

namespace {

class SmallDisk {
 public:
  SmallDisk(const std::string& at, const char* options) : at_(at) {
    fs::create_directories(at);
    const bool mounted = ::mount("tmpfs", at.c_str(), "tmpfs", 0, options) == 0;
    REQUIRE_MESSAGE(mounted, "this test mounts a tmpfs, which needs root (CAP_SYS_ADMIN): "
                                 << std::generic_category().message(errno));
  }
  ~SmallDisk() { ::umount2(at_.c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  const std::string at_;
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
    ::signal(SIGXFSZ, SIG_IGN);
    ::_exit(body());
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE_FIXTURE(FullDisk, "a put that does not fit leaves the old object and no other file") {
  put(*store, "/d/f", old);
  CHECK(status_of([&] { put(*store, "/d/f", large); }) == BERTH_NO_SPACE);
  CHECK(get(*store, "/d/f") == old);
  CHECK(everything().size() == 2);
  CHECK(message_of([&] { put(*store, "/n/m", large); }) ==
        "cannot write '/n/m' below " + root + ": No space left on device");
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(FullDisk, "a writer that hits the end of the disk leaves the old object") {
  put(*store, "/f", old);
  const auto out = writer(*store, "/f");
  CHECK(status_of([&] { write(*out, large); }) == BERTH_NO_SPACE);
  cancel(*out);
  CHECK(get(*store, "/f") == old);
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(FullDisk, "an append that hits the end of the disk can be taken back") {
  put(*store, "/f", old);
  const auto out = appender(*store, "/f");
  CHECK(status_of([&] { write(*out, large); }) == BERTH_NO_SPACE);
  CHECK(out->size() == old.size());
  cancel(*out);
  CHECK(get(*store, "/f") == old);
}

TEST_CASE_FIXTURE(FullDisk, "a kept upload holds exactly the accepted bytes after a failed write") {
  auto out = writer(*store, "/f");
  write(*out, "accepted");
  CHECK(status_of([&] { write(*out, large); }) == BERTH_NO_SPACE);
  keep(*out);
  out.reset();
  CHECK(appender(*store, "/f")->size() == 8);
}

TEST_CASE_FIXTURE(FullDisk, "a copy that does not fit leaves nothing") {
  put(*store, "/f", old);
  put(*store, "/g", std::string(2 << 20, 'g'));
  CHECK(status_of([&] { store->copy("/f", "/d/copy", FakeCall()); }) == BERTH_NO_SPACE);
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Disk, "a put beyond the file-size limit says so and leaves the old object") {
  put(*store, "/f", "old");
  const int status = with_file_limit(
      1 << 20, [&] { return status_of([&] { put(*store, "/f", std::string(2 << 20, 'x')); }); });
  CHECK(status == BERTH_NO_SPACE);
  CHECK(get(*store, "/f") == "old");
  CHECK(everything().size() == 1);
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

TEST_CASE_FIXTURE(Disk, "a move to another disk that is full keeps the source and no half copy") {
  fs::create_directories(root);
  const SmallDisk other(root + "/mounted", "size=1m");
  put(*store, "/d/f", std::string(3 << 20, 'x'));
  CHECK(status_of([&] { move(*store, "/d/f", "/mounted/g/f"); }) == BERTH_NO_SPACE);
  CHECK(stat(*store, "/d/f").size == 3 << 20);
  CHECK(list(*store, "/mounted").empty());
  CHECK(fs::is_empty(root + "/mounted"));
}

TEST_CASE_FIXTURE(Disk, "a directory that cannot be removed is named, and the rest goes") {
  put(*store, "/d/a", "1");
  put(*store, "/d/z", "1");
  const SmallDisk busy(root + "/d/m", "size=1m");
  CHECK(
      message_of([&] { remove(*store, "/d"); }).starts_with("cannot remove '/d/m' below " + root));
  CHECK(list(*store, "/d") == std::vector<std::string>{"/d/m/"});
}
