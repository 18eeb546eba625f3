// SPDX-License-Identifier: Apache-2.0
//
// Giving a hidden file its name: the one step that makes an object appear, whole.
#pragma once

#include <string>
#include <string_view>

#include "lock.hpp"
#include "root.hpp"
#include "system.hpp"

namespace berth::filesystem {

// The unfinished upload that waits for an append to the object `name`: put aside before the object
// changes, so that it cannot be continued even if the process dies in between, and put back unless
// the change succeeds.
// REQUIRES: the lock of the directory, for the whole life.
class UploadVoid {
 public:
  UploadVoid(int directory, const std::string& name);
  ~UploadVoid();
  UploadVoid(const UploadVoid&) = delete;
  UploadVoid& operator=(const UploadVoid&) = delete;

  bool found() const noexcept { return !aside_.empty(); }
  void discard() noexcept;  // for good

 private:
  const int directory_;
  const std::string upload_;
  std::string aside_;  // empty: there is no upload
};

// Renames hidden to name in the same directory, over what is there, or with create_only only if
// nothing is. A directory there that holds no object gives way.
void publish(int directory, const DirectoryLock& lock, const std::string& hidden,
             const std::string& name, bool create_only);

// Removes the directory `name` if all that it holds are the driver's own files; 0 or errno.
int remove_directory_without_objects(int parent, const std::string& name);

// Throws ALREADY_EXISTS if something is there.
void refuse_existing(int directory, const std::string& name);

// A file in the making, in the directory of its target; gone unless it was published. It is a
// hidden file, or, where nothing is synced, one without a name (O_TMPFILE), which saves a directory
// entry and cannot outlive a crash. With sync it has a name at once: the order of sync and rename
// is then the one that every file system is tuned for.
class TempFile {
 public:
  TempFile(const Root& root, int directory);  // throws Failure; ENOENT: the directory has gone
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  int fd() const noexcept { return file_.get(); }

  // Data to the disk, the file under its name, and the name to the disk, in this order; voids an
  // unfinished upload of that name. Throws Failure; ENOENT: the directory or the file has gone, or
  // files without a name cannot be linked here: make another.
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
  std::string name_;  // empty: has none, or is published
  Fd file_;
};

// Runs fill(fd) on a new file for path and publishes it. When a directory or the file in the making
// is removed meanwhile, it starts over; whatever fails, no new directory or file stays behind.
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
