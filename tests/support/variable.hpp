// SPDX-License-Identifier: Apache-2.0
//
// A variable of the environment, as it was before when the test ends.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace berth::test {

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
