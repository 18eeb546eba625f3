// SPDX-License-Identifier: Apache-2.0
//
// Renames, and copies where a rename is not possible.
#include "move.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "copy.hpp"
#include "names.hpp"
#include "publish.hpp"
#include "reader.hpp"

namespace berth::filesystem {
namespace {

constexpr int max_attempts = 100;

// Sets the mode and time, which a rename would have kept.
void keep_attributes(int fd, const struct stat& status) {
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (::fchmod(fd, status.st_mode & 07777) != 0 || ::futimens(fd, times) != 0)
    throw Failure(errno, "set mode and time of");
}

bool same_version(const struct stat& a, const struct stat& b) noexcept {
  return same_file(a, b) && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// The status of the entry itself, without following a link. False: it does not exist.
bool entry_status(const Place& place, struct stat& status) {
  if (::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return true;
  if (errno == ENOENT) return false;
  throw Failure(errno, "stat");
}

bool exists(const Place& place) {
  struct stat status;
  return entry_status(place, status);
}

int remove_entry(const Place& place) noexcept {
  return ::unlinkat(place.directory.get(), place.name.c_str(), 0) == 0 ? 0 : errno;
}

// Removes the source after its content was copied to the destination.
// REQUIRES: the lock of its directory.
void remove_copied(const Place& from, const struct stat& entry, int file,
                   const struct stat& version) {
  struct stat now;
  if (!entry_status(from, now) || !same_version(now, entry) ||
      !same_version(status_of(file), version))
    throw source_changed(
        "the source was replaced while it was being moved; the new version is still at the source, "
        "and the old one is at the destination");
  UploadVoid upload(from.directory.get(), from.name);
  if (const int error = remove_entry(from))
    throw Failure(error, "remove the source after copying it, ");
  upload.discard();
}

// For a destination on another file system, and for a symbolic link that would lead to another file
// from the destination.
void move_by_copy(const Root& root, std::string_view source, const Place& from,
                  std::string_view destination, const sdk::Call& call) {
  struct stat entry;
  if (!entry_status(from, entry)) throw sdk::path_not_found();
  if (S_ISDIR(entry.st_mode))
    throw sdk::Error(BERTH_STATUS_IO,
                     "a directory cannot be moved to another file system; move its objects")
        .os_errno(EXDEV);
  struct stat version;
  const Fd in = open_object(root, source, version);
  write_whole(root, destination, false, call, [&](int out) {
    copy_bytes(in.get(), version, out, call);
    keep_attributes(out, version);
  });
  const DirectoryLock lock(from.directory.get(), &call);
  remove_copied(from, entry, in.get(), version);
}

// Returns 0 or errno. Replaces a directory that contains no object.
int rename_over(const Place& from, const Place& to) {
  const auto attempt = [&] {
    return ::renameat(from.directory.get(), from.name.c_str(), to.directory.get(),
                      to.name.c_str()) == 0
               ? 0
               : errno;
  };
  const int error = attempt();
  if (error != EISDIR && error != ENOTEMPTY && error != EEXIST) return error;
  return remove_directory_without_objects(to.directory.get(), to.name) == 0 ? attempt() : error;
}

bool same_directory(const Place& a, const Place& b) {
  return same_file(status_of(a.directory.get()), status_of(b.directory.get()));
}

void sync_both(const Place& from, const Place& to) {
  sync_directory(to.directory.get());
  if (!same_directory(from, to)) sync_directory(from.directory.get());
}

// How to move the source. rename() is wrong where source and destination are names of one file: if
// they are hard links it leaves the source, and it replaces the target of a symbolic link with the
// link.
enum class Way { rename, remove_source, copy };

struct stat target_status(const Root& root, std::string_view path) {
  const Fd fd = root.open(path, O_PATH);
  if (fd) return status_of(fd.get());
  if (errno == ENOENT || errno == ENOTDIR) throw sdk::path_not_found();
  throw root.error({errno, "stat"}, path);
}

Way way_of_link(const Root& root, std::string_view source, std::string_view destination,
                bool same_directory) {
  const struct stat target = target_status(root, source);
  const Fd current = root.open(destination, O_PATH);
  const bool same = current && same_file(status_of(current.get()), target);
  if (!same && same_directory) return Way::rename;
  if (S_ISREG(target.st_mode)) return Way::copy;
  throw sdk::Error(
      BERTH_STATUS_IO,
      "the source is a symbolic link to a directory, and would not lead to it from the "
      "destination; move the directory itself")
      .os_errno(EXDEV);
}

Way way_of(const Root& root, std::string_view source, const Place& from,
           std::string_view destination, const Place& to) {
  struct stat entry;
  if (!entry_status(from, entry)) throw sdk::path_not_found();
  struct stat current {};
  const bool occupied = entry_status(to, current);
  if (S_ISLNK(entry.st_mode)) {
    const bool onto_target = occupied && same_file(current, target_status(root, source));
    return onto_target ? Way::remove_source
                       : way_of_link(root, source, destination, same_directory(from, to));
  }
  const bool hard_links = occupied && same_file(entry, current) && entry.st_nlink > 1;
  return hard_links && S_ISREG(entry.st_mode) ? Way::remove_source : Way::rename;
}

// Returns 0 or errno; EXDEV: the source must be copied.
int change_names(const Root& root, std::string_view source, const Place& from,
                 std::string_view destination, const Place& to, const sdk::Call& call) {
  const DirectoryLocks locks(from.directory.get(), to.directory.get(), call);
  const Way way = way_of(root, source, from, destination, to);
  if (way == Way::copy) return EXDEV;
  UploadVoid at_source(from.directory.get(), from.name);
  UploadVoid at_destination(to.directory.get(), to.name);
  const int error = way == Way::rename ? rename_over(from, to) : remove_entry(from);
  if (error != 0) return error;
  at_source.discard();
  at_destination.discard();
  return 0;
}

// False: the directory of the destination was removed meanwhile.
bool try_move(const Root& root, std::string_view source, const Place& from,
              std::string_view destination, bool& made, const sdk::Call& call) {
  const Place to = root.make_place(destination, made);
  if (from.name == to.name && same_directory(from, to)) return true;  // two paths of one entry
  const int error = change_names(root, source, from, destination, to, call);
  if (error == ENOENT) return false;
  if (error == EXDEV)
    move_by_copy(root, source, from, destination, call);
  else if (error != 0)
    throw Failure(error, "move an object to");
  if (root.settings().fsync) sync_both(from, to);
  return true;
}

}  // namespace

void move_path(const Root& root, std::string_view source, std::string_view destination,
               const sdk::Call& call) {
  const Place from = root.find_place(source);
  if (!exists(from)) throw sdk::path_not_found();
  if (source == destination) return;
  bool made = false;
  try {
    for (int i = 0; !try_move(root, source, from, destination, made, call); ++i)
      if (i == max_attempts || !exists(from)) throw sdk::path_not_found();
  } catch (const Failure& failure) {
    if (made) root.prune_above(destination);
    throw root.error(failure, destination);
  } catch (...) {
    if (made) root.prune_above(destination);
    throw;
  }
  root.prune_above(source, from.directory);
}

}  // namespace berth::filesystem
