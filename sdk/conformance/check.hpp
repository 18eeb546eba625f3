// SPDX-License-Identifier: Apache-2.0
//
// The checks of the suite. A check that does not hold throws a Failure with what was expected and
// what was found; the runner turns it into a result.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <berth/errors.hpp>

namespace berth::conformance {

class Failure final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Skipped final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Paths = std::vector<std::string>;

[[noreturn]] void fail(const std::string& text);
[[noreturn]] void skip(const std::string& reason);

// For messages: text in quotes with escapes; of long content, the beginning and the length.
[[nodiscard]] std::string shown(std::string_view bytes);
[[nodiscard]] std::string shown(const Paths& paths);
[[nodiscard]] std::string kind_of(const std::exception& error);  // "PathNotFoundError"
[[nodiscard]] std::string kind_of(const std::type_info& type);
[[nodiscard]] std::string described(const std::exception& error);  // kind and message

void expect(bool holds, const std::string& text);
void expect_number(const std::string& what, std::uint64_t expected, std::uint64_t seen);
void expect_bytes(const std::string& what, std::string_view expected, std::string_view seen);
void expect_paths(const std::string& what, const Paths& expected, const Paths& seen);  // in order
void expect_same_paths(const std::string& what, Paths expected, Paths seen);           // any order

// Runs call, which must throw the error E and nothing else; returns its fields.
template <class E, class Call>
ErrorDetail expect_error(const std::string& what, Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.detail();
  } catch (const std::exception& error) {
    fail(what + ": expected " + kind_of(typeid(E)) + ", got " + described(error));
  }
  fail(what + ": expected " + kind_of(typeid(E)) + ", but it succeeded");
}

}  // namespace berth::conformance
