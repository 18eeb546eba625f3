// SPDX-License-Identifier: Apache-2.0
//
// Symbolic links, special files, and ways out of the root.
#include <fcntl.h>
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

TEST_CASE_FIXTURE(Linked, "a link that leads out of the root is refused with a reason") {
  fs::create_symlink("../outside", root + "/relative");
  fs::create_symlink(folder.path() / "outside", root + "/absolute");
  fs::create_symlink("../outside/secret", root + "/file");
  for (const char* path : {"/relative/secret", "/absolute/secret", "/file"}) {
    CHECK(message_of([&] { get(*store, path); }) ==
          "'" + std::string(path) + "' below " + root +
              " leads out of the root directory through a symbolic link");
    CHECK(status_of([&] { stat(*store, path); }) == BERTH_PERMISSION_DENIED);
    CHECK(status_of([&] { appender(*store, path); }) == BERTH_PERMISSION_DENIED);
  }
  CHECK(status_of([&] { put(*store, "/relative/new", "x"); }) == BERTH_PERMISSION_DENIED);
  CHECK(status_of([&] { remove(*store, "/relative/secret"); }) == BERTH_PERMISSION_DENIED);
  CHECK(status_of([&] { list(*store, "/absolute"); }) == BERTH_PERMISSION_DENIED);
  CHECK(list(*store, "/") == Names{"/d/"});
}

TEST_CASE_FIXTURE(Linked, "a path with dots does not leave the root") {
  CHECK(status_of([&] { get(*store, "/../outside/secret"); }) == BERTH_PERMISSION_DENIED);
  CHECK(status_of([&] { get(*store, "/d/../../outside/secret"); }) == BERTH_PERMISSION_DENIED);
}

TEST_CASE_FIXTURE(Linked, "a link to a file inside is that file") {
  fs::create_symlink("d/f", root + "/link");
  CHECK(get(*store, "/link") == "inside");
  CHECK(stat(*store, "/link").size == 6);
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/link"});
}

TEST_CASE_FIXTURE(Linked, "a link to a directory inside is shown, usable, and not walked into") {
  fs::create_symlink("d", root + "/e");
  fs::create_symlink("..", root + "/d/loop");
  CHECK(get(*store, "/e/f") == "inside");
  CHECK(list(*store, "/e") == Names{"/e/f", "/e/loop/"});
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/d/loop/", "/e/"});
}

TEST_CASE_FIXTURE(Linked, "a put replaces a link and leaves its target alone") {
  fs::create_symlink("d/f", root + "/link");
  put(*store, "/link", "new");
  CHECK(get(*store, "/d/f") == "inside");
  CHECK(get(*store, "/link") == "new");
}

TEST_CASE_FIXTURE(Linked, "a remove takes links away, never what they lead to") {
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

TEST_CASE_FIXTURE(Linked, "dangling and looping links are left out, the rest is listed") {
  fs::create_symlink("nowhere", root + "/dangling");
  fs::create_symlink("loop", root + "/loop");
  put(*store, "/z", "1");
  CHECK(list(*store, "/") == Names{"/d/", "/z"});
  CHECK(walk(*store, "/") == Names{"/d/", "/d/f", "/z"});
  CHECK(status_of([&] { get(*store, "/dangling"); }) == BERTH_PATH_NOT_FOUND);
  CHECK(status_of([&] { get(*store, "/loop"); }) == BERTH_IO);
  CHECK(status_of([&] { put(*store, "/dangling/x", "1"); }) == BERTH_IO);
  remove(*store, "/dangling");
  remove(*store, "/loop");
  CHECK_FALSE(fs::exists(fs::symlink_status(root + "/loop")));
}

TEST_CASE_FIXTURE(Linked,
                  "special files never block: they are told apart, left out and removable") {
  REQUIRE(::mkfifo((root + "/fifo").c_str(), 0600) == 0);
  make_socket(root + "/socket");
  CHECK(message_of([&] { get(*store, "/fifo"); }) ==
        "what lies at this path is not a regular file but a FIFO; remove it, or keep it out of the "
        "root directory");
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

TEST_CASE_FIXTURE(Linked, "without openat2 no link is followed and the root still holds") {
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
