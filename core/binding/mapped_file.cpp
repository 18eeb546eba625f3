// SPDX-License-Identifier: Apache-2.0
//
// The maps line by line, then segment by segment.
#include "binding/mapped_file.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace berth::binding {
namespace {

// Whether the mapping that holds an address is of that file.
bool is_in_mapping_of(std::uintptr_t address, const struct stat& file) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    unsigned major = 0, minor = 0;
    std::uintmax_t inode = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %*s %*s %x:%x %" SCNuMAX, &begin, &end,
                    &major, &minor, &inode) != 5)
      continue;
    if (address < begin || address >= end) continue;
    return inode == file.st_ino && major == gnu_dev_major(file.st_dev) &&
           minor == gnu_dev_minor(file.st_dev);
  }
  return false;
}

struct Wanted {
  ElfW(Addr) base;
  std::vector<ElfW(Phdr)> segments;
};

int take_segments(dl_phdr_info* info, std::size_t, void* data) {
  auto& wanted = *static_cast<Wanted*>(data);
  if (info->dlpi_addr != wanted.base) return 0;
  wanted.segments.assign(info->dlpi_phdr, info->dlpi_phdr + info->dlpi_phnum);
  return 1;
}

// A whole segment is compared, with what AddressSanitizer keeps between its variables. The volatile
// reads keep compilers from making a call of memcmp, which the sanitizer checks.
__attribute__((no_sanitize_address)) bool is_equal(const char* mapped, const char* read,
                                                   std::size_t size) {
  const volatile char* const bytes = mapped;
  for (std::size_t i = 0; i < size; ++i)
    if (bytes[i] != read[i]) return false;
  return true;
}

bool has_bytes_of(int fd, const char* mapped, std::size_t size, std::size_t offset) {
  std::array<char, 65536> buffer;
  for (std::size_t done = 0; done < size;) {
    const std::size_t want = std::min(buffer.size(), size - done);
    const ssize_t got = ::pread(fd, buffer.data(), want, static_cast<off_t>(offset + done));
    if (got <= 0 || !is_equal(mapped + done, buffer.data(), static_cast<std::size_t>(got)))
      return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

bool is_constant(const ElfW(Phdr) & segment) {
  return segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0 &&
         (segment.p_flags & PF_R) != 0;
}

bool has_content_of(const link_map& object, int fd) {
  Wanted wanted{object.l_addr, {}};
  ::dl_iterate_phdr(&take_segments, &wanted);
  bool compared = false;
  for (const auto& segment : wanted.segments) {
    if (!is_constant(segment)) continue;
    const auto* const mapped = reinterpret_cast<const char*>(object.l_addr + segment.p_vaddr);
    if (!has_bytes_of(fd, mapped, segment.p_filesz, segment.p_offset)) return false;
    compared = true;
  }
  return compared;
}

}  // namespace

bool is_mapped_from(const link_map& object, int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return false;
  return is_in_mapping_of(reinterpret_cast<std::uintptr_t>(object.l_ld), file) ||
         has_content_of(object, fd);
}

}  // namespace berth::binding
