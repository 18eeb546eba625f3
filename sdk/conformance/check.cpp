// SPDX-License-Identifier: Apache-2.0
//
// The messages of failures. Of long content they show the first difference, not all of it.
#include "check.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace berth::conformance {
namespace {

constexpr std::size_t shown_bytes = 60;
constexpr std::size_t shown_paths = 40;

void append_escaped(std::string& out, char c) {
  constexpr char digits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\\' || c == '"') {
    out += '\\';
    out += c;
  } else if (byte >= 0x20 && byte != 0x7f) {
    out += c;
  } else {
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

std::size_t first_difference(std::string_view a, std::string_view b) {
  const auto end = std::min(a.size(), b.size());
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + end, b.begin()).first -
                                  a.begin());
}

}  // namespace

void fail(const std::string& text) {
  throw Failure(text);
}

void skip(const std::string& reason) {
  throw Skipped(reason);
}

std::string shown(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes.substr(0, shown_bytes)) append_escaped(out, c);
  out += '"';
  if (bytes.size() > shown_bytes) out += "... (" + std::to_string(bytes.size()) + " bytes)";
  return out;
}

std::string shown(const Paths& paths) {
  std::string out = "[";
  for (std::size_t i = 0; i < std::min(paths.size(), shown_paths); ++i) {
    if (i != 0) out += ", ";
    out += shown(paths[i]);
  }
  if (paths.size() > shown_paths) out += ", ... (" + std::to_string(paths.size()) + ")";
  return out + "]";
}

std::string kind_of(const std::type_info& type) {
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), &std::free);
  const std::string_view name = text ? text.get() : type.name();
  const auto colon = name.rfind(':');
  return std::string(colon == name.npos ? name : name.substr(colon + 1));
}

std::string kind_of(const std::exception& error) {
  return kind_of(typeid(error));
}

std::string described(const std::exception& error) {
  return kind_of(error) + " \"" + error.what() + "\"";
}

void expect(bool holds, const std::string& text) {
  if (!holds) fail(text);
}

void expect_number(const std::string& what, std::uint64_t expected, std::uint64_t seen) {
  if (expected != seen)
    fail(what + ": expected " + std::to_string(expected) + ", got " + std::to_string(seen));
}

void expect_bytes(const std::string& what, std::string_view expected, std::string_view seen) {
  if (expected == seen) return;
  const auto at = first_difference(expected, seen);
  fail(what + ": expected " + std::to_string(expected.size()) + " bytes, got " +
       std::to_string(seen.size()) + "; the first difference is at byte " + std::to_string(at) +
       ": expected " + shown(expected.substr(at, 24)) + ", got " + shown(seen.substr(at, 24)));
}

void expect_paths(const std::string& what, const Paths& expected, const Paths& seen) {
  if (expected != seen) fail(what + ": expected " + shown(expected) + ", got " + shown(seen));
}

void expect_same_paths(const std::string& what, Paths expected, Paths seen) {
  std::sort(expected.begin(), expected.end());
  std::sort(seen.begin(), seen.end());
  expect_paths(what, expected, seen);
}

}  // namespace berth::conformance
