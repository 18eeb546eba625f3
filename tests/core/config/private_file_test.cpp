// SPDX-License-Identifier: Apache-2.0
//
// Which files are believed.
#include "config/private_file.hpp"

#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "config_files.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
using berth::config::FileRefused;
using berth::config::read_config_file;
using berth::config::read_secret_file;
using berth::test::TempDir;
using berth::test::write_file;

TEST_CASE("a config of ours that only we may write is read") {
  const TempDir folder;
  const auto file = write_file(folder.path() / "c", "{}", fs::perms(0640));
  CHECK(read_config_file(file).text == "{}");
  CHECK_FALSE(read_config_file(file).world_readable);
}

TEST_CASE("a config that everybody may read says so") {
  const TempDir folder;
  CHECK(read_config_file(write_file(folder.path() / "c", "{}", fs::perms(0644))).world_readable);
}

TEST_CASE("a config that others may write is refused, for it names code to load") {
  const TempDir folder;
  for (const auto mode : {0660, 0602, 0666}) {
    CHECK_THROWS_WITH_AS(
        read_config_file(write_file(folder.path() / "c", "{}", fs::perms(mode))),
        "may be written by others; it names code to load, so take that away with chmod go-w",
        FileRefused);
  }
}

TEST_CASE("a pipe in a config's place is refused and does not block") {
  const TempDir folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(read_config_file(pipe), "is not a regular file", FileRefused);
}

TEST_CASE("a missing config says what the system says") {
  CHECK_THROWS_WITH_AS(read_config_file("/nonexistent/berth.json"),
                       "cannot be opened: No such file or directory", FileRefused);
}

TEST_CASE("a config of more than a mebibyte is refused") {
  const TempDir folder;
  const std::string text((std::size_t{1} << 20U) + 1, ' ');
  CHECK_THROWS_WITH_AS(read_config_file(write_file(folder.path() / "c", text, fs::perms(0600))),
                       "is larger than 1024 KiB", FileRefused);
}

TEST_CASE("a secret loses one newline at its end, no more") {
  const TempDir folder;
  const auto read = [&](const std::string& text) {
    return read_secret_file(write_file(folder.path() / "s", text, fs::perms(0600)));
  };
  CHECK(read("top secret") == "top secret");
  CHECK(read("top secret\n") == "top secret");
  CHECK(read("top secret\r\n") == "top secret");
  CHECK(read(" top secret \n\n") == " top secret \n");
}

TEST_CASE("an empty secret is refused") {
  const TempDir folder;
  CHECK_THROWS_WITH_AS(read_secret_file(write_file(folder.path() / "s", "\n", fs::perms(0600))),
                       "is empty", FileRefused);
}
