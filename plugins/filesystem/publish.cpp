// SPDX-License-Identifier: Apache-2.0
//
// Creates hidden files and renames them.
#include "publish.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "names.hpp"

namespace berth::filesystem {
namespace {

sdk::Error already_exists() {
  return sdk::Error(BERTH_STATUS_ALREADY_EXISTS,
                    "an object already exists at this path, and create_only was given");
}

sdk::Error no_exclusive_rename() {
  return sdk::Error(
      BERTH_STATUS_UNSUPPORTED_METHOD,
      "this file system has no exclusive rename (RENAME_NOREPLACE), no hard links and "
      "no file locks, so create_only is not possible; write without create_only, or move "
      "the root directory to another file system");
}

// Whether this errno can mean that the kernel, a container's system call filter or the file system
// does not support the operation. If it is a missing permission, the alternative fails as well.
bool is_lacking(int error) noexcept {
  return error == EINVAL || error == ENOSYS || error == EPERM || error == EOPNOTSUPP ||
         error == EMLINK;
}

int rename_over(int directory, const char* from, const char* to) noexcept {
  return ::renameat(directory, from, directory, to) == 0 ? 0 : errno;
}

// Fails if the name exists, on every file system with hard links.
int link_new(int directory, const char* hidden, const char* name) noexcept {
  if (::linkat(directory, hidden, directory, name, 0) != 0) return errno;
  ::unlinkat(directory, hidden, 0);
  return 0;
}

// The lock excludes all other callers of this driver.
int rename_new_under_lock(int directory, const DirectoryLock& lock, const std::string& hidden,
                          const std::string& name) {
  if (!lock.held()) throw no_exclusive_rename();
  refuse_existing(directory, name);
  return rename_over(directory, hidden.c_str(), name.c_str());
}

int rename_in(int directory, const DirectoryLock& lock, const std::string& hidden,
              const std::string& name, bool create_only) {
  const char* from = hidden.c_str();
  const char* to = name.c_str();
  if (!create_only) return rename_over(directory, from, to);
  if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return 0;
  if (!is_lacking(errno)) return errno;
  const int error = link_new(directory, from, to);
  return is_lacking(error) ? rename_new_under_lock(directory, lock, hidden, name) : error;
}

// False: the directory contains other files too, or cannot be read.
bool find_own_files(const Fd& directory, std::vector<std::string>& found) {
  Fd duplicate(directory ? ::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
  DIR* stream = duplicate ? ::fdopendir(duplicate.get()) : nullptr;
  if (!stream) return false;
  const std::unique_ptr<DIR, int (*)(DIR*)> closing(stream, ::closedir);
  static_cast<void>(duplicate.release());
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (!is_reserved(name)) return false;
    found.emplace_back(name);
  }
  return true;
}

}  // namespace

UploadVoid::UploadVoid(int directory, const std::string& name)
    : directory_(directory), upload_(upload_name(name)) {
  // After a fork two processes may make the same name; the suffix avoids the name of a file in use.
  const std::string temporary = unique_name() + ".void";
  const int error = rename_over(directory_, upload_.c_str(), temporary.c_str());
  if (error == 0) temporary_ = temporary;
  struct stat status;
  if (error != 0 && error != ENOENT && ::fstatat(directory_, upload_.c_str(), &status, 0) == 0)
    throw Failure(error, "discard the unfinished upload of");
}

UploadVoid::~UploadVoid() {
  if (!temporary_.empty()) ::renameat(directory_, temporary_.c_str(), directory_, upload_.c_str());
}

void UploadVoid::discard() noexcept {
  if (!temporary_.empty()) ::unlinkat(directory_, temporary_.c_str(), 0);
  temporary_.clear();
}

int remove_directory_without_objects(int parent, const std::string& name) {
  const auto remove = [&] {
    return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
  };
  const int error = remove();
  if (error != ENOTEMPTY && error != EEXIST) return error;
  const Fd directory(
      ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  std::vector<std::string> own;
  if (!find_own_files(directory, own)) return error;
  for (const std::string& file : own) ::unlinkat(directory.get(), file.c_str(), 0);
  return remove();
}

void publish(int directory, const DirectoryLock& lock, const std::string& hidden,
             const std::string& name, bool create_only) {
  int error = rename_in(directory, lock, hidden, name, create_only);
  if ((error == EISDIR || error == EEXIST) &&
      remove_directory_without_objects(directory, name) == 0)
    error = rename_in(directory, lock, hidden, name, create_only);
  if (error == EEXIST) throw already_exists();
  if (error != 0) throw Failure(error, "rename the new file to");
}

void refuse_existing(int directory, const std::string& name) {
  struct stat status;
  const bool exists = ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !S_ISDIR(status.st_mode)) throw already_exists();
}

TempFile::TempFile(const Root& root, int directory) : root_(root), directory_(directory) {
  if (!open_unnamed()) open_named();
}

TempFile::~TempFile() {
  if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
}

bool TempFile::open_unnamed() {
  if (root_.settings().fsync || !root_.unnamed_files()) return false;
  file_ = Fd(retry_interrupted([&] {
    return ::openat(directory_, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, root_.settings().file_mode);
  }));
  if (file_) return true;
  if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) root_.give_up_unnamed_files();
  return false;
}

void TempFile::open_named() {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  do {
    name_ = unique_name();
    file_ = Fd(retry_interrupted(
        [&] { return ::openat(directory_, name_.c_str(), flags, root_.settings().file_mode); }));
  } while (!file_ && errno == EEXIST);
  if (file_) return;
  name_.clear();
  throw Failure(errno, "create a file next to");
}

void TempFile::publish_as(const std::string& name, bool create_only, const sdk::Call& call) {
  const bool durable = root_.settings().fsync;
  if (durable) sync_data(file_.get());
  if (!name_.empty()) file_.close_or_fail("finish writing");
  {
    const DirectoryLock lock(directory_, &call);
    UploadVoid upload(directory_, name);
    if (!publish_unnamed(name)) publish(directory_, lock, name_, name, create_only);
    name_.clear();
    upload.discard();
  }
  if (durable) sync_directory(directory_);
}

int TempFile::link_as(const std::string& name) const {
  return ::linkat(file_.get(), "", directory_, name.c_str(), AT_EMPTY_PATH) == 0 ? 0 : errno;
}

// False: the file has a hidden name now, and must be renamed: a link cannot replace an existing
// name.
bool TempFile::publish_unnamed(const std::string& name) {
  if (!name_.empty()) return false;
  const int error = link_as(name);
  if (error == 0) return true;
  if (error != EEXIST) fail_to_link(error);
  give_hidden_name();
  return false;
}

void TempFile::give_hidden_name() {
  std::string hidden;
  int error = EEXIST;
  while (error == EEXIST) error = link_as(hidden = unique_name());
  if (error != 0) fail_to_link(error);
  name_ = std::move(hidden);
  file_.close_or_fail("finish writing");
}

// Linux before 6.10 requires a privilege for this link and reports ENOENT without it. A file system
// without hard links fails too. The next attempt then creates the file with a name.
void TempFile::fail_to_link(int error) const {
  const bool lacking = is_lacking(error) || error == ENOENT;
  if (lacking && status_of(directory_).st_nlink != 0) root_.give_up_unnamed_files();
  throw Failure(lacking ? ENOENT : error, "link the new file to");
}

}  // namespace berth::filesystem
