// SPDX-License-Identifier: Apache-2.0
#include "discovery/trust.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

namespace berth::discovery {
namespace {

struct stat status_of(uid_t owner, mode_t mode) {
  struct stat status {};
  status.st_uid = owner;
  status.st_mode = S_IFREG | mode;
  return status;
}

}  // namespace

TEST_CASE("files of root and of the program's user are trusted") {
  CHECK(distrust(status_of(0, 0755), "file") == "");
  CHECK(distrust(status_of(::geteuid(), 0644), "file") == "");
}

TEST_CASE("files of another user are not trusted") {
  CHECK(distrust(status_of(::geteuid() + 4242, 0755), "file") ==
        "the file belongs to user " + std::to_string(::geteuid() + 4242) +
            ", not to root or the user of this program: change its owner, or allow untrusted "
            "plugins");
}

TEST_CASE("what the group or everyone may change is not trusted") {
  CHECK(distrust(status_of(0, 0775), "file") ==
        "the file can be changed by its group: run chmod go-w on it, or allow untrusted plugins");
  CHECK(distrust(status_of(0, 0757), "plugin folder") ==
        "the plugin folder can be changed by everyone: run chmod go-w on it, or allow untrusted "
        "plugins");
}

}  // namespace berth::discovery
