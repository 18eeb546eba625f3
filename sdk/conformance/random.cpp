// SPDX-License-Identifier: Apache-2.0
//
// SplitMix64 as bytes and names, and FNV-1a to mix a name into a seed.
#include "random.hpp"

#include <algorithm>
#include <cstring>

namespace berth::conformance {

void Random::fill(char* to, std::size_t size) noexcept {
  while (size > 0) {
    const std::uint64_t word = next();
    const std::size_t n = std::min(size, sizeof word);
    std::memcpy(to, &word, n);
    to += n;
    size -= n;
  }
}

std::string Random::bytes(std::size_t size) {
  std::string out(size, '\0');
  fill(out.data(), size);
  return out;
}

std::string Random::name(std::size_t size) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string out(size, '\0');
  for (char& c : out) c = letters[below(letters.size())];
  return out;
}

std::uint64_t mix(std::uint64_t seed, std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325 ^ seed;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace berth::conformance
