// SPDX-License-Identifier: Apache-2.0
//
// The names of one directory in walk order, and the walk over many. A symbolic link counts as what
// it leads to below the root; dangling, looping and outward links, special files and the driver's
// own files are left out. Of the latter, temporary files that a killed process left are removed.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <berth/driver.hpp>

#include "root.hpp"
#include "system.hpp"

namespace berth::filesystem {

// Whether a symbolic link that fails with this errno is left out: it is dangling, circular or leads
// out of the root.
inline bool leads_to_nothing(int error) noexcept {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EXDEV ||
         error == ENAMETOOLONG;
}

class Listing {
 public:
  struct Name {
    std::size_t offset;
    std::uint16_t size;  // with the "/" of a directory
    bool directory;
    bool link;
  };

  // Reads and sorts the directory at `path`, open as `fd`.
  Listing(const Root& root, int fd, std::string_view path, const sdk::Call& call);

  std::size_t size() const noexcept { return names_.size(); }
  const Name& operator[](std::size_t i) const noexcept { return names_[i]; }

  // As it sorts: a directory ends in "/".
  std::string_view key(const Name& name) const noexcept {
    return std::string_view(text_).substr(name.offset, name.size);
  }
  std::string_view text(const Name& name) const noexcept {
    return std::string_view(text_).substr(name.offset, name.size - (name.directory ? 1 : 0));
  }

  // Where the entries after `start_after` begin, a path relative to this directory.
  struct Start {
    std::size_t index = 0;
    bool inside = false;    // the entry before index is a directory that start_after leads into
    std::string_view rest;  // and where in it
  };
  Start find_start(std::string_view start_after) const;

 private:
  void add(const Root& root, int fd, std::string_view path, const char* name, unsigned char type);
  std::size_t first_not_below(std::string_view key) const;

  std::string text_;
  std::vector<Name> names_;
};

// The part of start_after below `directory`, "" for everything; false: nothing is left to list.
bool relative_start(std::string_view directory, std::string_view start_after,
                    std::string_view& rest);

void list_directory(const Root& root, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call);
void walk_directory(const Root& root, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call);

}  // namespace berth::filesystem
