// SPDX-License-Identifier: Apache-2.0
//
// Renames, and copies where a rename cannot reach.
#include "transfer.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <memory>

#include "names.hpp"
#include "publish.hpp"
#include "streams.hpp"

namespace berth::filesystem {
namespace {

constexpr std::size_t copy_step = std::size_t{64} << 20;
constexpr std::size_t buffer_size = std::size_t{1} << 20;
constexpr int patience = 100;

// File systems without copy_file_range, or where it does not reach from one to the other.
bool must_copy_by_hand(int number) noexcept {
  return number == EXDEV || number == EINVAL || number == ENOSYS || number == EOPNOTSUPP ||
         number == EPERM || number == EBADF || number == ETXTBSY;
}

void copy_by_hand(int from, int to, off_t offset, const sdk::Call& call) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
  for (;;) {
    call.check();
    const std::size_t got =
        read_full(from, buffer.get(), buffer_size, static_cast<std::uint64_t>(offset), call);
    write_all(to, {buffer.get(), got}, static_cast<std::uint64_t>(offset), call);
    offset += static_cast<off_t>(got);
    if (got < buffer_size) return;
  }
}

void copy_bytes(int from, int to, const sdk::Call& call) {
  off_t in = 0;
  off_t out = 0;
  for (;;) {
    call.check();
    const ssize_t done =
        retry_interrupted([&] { return ::copy_file_range(from, &in, to, &out, copy_step, 0); });
    if (done < 0 && !must_copy_by_hand(errno)) throw Failure(errno, "copy to");
    // Nothing at the very start may also mean a file system that does not know its sizes.
    if (done < 0 || (done == 0 && out == 0)) return copy_by_hand(from, to, out, call);
    if (done == 0) return;
  }
}

// What a rename would have kept: mode and time.
void keep_attributes(int fd, const struct stat& status) {
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (::fchmod(fd, status.st_mode & 07777) != 0 || ::futimens(fd, times) != 0)
    throw Failure(errno, "set mode and time of");
}

void move_across(const Root& root, std::string_view source, const Place& from,
                 std::string_view destination, const sdk::Call& call) {
  struct stat status;
  const Fd in = open_object(root, source, status);
  write_whole(root, destination, false, [&](int out) {
    copy_bytes(in.get(), out, call);
    keep_attributes(out, status);
  });
  if (::unlinkat(from.directory.get(), from.name.c_str(), 0) != 0)
    throw Failure(errno, "remove the source after copying it, ");
}

// Errno, or 0.
int rename_over(const Place& from, const Place& to) {
  const auto attempt = [&] {
    return ::renameat(from.directory.get(), from.name.c_str(), to.directory.get(),
                      to.name.c_str()) == 0
               ? 0
               : errno;
  };
  const int error = attempt();
  if (error != EISDIR) return error;
  const bool emptied = ::unlinkat(to.directory.get(), to.name.c_str(), AT_REMOVEDIR) == 0;
  return emptied ? attempt() : error;
}

bool is_there(const Place& place) {
  struct stat status;
  if (::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return true;
  if (errno == ENOENT) return false;
  throw Failure(errno, "look at");
}

void sync_both(const Place& from, const Place& to) {
  sync_directory(to.directory.get());
  if (!same_file(status_of(from.directory.get()), status_of(to.directory.get())))
    sync_directory(from.directory.get());
}

// False: the destination's directory was taken away meanwhile.
bool try_move(const Root& root, std::string_view source, const Place& from,
              std::string_view destination, bool& made, const sdk::Call& call) {
  const Place to = root.make_place(destination, made);
  const int error = rename_over(from, to);
  if (error == ENOENT) return false;
  if (error == EXDEV)
    move_across(root, source, from, destination, call);
  else if (error != 0)
    throw Failure(error, "move an object to");
  if (root.settings().fsync) sync_both(from, to);
  return true;
}

}  // namespace

void move_path(const Root& root, std::string_view source, std::string_view destination,
               const sdk::Call& call) {
  const Place from = root.find_place(source);
  if (!is_there(from)) throw sdk::path_not_found();
  if (source == destination) return;
  bool made = false;
  try {
    for (int i = 0; !try_move(root, source, from, destination, made, call); ++i)
      if (i == patience || !is_there(from)) throw sdk::path_not_found();
  } catch (const Failure& failure) {
    if (made) root.prune_above(destination);
    throw root.error(failure, destination);
  } catch (...) {
    if (made) root.prune_above(destination);
    throw;
  }
  root.prune_above(source, from.directory);
}

void copy_object(const Root& root, std::string_view source, std::string_view destination,
                 const sdk::Call& call) {
  struct stat status;
  const Fd in = open_object(root, source, status);
  if (source == destination) return;
  try {
    write_whole(root, destination, false, [&](int out) { copy_bytes(in.get(), out, call); });
  } catch (const Failure& failure) {
    throw root.error(failure, destination);
  }
}

}  // namespace berth::filesystem
