// SPDX-License-Identifier: Apache-2.0
//
// Hidden files and their renames.
#include "publish.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "names.hpp"

namespace berth::filesystem {
namespace {

sdk::Error already_exists() {
  return sdk::Error(BERTH_ALREADY_EXISTS,
                    "there is an object at this path already, and only a new one was asked for");
}

// link() fails when the name is taken, on every file system; rename with NOREPLACE only on some.
int link_new(int directory, const char* hidden, const char* name) {
  if (::linkat(directory, hidden, directory, name, 0) != 0) return -1;
  ::unlinkat(directory, hidden, 0);
  return 0;
}

int rename_in(int directory, const char* hidden, const char* name, bool create_only) {
  if (!create_only) return ::renameat(directory, hidden, directory, name);
  if (::renameat2(directory, hidden, directory, name, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  return link_new(directory, hidden, name);
}

}  // namespace

void publish(int directory, const std::string& hidden, const std::string& name, bool create_only) {
  if (rename_in(directory, hidden.c_str(), name.c_str(), create_only) == 0) return;
  int error = errno;
  const bool empty_directory = (error == EISDIR || error == EEXIST) &&
                               ::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0;
  if (empty_directory) {
    if (rename_in(directory, hidden.c_str(), name.c_str(), create_only) == 0) return;
    error = errno;
  }
  if (error == EEXIST) throw already_exists();
  throw Failure(error, "give its name to");
}

void refuse_existing(int directory, const std::string& name) {
  struct stat status;
  const bool there = ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && !S_ISDIR(status.st_mode)) throw already_exists();
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
  throw Failure(errno, "make a file beside");
}

void TempFile::publish_as(const std::string& name, bool create_only) {
  if (name_.empty()) return publish_unnamed(name, create_only);
  const bool durable = root_.settings().fsync;
  if (durable) sync_data(file_.get());
  file_.close_or_fail("finish writing");
  publish(directory_, name_, name, create_only);
  name_.clear();
  if (durable) sync_directory(directory_);
}

int TempFile::link_as(const std::string& name) const {
  return ::linkat(file_.get(), "", directory_, name.c_str(), AT_EMPTY_PATH) == 0 ? 0 : errno;
}

// A name that is taken cannot be linked over: then it becomes a hidden file after all.
void TempFile::publish_unnamed(const std::string& name, bool create_only) {
  int error = link_as(name);
  if (error == 0) return;
  if (error == EEXIST) {
    std::string hidden;
    do error = link_as(hidden = unique_name());
    while (error == EEXIST);
    if (error == 0) {
      name_ = std::move(hidden);
      return publish_as(name, create_only);
    }
  }
  if (error == ENOENT) refuse_unnamed();
  throw Failure(error, "give its name to");
}

// Linux before 6.10 wants a privilege for this link, and says ENOENT too. The next attempt then
// has a name from the start.
void TempFile::refuse_unnamed() const {
  if (status_of(directory_).st_nlink != 0) root_.give_up_unnamed_files();
}

}  // namespace berth::filesystem
