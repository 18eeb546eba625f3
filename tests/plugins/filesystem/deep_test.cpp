// SPDX-License-Identifier: Apache-2.0
//
// Deep trees: the driver `filesystem` needs neither stack nor descriptors in proportion to the
// depth.
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "mount.hpp"

using namespace berth::test;
using berth::filesystem::Fd;
namespace fs = std::filesystem;

namespace {

constexpr int depth = 1000;

// ROOT/a/a/a..., with a file x in each directory.
struct DeepTree : Disk {
  DeepTree() {
    fs::create_directories(root);
    Fd directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY));
    for (int i = 0; i < depth; ++i) {
      REQUIRE(::mkdirat(directory.get(), "a", 0777) == 0);
      directory = Fd(::openat(directory.get(), "a", O_RDONLY | O_DIRECTORY));
      REQUIRE(Fd(::openat(directory.get(), "x", O_WRONLY | O_CREAT, 0666)));
    }
  }
};

// Runs body in a thread with a small stack, in a process that may open few files.
void in_narrow_thread(std::function<void()> body) {
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{100, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, 256 << 10);
  pthread_t thread;
  const auto run = [](void* to) -> void* {
    (*static_cast<std::function<void()>*>(to))();
    return nullptr;
  };
  REQUIRE(::pthread_create(&thread, &attributes, run, &body) == 0);
  ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace

TEST_CASE_FIXTURE(DeepTree, "a thousand nested directories are removed") {
  berth_status status = BERTH_STATUS_IO;
  in_narrow_thread([&] { status = status_of([&] { remove(*store, "/a"); }); });
  CHECK(status == BERTH_STATUS_OK);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(DeepTree,
                  "a thousand nested directories are walked, and each file is reported once") {
  std::vector<std::string> names;
  in_narrow_thread([&] { names = walk(*store, "/"); });
  REQUIRE(names.size() == 2 * depth);
  CHECK(names.front() == "/a/");
  CHECK(names[depth - 1].size() == 2 * depth + 1);
  CHECK(names[depth].size() == 2 * depth + 2);
  CHECK(names.back() == "/a/x");
}

TEST_CASE_FIXTURE(DeepTree, "a mount deep in a tree is reported, and everything else is removed") {
  std::string path;
  for (int i = 0; i < 200; ++i) path += "/a";
  const Mount mounted("tmpfs", root + path + "/m", "size=1m");
  const std::string message = message_of([&] { remove(*store, "/a"); });
  CHECK(message.starts_with("cannot remove '" + path + "/m' below " + root));
  CHECK(walk(*store, path) == std::vector<std::string>{path + "/m/"});
}
