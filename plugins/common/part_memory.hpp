// SPDX-License-Identifier: Apache-2.0
//
// The memory that the parts of an upload are collected in, some MiB each and overwritten many
// times.
#ifndef BERTH_COMMON_PART_MEMORY_HPP
#define BERTH_COMMON_PART_MEMORY_HPP

#include <cstddef>
#include <memory>

namespace berth::common {

struct FreePart {
  size_t size = 0;
  void operator()(char* bytes) const noexcept;
};

// Not initialised, and in pages of 2 MiB where the kernel gives them: the first touch of 10 MiB in
// pages of 4 KiB costs as much time as copying them, on a virtual machine several times that.
using PartMemory = std::unique_ptr<char[], FreePart>;

// For a part that may stay nearly empty: its first 2 MiB are in small pages, for which only what is
// written takes memory.
PartMemory part_memory(size_t size);

// For a part that will be filled.
PartMemory full_part_memory(size_t size);

}  // namespace berth::common

#endif  // BERTH_COMMON_PART_MEMORY_HPP
