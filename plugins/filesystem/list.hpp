// SPDX-License-Identifier: Apache-2.0
//
// Lists one directory, or walks a tree, in walk order. A symbolic link is listed as its target, if
// that is below the root. Other links, special files and the driver's own files are left out, and
// temporary files that a killed process left are removed.
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

// Whether this errno means that a symbolic link is dangling, circular or leads out of the root.
inline bool is_unusable_link(int error) noexcept {
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

  // The sort key: for a directory, the name and "/".
  std::string_view key(const Name& name) const noexcept {
    return std::string_view(text_).substr(name.offset, name.size);
  }
  std::string_view text(const Name& name) const noexcept {
    return std::string_view(text_).substr(name.offset, name.size - (name.directory ? 1 : 0));
  }

  // The first entry after `start_after`, a path relative to this directory.
  struct Start {
    std::size_t index = 0;
    bool inside = false;    // the entry before index is a directory that contains start_after
    std::string_view rest;  // start_after relative to that directory
  };
  Start find_start(std::string_view start_after) const;

 private:
  void add(const Root& root, int fd, std::string_view path, const char* name, unsigned char type);
  std::size_t first_not_below(std::string_view key) const;

  std::string text_;
  std::vector<Name> names_;
};

// Sets `rest` to start_after relative to `directory`, "" for everything. False: everything in the
// directory sorts before start_after.
bool relative_start(std::string_view directory, std::string_view start_after,
                    std::string_view& rest);

void list_directory(const Root& root, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call);
void walk_directory(const Root& root, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call);

}  // namespace berth::filesystem
