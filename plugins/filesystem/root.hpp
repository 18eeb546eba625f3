// SPDX-License-Identifier: Apache-2.0
//
// The root directory. All paths are opened through it: the kernel resolves each path below the
// root's descriptor and refuses those that lead out (openat2, RESOLVE_BENEATH). On kernels without
// that, paths are opened component by component and no symbolic link is followed.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "settings.hpp"
#include "system.hpp"

namespace berth::filesystem {

// An open directory and a name in it.
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

  // Opens the driver path. On failure returns an empty Fd and sets errno; EXDEV: the path leads out
  // of the root. REQUIRES: flags without O_CREAT.
  Fd open(std::string_view path, int flags) const;

  // The directory of path; throws Failure if it does not exist. Its descriptor can be locked, and
  // synced if the store uses fsync.
  Place find_place(std::string_view path) const;

  // The same for writing: creates missing directories, and then sets `made`.
  Place make_place(std::string_view path, bool& made) const;

  // Removes the directories above path that are empty, but never the root. The second form uses the
  // open directory of path, and needs one system call if it is not empty.
  void prune_above(std::string_view path) const noexcept;
  void prune_above(std::string_view path, const Fd& directory) const noexcept;

  // Whether files can be created without a name and linked later (O_TMPFILE). True until a call
  // finds that the file system, kernel or user cannot.
  bool unnamed_files() const noexcept { return unnamed_files_.load(std::memory_order_relaxed); }
  void give_up_unnamed_files() const noexcept { unnamed_files_.store(false); }

  // The lines of berth_ops.place: every directory from "/" to the root directory, identified by its
  // device and inode number. Directories that do not exist yet are identified by their names.
  std::string place() const;

  // The error for a failed system call, with the driver path and the root directory.
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
  mutable std::atomic<int> fd_{-1};  // set once; the number may refer to a new directory later
  mutable std::atomic<bool> unnamed_files_{true};
};

}  // namespace berth::filesystem
