// SPDX-License-Identifier: Apache-2.0
//
// Locks between threads and processes (flock). A writer locks the file that it writes. A directory
// is locked while one of its names changes.
#pragma once

#include <optional>
#include <utility>

#include <berth/driver.hpp>

#include "system.hpp"

namespace berth::filesystem {

// An exclusive lock on an open file. REQUIRES: the file stays open for the life of the lock.
//
// Processes that are started meanwhile inherit the open file, so the destructor releases the lock
// explicitly. In a forked child the descriptor is replaced by one that can neither read nor write,
// so the child does not keep the lock when its parent dies.
class FileLock {
 public:
  FileLock() noexcept = default;
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

  // nullopt: another writer has the lock. On a file system without locks, held() is false.
  static std::optional<FileLock> try_lock(int fd);

  bool held() const noexcept { return fd_ >= 0; }

 private:
  explicit FileLock(int fd) noexcept : fd_(fd) {}

  int fd_ = -1;
};

// The driver holds this lock while it changes a name in the directory: the object of that name or
// its unfinished upload. It is held for a few system calls, never while data is written.
class DirectoryLock {
 public:
  // Waits for the lock; `call` (may be null) can end the wait. Throws WRONG_STATE if another
  // program keeps the directory locked.
  DirectoryLock(int directory, const sdk::Call* call);

  bool held() const noexcept { return lock_.held(); }

 private:
  FileLock lock_;
};

// Locks both directories of a move, in an order that is the same for all processes. One lock if
// they are the same directory.
class DirectoryLocks {
 public:
  DirectoryLocks(int first, int second, const sdk::Call& call);

 private:
  std::optional<DirectoryLock> lower_;
  std::optional<DirectoryLock> higher_;
};

}  // namespace berth::filesystem
