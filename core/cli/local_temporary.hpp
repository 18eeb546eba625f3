// SPDX-License-Identifier: Apache-2.0
//
// The file that a download writes to before it appears under its name. Its process holds a lock on
// it (flock), so that a later process recognises the file of one that was killed and removes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <berth/file_info.hpp>

namespace berth::cli {

class LocalTemporary {
 public:
  // Creates a file in the folder of `path`. REQUIRES: the folder exists.
  explicit LocalTemporary(std::string path);
  ~LocalTemporary();  // removes it unless it was published
  LocalTemporary(const LocalTemporary&) = delete;
  LocalTemporary& operator=(const LocalTemporary&) = delete;

  void write(std::string_view bytes);

  // Gives the file its modification time and renames it to `path`. create_only: fails with
  // AlreadyExistsError instead of replacing a file.
  void publish(const std::optional<Time>& modified, bool create_only);

 private:
  void open();
  void flush() const;
  void set_time(Time modified) const;

  std::string path_, temporary_;
  int fd_ = -1;
  bool published_ = false;
};

// All of the bytes to a descriptor. `path` is for the error.
void write_all(int fd, std::string_view bytes, const std::string& path);

// Whether a file of this name, without its folder, is a LocalTemporary of some process.
bool is_temporary_name(std::string_view name);

// Removes a temporary file whose process is gone; false: it is in use, or could not be removed.
bool remove_if_abandoned(const std::string& path);

// The same for all temporary files directly in a folder. What cannot be read stays.
void remove_abandoned_in(const std::string& folder);

}  // namespace berth::cli
