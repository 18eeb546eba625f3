// SPDX-License-Identifier: Apache-2.0
//
// Environment variables: reads those that the server scripts export, and sets one for the life of
// an object.
#pragma once

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace berth::test {

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) +
                             " is not set; start the server by its script in tests/servers");
  return value;
}

// Sets (or with nullopt removes) a variable for the life of the object.
class Variable {
 public:
  Variable(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    set(value);
  }
  ~Variable() { set(old_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) const {
    if (value)
      ::setenv(name_.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }

  const std::string name_;
  std::optional<std::string> old_;
};

}  // namespace berth::test
