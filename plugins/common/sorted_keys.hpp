// SPDX-License-Identifier: Apache-2.0
//
// Sorts the entries of a whole listing by the bytes of their keys, in bounded memory: runs that do
// not fit go to a temporary file, which is unlinked at once, and are merged while they are read.
#ifndef BERTH_COMMON_SORTED_KEYS_HPP
#define BERTH_COMMON_SORTED_KEYS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/key_tree.hpp"

namespace berth::common {

// [one]
class SortedKeys {
 public:
  struct Limits {
    size_t memory = size_t{16} << 20;  // bytes of entries kept in memory
    uint64_t entries = 10'000'000;     // add() refuses more
  };

  SortedKeys() : SortedKeys(Limits()) {}
  explicit SortedKeys(const Limits& limits);
  ~SortedKeys();

  // Throws NO_SPACE when there are too many entries or the temporary file cannot hold them.
  // REQUIRES: next() was not called yet.
  void add(KeyEntry entry);

  // The smallest entry that was not returned yet, nullptr after the last one. Of entries with one
  // key, one is returned and the others are dropped. Valid until the next
  // call.
  [[nodiscard]] const KeyEntry* next();

 private:
  class Run;
  class TemporaryFile;

  void spill();
  void start_reading();
  const KeyEntry* smallest();

  const Limits limits_;
  std::vector<KeyEntry> entries_;
  size_t memory_ = 0;  // bytes of entries_
  uint64_t count_ = 0;
  std::unique_ptr<TemporaryFile> file_;  // nullptr: everything fits in memory
  std::vector<std::unique_ptr<Run>> runs_;
  bool reading_ = false;
  bool returned_ = false;  // current_ holds an entry
  KeyEntry current_;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_SORTED_KEYS_HPP
