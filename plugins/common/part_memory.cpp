// SPDX-License-Identifier: Apache-2.0
#include "common/part_memory.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace berth::common {
namespace {

constexpr size_t large_page = size_t{2} << 20;

// In large pages from `start` on. The rest behind the last whole one stays small, so that no more
// is taken than was asked for.
PartMemory memory_of(size_t size, size_t start) {
  const size_t end = size / large_page * large_page;
  PartMemory memory(static_cast<char*>(std::aligned_alloc(large_page, end + large_page)));
  if (!memory) throw std::bad_alloc();
  // Advice: the memory is as good without it.
  if (start < end) ::madvise(memory.get() + start, end - start, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

void FreePart::operator()(char* bytes) const noexcept {
  std::free(bytes);
}

PartMemory part_memory(size_t size) {
  return memory_of(size, large_page);
}

PartMemory full_part_memory(size_t size) {
  return memory_of(size, 0);
}

}  // namespace berth::common
