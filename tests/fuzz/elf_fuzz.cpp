// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: the ELF reader, on a file in memory. For any bytes it returns one verdict, and
// only valid driver names.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "discovery/elf_symbols.hpp"

namespace {

constexpr std::string_view name_letters = "abcdefghijklmnopqrstuvwxyz0123456789_";

int file_of(const std::uint8_t* data, std::size_t size) {
  static const int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || ::ftruncate(fd, 0) != 0) std::abort();
  if (::pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  return fd;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto symbols = berth::discovery::read_driver_symbols(file_of(data, size));
  const bool usable = symbols.verdict == berth::Verdict::usable;
  if (usable == symbols.drivers.empty() || usable != symbols.reason.empty()) std::abort();
  for (const auto& driver : symbols.drivers)
    if (driver.name.find_first_not_of(name_letters) != std::string::npos) std::abort();
  return 0;
}
