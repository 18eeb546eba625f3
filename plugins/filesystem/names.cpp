// SPDX-License-Identifier: Apache-2.0
//
// Making and recognising the driver's own names.
#include "names.hpp"

#include <sha2.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>

#include <berth/driver.hpp>

namespace berth::filesystem {

void refuse_reserved(std::string_view path) {
  if (path.find("/.berth~") != path.npos)
    throw sdk::Error(BERTH_INVALID_PATH,
                     "'" + std::string(path) +
                         "' has a component that begins with '.berth~', which the filesystem "
                         "driver keeps for files in the making; choose another name");
}

std::string unique_name() {
  static std::atomic<std::uint32_t> counter{0};
  const auto time =
      static_cast<unsigned long long>(std::chrono::system_clock::now().time_since_epoch().count());
  char name[80];
  std::snprintf(name, sizeof name, ".berth~put.%x.%llx.%x", static_cast<unsigned>(::getpid()), time,
                static_cast<unsigned>(counter.fetch_add(1, std::memory_order_relaxed)));
  return name;
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
