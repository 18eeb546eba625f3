// SPDX-License-Identifier: Apache-2.0
//
// Detects a file that changed while it was being read.
#include "reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <limits>

namespace berth::filesystem {
namespace {

sdk::Error changed() {
  return sdk::Error(
      BERTH_STATUS_PRECONDITION_FAILED,
      "the file was truncated or changed in place while it was being read; read it again");
}

}  // namespace

// O_NONBLOCK: opening a FIFO does not wait for a writer.
Fd open_object(const Root& root, std::string_view path, struct stat& status) {
  Fd fd = root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd && errno == ENXIO) {  // a socket, or a device without a driver
    const Fd special = root.open(path, O_PATH);
    if (special) require_regular(status_of(special.get()));
    throw Failure(ENXIO, "open");
  }
  if (!fd) throw Failure(errno, "open");
  status = status_of(fd.get());
  require_regular(status);
  return fd;
}

FileReader::FileReader(const Root& root, std::string_view path, const sdk::ReadOptions& options)
    : root_(root), path_(path), file_(open_object(root, path, status_)) {
  size_is_reported_ = status_.st_size != 0 || !has_unreported_bytes();
  seek(options.offset, options.length);
}

void FileReader::seek(std::uint64_t offset, std::uint64_t length) noexcept {
  const auto size = size_is_reported_ ? static_cast<std::uint64_t>(status_.st_size)
                                      : std::uint64_t{std::numeric_limits<off_t>::max()};
  position_ = std::min(offset, size);
  end_ = position_ + std::min(length, size - position_);
}

bool FileReader::has_unreported_bytes() const {
  char byte;
  return retry_interrupted([&] { return ::pread(file_.get(), &byte, 1, 0); }) > 0;
}

std::size_t FileReader::read(char* buffer, std::size_t capacity, const sdk::Call& call) {
  call.check();
  const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, end_ - position_));
  if (part == 0) return 0;
  const auto attempt = [&] {
    return retry_interrupted(
        [&] { return ::pread(file_.get(), buffer, part, static_cast<off_t>(position_)); });
  };
  ssize_t got = attempt();
  if (got < 0 && errno == ESTALE) {
    reopen();
    got = attempt();
  }
  if (got < 0) throw root_.error({errno, "read"}, path_);
  if (got == 0 && size_is_reported_) throw changed();
  position_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

void read_ranges(const Root& root, std::string_view path, const sdk::RangeRead& read,
                 const sdk::Call& call) {
  if (!read.if_match().empty())
    throw sdk::unsupported("files have no etag that if_match could name");
  FileReader reader(root, path, {});
  for (std::size_t i = 0; i < read.count(); ++i) {
    berth_range& range = read.ranges()[i];
    reader.seek(range.offset, range.length);
    auto* const into = static_cast<char*>(range.into);
    while (const std::size_t got = reader.read(into + range.got, range.length - range.got, call))
      range.got += got;
    read.done(i);
  }
  read.object(*reader.info());
}

// After a network file system invalidated the handle. Throws unless the file is the same version.
void FileReader::reopen() {
  struct stat status;
  try {
    file_ = open_object(root_, path_, status);
  } catch (const Failure& failure) {
    throw root_.error(failure, path_);
  }
  if (!same_file(status, status_) || status.st_size != status_.st_size ||
      mtime_ns(status) != mtime_ns(status_))
    throw changed();
}

}  // namespace berth::filesystem
