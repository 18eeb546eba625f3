// SPDX-License-Identifier: Apache-2.0
//
// Reads a snapshot of an object: later changes of the object do not affect it.
#pragma once

#include <cstdint>
#include <optional>

#include <berth/driver.hpp>

#include "tree.hpp"

namespace berth::inmemory {

class MemoryReader final : public sdk::Reader {
 public:
  MemoryReader(Object object, const sdk::ReadOptions& options);

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override;

 private:
  const Object object_;
  std::uint64_t position_;
  std::uint64_t end_;
};

}  // namespace berth::inmemory
