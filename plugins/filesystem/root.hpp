// SPDX-License-Identifier: Apache-2.0
//
// The root directory, and the only way to reach what is below it: the kernel resolves each path
// below the root's descriptor and refuses what leads out (openat2, RESOLVE_BENEATH). Kernels
// without it get a walk by component that follows no symbolic link at all.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "settings.hpp"
#include "system.hpp"

namespace berth::filesystem {

// A name in an open directory.
struct Place {
  Fd directory;
  std::string name;
};

enum class Resolve { best, by_component };

class Root {
 public:
  explicit Root(Settings settings, Resolve resolve = Resolve::best);
  ~Root();
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  const Settings& settings() const noexcept { return settings_; }

  // Opens what is at the driver path; flags without O_CREAT. Not there or not allowed: an empty
  // Fd and errno, EXDEV for a path that leads out of the root.
  Fd open(std::string_view path, int flags) const;

  // The directory that holds path; throws Failure when there is none. Its descriptor can be locked,
  // and synced if the store syncs.
  Place find_place(std::string_view path) const;

  // The same for writing: makes the directories that are missing, and tells whether it did.
  Place make_place(std::string_view path, bool& made) const;

  // Removes the directories above path that have become empty; never the root. The second form has
  // the directory of path open, and costs one system call when it is not empty.
  void prune_above(std::string_view path) const noexcept;
  void prune_above(std::string_view path, const Fd& directory) const noexcept;

  // Whether files can be made without a name and be given one later; true until a call found that
  // this file system, kernel or user cannot.
  bool unnamed_files() const noexcept { return unnamed_files_.load(std::memory_order_relaxed); }
  void give_up_unnamed_files() const noexcept { unnamed_files_.store(false); }

  // The lines of berth_ops.place: every folder from "/" down to the root directory, identified by
  // its device and inode number. Folders that do not exist yet are identified by their names.
  std::string place() const;

  // The failure as the caller reads it, with the driver path and the place on disk.
  sdk::Error error(const Failure& failure, std::string_view path) const;

 private:
  Fd open_directory(std::string_view path) const;
  int root_fd() const;  // -1 and errno while the root does not exist
  int reopen() const;
  int open_beneath(int root, const char* path, int flags) const;
  int open_by_component(int root, char* path, int flags) const;
  Fd make_directory(std::string_view directory, bool& made) const;
  void make_root() const;

  const Settings settings_;
  const bool by_component_;
  mutable std::atomic<int> fd_{-1};  // set once; what it refers to may be replaced
  mutable std::atomic<bool> unnamed_files_{true};
};

}  // namespace berth::filesystem
