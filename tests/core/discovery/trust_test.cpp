// SPDX-License-Identifier: Apache-2.0
#include "discovery/trust.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "plugin_bytes.hpp"
#include "support/temp_dir.hpp"

namespace berth::discovery {
namespace {

struct stat status_of(uid_t owner, mode_t mode) {
  struct stat status {};
  status.st_uid = owner;
  status.st_mode = S_IFREG | mode;
  return status;
}

// The reason without its advice.
std::string doubt_of(const std::filesystem::path& path) {
  const std::string doubt = untrusted_path_reason(path);
  return doubt.substr(0, doubt.find(':'));
}

}  // namespace

TEST_CASE("a path is trusted when no folder above it can be changed by others") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "a" / "b");
  CHECK(doubt_of(dir.path() / "a" / "b") == "");
  CHECK(doubt_of(dir.path() / "a" / "not" / "there") == "");
}

TEST_CASE("a folder further up that others can change is named") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "a" / "b");
  std::filesystem::permissions(dir.path() / "a", std::filesystem::perms(0777));
  const std::string expected = "the folder " + dir.string() + "/a can be changed by everyone";
  CHECK(doubt_of(dir.path() / "a" / "b") == expected);
  CHECK(doubt_of(dir.path() / "a") == expected);
  CHECK(doubt_of(dir.path() / "a" / "not" / "there") == expected);
}

TEST_CASE("the folders that count are those behind symbolic links") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "open" / "lib");
  std::filesystem::permissions(dir.path() / "open", std::filesystem::perms(0777));
  std::filesystem::create_directory_symlink(dir.path() / "open" / "lib", dir.path() / "link");
  CHECK(doubt_of(dir.path() / "link") ==
        "the folder " + dir.string() + "/open can be changed by everyone");
}

TEST_CASE("a sticky folder is trusted above what is there, and not to hold what is to come") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "tmp" / "ours");
  std::filesystem::permissions(dir.path() / "tmp", std::filesystem::perms(01777));
  CHECK(doubt_of(dir.path() / "tmp" / "ours") == "");
  const std::string expected = "the folder " + dir.string() + "/tmp can be changed by everyone";
  CHECK(doubt_of(dir.path() / "tmp" / "missing") == expected);
  CHECK(doubt_of(dir.path() / "tmp") == expected);
}

TEST_CASE("a library that others can change is named") {
  const test::TempDir dir;
  const auto file = dir.path() / "library.so";
  test::write_file(file, "");
  std::filesystem::permissions(file, std::filesystem::perms(0666));
  CHECK(doubt_of(file) == "the file " + file.string() + " can be changed by everyone");
}

TEST_CASE("files of root and of the program's user are trusted") {
  CHECK(untrusted_reason(status_of(0, 0755), "file") == "");
  CHECK(untrusted_reason(status_of(::geteuid(), 0644), "file") == "");
}

TEST_CASE("files of another user are not trusted") {
  CHECK(untrusted_reason(status_of(::geteuid() + 4242, 0755), "file") ==
        "the file belongs to user " + std::to_string(::geteuid() + 4242) +
            ", not to root or the user of this program: change its owner, or allow untrusted "
            "plugins");
}

TEST_CASE("what the group or everyone may change is not trusted") {
  CHECK(untrusted_reason(status_of(0, 0775), "file") ==
        "the file can be changed by its group: run chmod go-w on it, or allow untrusted plugins");
  CHECK(untrusted_reason(status_of(0, 0757), "plugin folder") ==
        "the plugin folder can be changed by everyone: run chmod go-w on it, or allow untrusted "
        "plugins");
}

}  // namespace berth::discovery
