// SPDX-License-Identifier: Apache-2.0
//
// One file moved from one tree to another. Within one place the store moves it. Else it is copied,
// and its source is removed only after two checks:
//
//   1. The destination has the file, in the size that was read.
//   2. The source is still the version that was read, and not the file just written: one object can
//      have two names that no comparison of addresses recognises, such as two hosts of a service.
//
// A writer that replaces the source between the last check and the removal still loses its file;
// no operation of a store removes on a condition.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "cli/file_tree.hpp"
#include "cli/overlap.hpp"
#include "cli/transfer.hpp"

namespace berth::cli {

class MovedFile {
 public:
  MovedFile(FileTree& from, std::string source, FileTree& to, std::string destination,
            std::stop_token stop)
      : from_(from),
        to_(to),
        source_(std::move(source)),
        destination_(std::move(destination)),
        stop_(std::move(stop)) {}

  // `size` is what a walk or stat reported; returns the bytes that were moved. Throws with the
  // source in place; AlsoFolderError: the copy is complete, but the source's name is also a folder.
  // `moved` may be empty.
  std::uint64_t move(std::uint64_t size, const Moved& moved);

  // Removes the source of such a file when nothing is below its name any more.
  void remove_source();

 private:
  void move_within(const SharedPaths& shared);
  std::uint64_t transfer(const Moved& moved);
  void refuse_difference(FileTree& outer, FileTree& files, const std::string& path,
                         const std::string& outer_path);
  void check_destination(std::uint64_t bytes);

  FileTree& from_;
  FileTree& to_;
  std::string source_, destination_;
  std::stop_token stop_;
  FileInfo written_;         // the destination, after the copy
  FileInfo read_;            // the source, before it was read
  bool may_be_one_ = false;  // the destination looked like the source before the copy
};

}  // namespace berth::cli
