// SPDX-License-Identifier: Apache-2.0
//
// copy_file_range, and read and write where it stops or is missing.
#include "copy.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "publish.hpp"
#include "reader.hpp"

namespace berth::filesystem {
namespace {

constexpr std::size_t copy_step = std::size_t{64} << 20;
constexpr std::size_t buffer_size = std::size_t{1} << 20;

// Whether this errno means that copy_file_range is not supported for these files.
bool must_read_and_write(int number) noexcept {
  return number == EXDEV || number == EINVAL || number == ENOSYS || number == EOPNOTSUPP ||
         number == EPERM || number == EBADF || number == ETXTBSY;
}

// Copies from offset to `limit` or the end of the source, and returns the offset that was reached.
std::uint64_t read_and_write(int from, int to, std::uint64_t offset, std::uint64_t limit,
                             const sdk::Call& call) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
  while (offset < limit) {
    call.check();
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer_size, limit - offset));
    const std::size_t got = read_full(from, buffer.get(), part, offset, call);
    write_all(to, {buffer.get(), got}, offset, call);
    offset += got;
    if (got < part) break;
  }
  return offset;
}

// The same with copy_file_range. On network and FUSE file systems it may stop anywhere, with 0 or
// with an error; the caller copies the rest.
std::uint64_t copy_by_kernel(int from, int to, std::uint64_t limit, const sdk::Call& call) {
  FileSizeSignal signal;
  off_t in = 0;
  off_t out = 0;
  while (static_cast<std::uint64_t>(out) < limit) {
    call.check();
    const auto part = static_cast<std::size_t>(
        std::min<std::uint64_t>(copy_step, limit - static_cast<std::uint64_t>(out)));
    const ssize_t done =
        retry_interrupted([&] { return ::copy_file_range(from, &in, to, &out, part, 0); });
    if (done < 0 && errno == EFBIG) signal.raised();
    if (done < 0 && !must_read_and_write(errno)) throw Failure(errno, "copy to");
    if (done <= 0) break;
  }
  return static_cast<std::uint64_t>(out);
}

}  // namespace

void copy_object(const Root& root, std::string_view source, std::string_view destination,
                 const sdk::Call& call) {
  struct stat status;
  const Fd in = open_object(root, source, status);
  if (source == destination) return;
  try {
    write_whole(root, destination, false, call,
                [&](int out) { copy_bytes(in.get(), status, out, call); });
  } catch (const Failure& failure) {
    throw root.error(failure, destination);
  }
}

void copy_bytes(int from, const struct stat& source, int to, const sdk::Call& call) {
  const auto size = static_cast<std::uint64_t>(source.st_size);
  const std::uint64_t limit = size == 0 ? std::numeric_limits<off_t>::max() : size;
  const std::uint64_t start = size == 0 ? 0 : copy_by_kernel(from, to, size, call);
  const std::uint64_t copied = read_and_write(from, to, start, limit, call);
  if (size != 0 && copied != size)
    throw source_changed("the source was truncated while it was being copied; copy it again");
  if (static_cast<std::uint64_t>(status_of(to).st_size) != copied)
    throw Failure(EIO, "verify the size of the copy at");
}

sdk::Error source_changed(const char* what) {
  return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED, what).retryable();
}

}  // namespace berth::filesystem
