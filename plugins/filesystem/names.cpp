// SPDX-License-Identifier: Apache-2.0
//
// Makes and recognises the names of the driver's own files.
#include "names.hpp"

#include <sha2.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>

#include <berth/driver.hpp>

namespace berth::filesystem {
namespace {

// Short, because the kernel stores names of up to about thirty bytes inside its directory entry.
std::string process_prefix() {
  const auto time = std::chrono::system_clock::now().time_since_epoch().count();
  char digits[8];  // of 32 bits
  const auto end = std::to_chars(std::begin(digits), std::end(digits),
                                 static_cast<std::uint32_t>(time ^ (::getpid() * 2654435761L)), 16);
  return ".berth~put." + std::string(digits, end.ptr) + '.';
}

}  // namespace

void refuse_reserved(std::string_view path) {
  if (path.find("/.berth~") != path.npos)
    throw sdk::Error(BERTH_STATUS_INVALID_PATH,
                     "'" + std::string(path) +
                         "' has a component that begins with '.berth~', which the filesystem "
                         "driver reserves for its own files; choose another name");
}

// The counter distinguishes the calls of one process. After a fork, or by chance, two processes may
// make the same name; the caller opens with O_EXCL and takes the next name.
std::string unique_name() {
  static const std::string prefix = process_prefix();
  static std::atomic<std::uint32_t> counter{0};
  char digits[8];  // of 32 bits
  const auto end = std::to_chars(std::begin(digits), std::end(digits),
                                 counter.fetch_add(1, std::memory_order_relaxed), 16);
  return std::string(prefix).append(digits, end.ptr);
}

std::string upload_name(std::string_view target) {
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(target.data()), target.size());
  char hex[SHA256_DIGEST_STRING_LENGTH];
  SHA256End(&context, hex);
  return ".berth~upload." + std::string(hex, SHA256_DIGEST_STRING_LENGTH - 1);
}

}  // namespace berth::filesystem
