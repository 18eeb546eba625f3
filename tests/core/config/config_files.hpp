// SPDX-License-Identifier: Apache-2.0
//
// Files and environment variables of the config tests, gone when a case ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace berth::test {

inline std::filesystem::path write_file(const std::filesystem::path& path, const std::string& text,
                                        std::filesystem::perms mode) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(path, mode);
  return path;
}

inline std::filesystem::path write_private(const std::filesystem::path& path,
                                           const std::string& text) {
  return write_file(path, text, std::filesystem::perms(0600));
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
  void set(const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name_.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name_.c_str());
    }
  }

  std::string name_;
  std::optional<std::string> old_;
};

}  // namespace berth::test
