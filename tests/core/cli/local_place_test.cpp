// SPDX-License-Identifier: Apache-2.0
#include "cli/local_place.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using berth::cli::locate_local;
using berth::test::TempDir;

std::string identity_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return "file:" + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

}  // namespace

TEST_CASE("a folder's place has one step for each folder from the root down") {
  const TempDir folder;
  const auto located = locate_local(folder.string());
  REQUIRE(located.place.size() >= 2);
  CHECK(located.place.front() == berth::PlaceStep{identity_of("/"), ""});
  CHECK(located.place.back() ==
        berth::PlaceStep{identity_of(folder.path()), folder.path().filename().string()});
  CHECK(located.path == "/");
}

TEST_CASE("a file, and what does not exist, is a path in the deepest folder that does") {
  const TempDir folder;
  std::ofstream(folder.path() / "file") << "x";
  CHECK(locate_local(folder.string() + "/file").path == "/file");
  const auto missing = locate_local(folder.string() + "/new/deep/file");
  CHECK(missing.path == "/new/deep/file");
  CHECK(missing.place.back().identity == identity_of(folder.path()));
}

TEST_CASE("a symbolic link is followed") {
  const TempDir folder;
  fs::create_directory(folder.path() / "real");
  fs::create_directory_symlink("real", folder.path() / "link");
  CHECK(locate_local(folder.string() + "/link/x").place ==
        locate_local(folder.string() + "/real/x").place);
}

TEST_CASE("the root of the file system has one step") {
  const auto located = locate_local("/");
  CHECK(located.place.size() == 1);
  CHECK(located.path == "/");
}
