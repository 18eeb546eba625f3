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

// Reads the bytes that the file had at open, unless a program truncates or changes it in place. A
// file that has bytes although it reports size 0 (/proc, some FUSE file systems) is read to its
// end.
class FileReader final : public sdk::Reader {
 public:
  FileReader(const Root& root, std::string_view path, const sdk::ReadOptions& options);

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override { return file_stat(status_); }

  // The next read begins at `offset`, and `length` bytes are served from there.
  void seek(std::uint64_t offset, std::uint64_t length) noexcept;

 private:
  void reopen();
  bool has_unreported_bytes() const;

  const Root& root_;
  const std::string path_;
  Fd file_;
  struct stat status_;
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;
  bool size_is_reported_ = true;
};

// See read_ranges in driver.h: all of the file that is opened here.
void read_ranges(const Root& root, std::string_view path, const sdk::RangeRead& read,
                 const sdk::Call& call);

// Opens a regular file for reading and sets its status. Throws Failure.
Fd open_object(const Root& root, std::string_view path, struct stat& status);

}  // namespace berth::filesystem
