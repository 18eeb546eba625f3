// SPDX-License-Identifier: Apache-2.0
//
// Locks between the writers of all threads and processes (flock). A file that is being written is
// locked by its writer; a directory is locked for the moment in which one of its names changes.
#pragma once

#include <optional>
#include <utility>

#include <berth/driver.hpp>

#include "system.hpp"

namespace berth::filesystem {

// An exclusive lock on an open file, which has to outlive it. Processes that are started meanwhile
// inherit the open file, so the lock is released explicitly and does not wait for them. In a forked
// child the descriptor is replaced by one that neither reads nor writes: the child cannot keep the
// lock beyond the life of its parent.
class FileLock {
 public:
  FileLock() noexcept = default;
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

  // nullopt: another writer has it. A file system without locks gives a lock that is not held.
  static std::optional<FileLock> try_lock(int fd);

  bool held() const noexcept { return fd_ >= 0; }

 private:
  explicit FileLock(int fd) noexcept : fd_(fd) {}

  int fd_ = -1;
};

// The lock under which the driver changes which object and which unfinished upload a name in a
// directory has. It is held for a few system calls, never while data is written.
class DirectoryLock {
 public:
  // Waits for its turn; `call` (may be null) can end the wait. Throws WRONG_STATE when another
  // program keeps the directory locked.
  DirectoryLock(int directory, const sdk::Call* call);

  bool held() const noexcept { return lock_.held(); }

 private:
  FileLock lock_;
};

// Both directories of a move, in an order that is the same for all; one lock if they are one.
class DirectoryLocks {
 public:
  DirectoryLocks(int first, int second, const sdk::Call& call);

 private:
  std::optional<DirectoryLock> lower_;
  std::optional<DirectoryLock> higher_;
};

}  // namespace berth::filesystem
