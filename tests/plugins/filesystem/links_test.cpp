// SPDX-License-Identifier: Apache-2.0
//
// Symbolic links, special files, and paths that lead out of the root.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "root.hpp"

using namespace berth::test;
using berth::filesystem::Fd;
using berth::filesystem::Resolve;
using berth::filesystem::Root;
using berth::filesystem::Settings;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

struct Linked : Disk {
  Linked() {
    put(*store, "/d/f", "inside");
    fs::create_directories(folder.path() / "outside");
    std::ofstream(folder.path() / "outside/secret") << "secret";
  }
};

void make_socket(const std::string& path) {
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE_FIXTURE(Linked, "a link that leads out of the root is refused with the reason") {
  fs::create_symlink("../outside", root + "/relative");
  fs::create_symlink(folder.path() / "outside", root + "/absolute");
  fs::create_symlink("../outside/secret", root + "/file");
  for (const char* path : {"/relative/secret", "/absolute/secret", "/file"}) {
    CHECK(message_of([&] { get(*store, path); }) ==
          "'" + std::string(path) + "' below " + root +
              " leads out of the root directory through a symbolic link");
    CHECK(status_of([&] { stat(*store, path); }) == BERTH_STATUS_PERMISSION_DENIED);
    CHECK(status_of([&] { appender(*store, path); }) == BERTH_STATUS_PERMISSION_DENIED);
  }
  CHECK(status_of([&] { put(*store, "/relative/new", "x"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status_of([&] { remove(*store, "/relative/secret"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status_of([&] { list(*store, "/absolute"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(list(*store, "/") == Names{"/d/"});
}

TEST_CASE_FIXTURE(Linked, "a path with dots does not leave the root") {
  CHECK(status_of([&] { get(*store, "/../outside/secret"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status_of([&] { get(*store, "/d/../../outside/secret"); }) ==
        BERTH_STATUS_PERMISSION_DENIED);
}

TEST_CASE_FIXTURE(Linked, "a link to a file below the root reads as that file") {
  fs::create_symlink("d/f", root + "/link");
  CHECK(get(*store, "/link") == "inside");
  CHECK(stat(*store, "/link").size == 6);
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/link"});
}

TEST_CASE_FIXTURE(Linked,
                  "a link to a directory below the root is listed and usable, but not walked") {
  fs::create_symlink("d", root + "/e");
  fs::create_symlink("..", root + "/d/loop");
  CHECK(get(*store, "/e/f") == "inside");
  CHECK(list(*store, "/e") == Names{"/e/f", "/e/loop/"});
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/d/loop/", "/e/"});
}

TEST_CASE_FIXTURE(Linked, "a put replaces a link and does not change its target") {
  fs::create_symlink("d/f", root + "/link");
  put(*store, "/link", "new");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(get(*store, "/link") == "new");
}

TEST_CASE_FIXTURE(Linked, "a remove removes links, never their targets") {
  fs::create_directories(root + "/t");
  fs::create_directory_symlink("../d", root + "/t/in");
  fs::create_directory_symlink("../../outside", root + "/t/out");
  remove(*store, "/t");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(fs::exists(folder.path() / "outside/secret"));
  fs::create_directory_symlink("d", root + "/link");
  remove(*store, "/link");
  CHECK(get(*store, "/d/f") == "inside");
}

TEST_CASE_FIXTURE(Linked, "dangling and circular links are left out, and the rest is listed") {
  fs::create_symlink("nowhere", root + "/dangling");
  fs::create_symlink("loop", root + "/loop");
  put(*store, "/z", "1");
  CHECK(list(*store, "/") == Names{"/d/", "/z"});
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/z"});
  CHECK(status_of([&] { get(*store, "/dangling"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { get(*store, "/loop"); }) == BERTH_STATUS_IO);
  CHECK(status_of([&] { put(*store, "/dangling/x", "1"); }) == BERTH_STATUS_IO);
  remove(*store, "/dangling");
  remove(*store, "/loop");
  CHECK_FALSE(fs::exists(fs::symlink_status(root + "/loop")));
}

TEST_CASE_FIXTURE(
    Linked,
    "special files never block: they are detected, left out of listings and can be removed") {
  REQUIRE(::mkfifo((root + "/fifo").c_str(), 0600) == 0);
  make_socket(root + "/socket");
  CHECK(
      message_of([&] { get(*store, "/fifo"); }) ==
      "the file at this path is a FIFO and not a regular file; remove it from the root directory");
  for (const char* path : {"/fifo", "/socket"}) {
    CHECK(message_of([&] { get(*store, path); }).find("not a regular file") != std::string::npos);
    CHECK(message_of([&] { stat(*store, path); }).find("not a regular file") != std::string::npos);
    CHECK(message_of([&] { appender(*store, path); }).find("not a regular file") !=
          std::string::npos);
  }
  CHECK(list(*store, "/") == Names{"/d/"});
  remove(*store, "/fifo");
  remove(*store, "/socket");
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f"});
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Linked, "a put replaces a special file") {
  REQUIRE(::mkfifo((root + "/fifo").c_str(), 0600) == 0);
  put(*store, "/fifo", "1");
  CHECK(get(*store, "/fifo") == "1");
}

TEST_CASE_FIXTURE(Linked, "a move of a link onto its own target keeps the contents") {
  fs::create_symlink("d/f", root + "/link");
  move(*store, "/link", "/d/f");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f"});
}

TEST_CASE_FIXTURE(Linked, "a move of a link onto a link to the same file keeps the contents") {
  fs::create_symlink("d/f", root + "/second");
  fs::create_symlink("second", root + "/first");
  move(*store, "/first", "/second");
  CHECK(get(*store, "/second") == "inside");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(list(*store, "/") == Names{"/d/", "/second"});
  fs::create_symlink("second", root + "/third");
  move(*store, "/second", "/third");
  CHECK(get(*store, "/third") == "inside");
  CHECK(list(*store, "/") == Names{"/d/", "/third"});
}

TEST_CASE_FIXTURE(Linked, "a move of a file onto a link to it keeps the contents") {
  fs::create_symlink("d/f", root + "/link");
  move(*store, "/d/f", "/link");
  CHECK(get(*store, "/link") == "inside");
  CHECK(list(*store, "/") == Names{"/link"});
}

TEST_CASE_FIXTURE(Linked, "a moved link reads as the same file, in its directory and in another") {
  fs::create_symlink("d/f", root + "/link");
  move(*store, "/link", "/renamed");
  CHECK(fs::is_symlink(root + "/renamed"));
  CHECK(get(*store, "/renamed") == "inside");
  move(*store, "/renamed", "/other/copy");
  CHECK(get(*store, "/other/copy") == "inside");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(list(*store, "/") == Names{"/d/", "/other/"});
}

TEST_CASE_FIXTURE(Linked, "a link to a directory is not moved to where it would lead elsewhere") {
  fs::create_symlink("d", root + "/e");
  CHECK(message_of([&] { move(*store, "/e", "/other/e"); }) ==
        "the source is a symbolic link to a directory, and would not lead to it from the "
        "destination; move the directory itself");
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/e/"});
  move(*store, "/e", "/renamed");
  CHECK(get(*store, "/renamed/f") == "inside");
}

TEST_CASE_FIXTURE(Linked, "a dangling link and a link out of the root are not moved") {
  fs::create_symlink("nowhere", root + "/dangling");
  fs::create_symlink("../outside/secret", root + "/outward");
  CHECK(status_of([&] { move(*store, "/dangling", "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { move(*store, "/outward", "/d/f"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(fs::is_symlink(root + "/dangling"));
}

TEST_CASE_FIXTURE(Linked,
                  "a move of a hard link onto another name of the file removes the source") {
  fs::create_hard_link(root + "/d/f", root + "/twin");
  move(*store, "/twin", "/d/f");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f"});
}

TEST_CASE_FIXTURE(Linked, "a move between two paths of one directory entry changes nothing") {
  fs::create_symlink("d", root + "/e");
  move(*store, "/d/f", "/e/f");
  CHECK(get(*store, "/d/f") == "inside");
  fs::create_hard_link(root + "/d/f", root + "/twin");
  move(*store, "/d/f", "/e/f");
  CHECK(get(*store, "/d/f") == "inside");
}

TEST_CASE_FIXTURE(Linked, "a copy between two names of one file keeps the contents of both") {
  fs::create_symlink("d/f", root + "/link");
  fs::create_symlink("d", root + "/e");
  fs::create_hard_link(root + "/d/f", root + "/twin");
  for (const char* source : {"/link", "/twin", "/e/f"}) {
    CAPTURE(source);
    store->copy(source, "/d/f", {}, FakeCall());
    CHECK(get(*store, "/d/f") == "inside");
    CHECK(get(*store, source) == "inside");
  }
  store->copy("/d/f", "/link", {}, FakeCall());
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(get(*store, "/link") == "inside");
}

TEST_CASE_FIXTURE(Linked, "a listing fails if there is no descriptor to follow a link") {
  fs::create_symlink("d/f", root + "/link");
  const int next = ::dup(0);
  ::close(next);
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit one_more{static_cast<rlim_t>(next) + 1, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &one_more);
  const std::string listed = message_of([&] { list(*store, "/"); });
  const std::string walked = message_of([&] { walk(*store, "/"); });
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(listed ==
        "cannot follow the symbolic link '/link' below " + root + ": Too many open files");
  CHECK(walked == listed);
}

TEST_CASE_FIXTURE(Linked,
                  "without openat2 no link is followed, and no path leads out of the root") {
  fs::create_symlink("d/f", root + "/link");
  fs::create_symlink("d", root + "/e");
  fs::create_symlink("../outside", root + "/out");
  Settings settings;
  settings.root_directory = root;
  const Root plain(settings, Resolve::by_component);
  CHECK(plain.open("/", O_PATH));
  CHECK(plain.open("/d/f", O_RDONLY));
  CHECK_FALSE(plain.open("/d/g", O_RDONLY));
  CHECK(errno == ENOENT);
  CHECK_FALSE(plain.open("/d/f/g", O_RDONLY));
  CHECK(errno == ENOTDIR);
  for (const char* path : {"/link", "/e/f", "/e", "/out/secret"}) {
    CHECK_FALSE(plain.open(path, O_PATH));
    CHECK(errno == EXDEV);
  }
}
