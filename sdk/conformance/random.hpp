// SPDX-License-Identifier: Apache-2.0
//
// Repeatable random numbers: one seed gives the same bytes on every machine. The distributions of
// the standard library do not promise that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::conformance {

// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }  // bound > 0
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

  void fill(char* to, std::size_t size) noexcept;
  [[nodiscard]] std::string bytes(std::size_t size);
  [[nodiscard]] std::string name(std::size_t size);  // [a-z0-9]

 private:
  std::uint64_t state_;
};

// A separate seed for each test, so that leaving out one test does not change the others.
[[nodiscard]] std::uint64_t mix(std::uint64_t seed, std::string_view text) noexcept;

}  // namespace berth::conformance
