// SPDX-License-Identifier: Apache-2.0
//
// Mounts a file system inside a store. Requires root.
#pragma once

#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include <doctest/doctest.h>

namespace berth::test {

class Mount {
 public:
  Mount(const char* type, const std::string& at, const char* options) : at_(at) {
    std::filesystem::create_directories(at);
    const bool mounted = ::mount(type, at.c_str(), type, 0, options) == 0;
    REQUIRE_MESSAGE(mounted, "this test mounts a " << type << ", which needs root (CAP_SYS_ADMIN): "
                                                   << std::generic_category().message(errno));
  }
  ~Mount() { ::umount2(at_.c_str(), MNT_DETACH); }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

 private:
  const std::string at_;
};

}  // namespace berth::test
