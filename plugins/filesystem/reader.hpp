// SPDX-License-Identifier: Apache-2.0
//
// Reads one version of a file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"
#include "system.hpp"

namespace berth::filesystem {

// Serves the bytes there were at open, as long as no program cuts or replaces them in place. A file
// that reports size 0 and has bytes (/proc, some FUSE file systems) is read to its end.
class FileReader final : public sdk::Reader {
 public:
  FileReader(const Root& root, std::string_view path, const sdk::ReadOptions& options);

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override { return file_stat(status_); }

 private:
  void reopen();
  bool has_unreported_bytes() const;

  const Root& root_;
  const std::string path_;
  Fd file_;
  struct stat status_;
  std::uint64_t position_;
  std::uint64_t end_;
  bool size_is_reported_ = true;
};

// An open regular file for reading, and its status; throws Failure.
Fd open_object(const Root& root, std::string_view path, struct stat& status);

}  // namespace berth::filesystem
