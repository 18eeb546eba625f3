// SPDX-License-Identifier: Apache-2.0
#include "common/part_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace berth::common {
namespace {

constexpr size_t small_page = 65536;  // the largest of any machine
constexpr size_t large_page = size_t{2} << 20;

size_t rounded_up(size_t size, size_t page) {
  return (size + page - 1) / page * page;
}

// From the kernel, not from malloc, which may fill what it hands out and keep what it gets back.
PartMemory aligned_memory(size_t size) {
  const size_t wanted = rounded_up(size, small_page);
  const size_t all = wanted + large_page;
  void* const mapped =
      ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* const first = static_cast<char*>(mapped);
  const size_t before =
      rounded_up(reinterpret_cast<size_t>(first), large_page) - reinterpret_cast<size_t>(first);
  if (before != 0) ::munmap(first, before);
  if (before != large_page) ::munmap(first + before + wanted, large_page - before);
  return PartMemory(first + before, FreePart{wanted});
}

// In large pages from `start` on. The rest behind the last whole one stays small, so that no more
// is taken than was asked for.
PartMemory memory_of(size_t size, size_t start) {
  PartMemory memory = aligned_memory(size);
  const size_t end = size / large_page * large_page;
  // Advice: the memory is as good without it.
  if (start < end) ::madvise(memory.get() + start, end - start, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

void FreePart::operator()(char* bytes) const noexcept {
  ::munmap(bytes, size);
}

PartMemory part_memory(size_t size) {
  return memory_of(size, large_page);
}

PartMemory full_part_memory(size_t size) {
  return memory_of(size, 0);
}

}  // namespace berth::common
