// SPDX-License-Identifier: Apache-2.0
//
// Publishes a hidden file under its name, in one step, so that an object appears complete.
//
// Steps that void an unfinished upload when its object changes, under the lock of the directory:
//
// 1. Rename the upload file to a temporary name.
// 2. Rename the new object to its name, or remove the object.
// 3. Remove the temporary file. If step 2 failed, rename the upload file back.
//
// Invariant: at every moment, also if the process dies, append finds no upload that is older than
// the object.
#pragma once

#include <string>
#include <string_view>

#include "lock.hpp"
#include "root.hpp"
#include "system.hpp"

namespace berth::filesystem {

// Steps 1 and 3 for the object `name`: the constructor renames the upload file, discard() removes
// it, and the destructor renames it back unless it was discarded.
// REQUIRES: the caller holds the lock of the directory for the life of this object.
class UploadVoid {
 public:
  UploadVoid(int directory, const std::string& name);
  ~UploadVoid();
  UploadVoid(const UploadVoid&) = delete;
  UploadVoid& operator=(const UploadVoid&) = delete;

  bool found() const noexcept { return !temporary_.empty(); }
  void discard() noexcept;

 private:
  const int directory_;
  const std::string upload_;
  std::string temporary_;  // the temporary name; empty: there is no upload
};

// Renames hidden to name in the same directory. Replaces an existing object, unless create_only is
// set, and a directory that contains no object.
void publish(int directory, const DirectoryLock& lock, const std::string& hidden,
             const std::string& name, bool create_only);

// Removes the directory `name` if it contains only the driver's own files. Returns 0 or errno.
int remove_directory_without_objects(int parent, const std::string& name);

// Throws ALREADY_EXISTS if an object of that name exists.
void refuse_existing(int directory, const std::string& name);

// A new file in the directory of its target, removed unless it is published. With fsync it is a
// hidden file, because every file system is tuned for the order of sync and rename. Without fsync
// it has no name (O_TMPFILE), which saves a directory entry and leaves nothing after a crash.
class TempFile {
 public:
  TempFile(const Root& root, int directory);  // throws Failure; ENOENT: the directory was removed
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  int fd() const noexcept { return file_.get(); }

  // Syncs the data, gives the file its name and syncs the directory, in this order. Voids an
  // unfinished upload of that name. Throws Failure; ENOENT: start over with a new TempFile, because
  // the directory or the file was removed, or a file without a name cannot be linked here.
  void publish_as(const std::string& name, bool create_only, const sdk::Call& call);

 private:
  bool open_unnamed();
  void open_named();
  int link_as(const std::string& name) const;  // 0 or errno
  bool publish_unnamed(const std::string& name);
  void give_hidden_name();
  [[noreturn]] void fail_to_link(int error) const;

  const Root& root_;
  const int directory_;
  std::string name_;  // empty: it has none, or is published
  Fd file_;
};

// Runs fill(fd) on a new file for path and publishes it. Starts over if the directory or the file
// is removed meanwhile. On failure, leaves no new directory or file.
template <class Fill>
void write_whole(const Root& root, std::string_view path, bool create_only, const sdk::Call& call,
                 Fill&& fill) {
  constexpr int max_attempts = 100;
  bool made = false;
  for (int attempt = 1;; ++attempt) {
    try {
      const Place place = root.make_place(path, made);
      if (create_only) refuse_existing(place.directory.get(), place.name);
      TempFile temp(root, place.directory.get());
      fill(temp.fd());
      return temp.publish_as(place.name, create_only, call);
    } catch (const Failure& failure) {
      if (failure.number() == ENOENT && attempt < max_attempts) continue;
      if (made) root.prune_above(path);
      throw;
    } catch (...) {
      if (made) root.prune_above(path);
      throw;
    }
  }
}

}  // namespace berth::filesystem
