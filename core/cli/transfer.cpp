// SPDX-License-Identifier: Apache-2.0
//
// One buffer a file; it is handed on full, so that stores see pieces of the size they like.
#include "cli/transfer.hpp"

#include <filesystem>
#include <memory>
#include <system_error>

#include <poll.h>

namespace berth::cli {
namespace {

class Buffer {
 public:
  explicit Buffer(std::size_t size) : bytes_(new char[size]), size_(size) {}

  // Until it is full or the source is at its end.
  std::string_view fill(Source& source) {
    return {bytes_.get(), cli::fill(source, bytes_.get(), size_)};
  }
  std::size_t size() const noexcept { return size_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

std::uint64_t pump_rest(Source& source, Sink& sink, Buffer& buffer, std::string_view piece,
                        const Moved& moved) {
  std::uint64_t total = 0;
  for (; !piece.empty(); piece = buffer.fill(source)) {
    sink.write(piece);
    total += piece.size();
    if (moved) moved(piece.size());
    if (piece.size() < buffer.size()) break;
  }
  source.check_complete();
  return total;
}

// As pump_rest, but no second attempt may follow when the first one left traces.
std::uint64_t pump_into(Source& source, Sink& sink, Buffer& buffer, std::string_view piece,
                        const Moved& moved) {
  try {
    return pump_rest(source, sink, buffer, piece, moved);
  } catch (const ChangedError& error) {
    if (sink.can_undo()) throw;
    throw IoError(error.detail());
  }
}

std::uint64_t deliver_once(Source& source, FileTree& to, const std::string& path,
                           SinkOptions options, const Moved& moved) {
  options.size = source.size();
  options.modified = source.modified();
  Buffer buffer(to.io_bytes());
  const auto first = buffer.fill(source);
  if (first.size() < buffer.size() && !options.append) {
    source.check_complete();
    to.put(path, first, options);
    if (moved) moved(first.size());
    return first.size();
  }
  const auto sink = to.write(path, options);
  const auto total = pump_into(source, *sink, buffer, first, moved);
  sink->commit();
  return total;
}

}  // namespace

std::uint64_t pump(Source& source, Sink& sink, std::size_t io_bytes, const Moved& moved) {
  Buffer buffer(io_bytes);
  return pump_rest(source, sink, buffer, buffer.fill(source), moved);
}

std::uint64_t deliver(const OpenSource& open, FileTree& to, const std::string& path,
                      const SinkOptions& options, const Moved& moved) {
  try {
    return deliver_once(*open(), to, path, options, moved);
  } catch (const ChangedError&) {  // once more, as it is now
    return deliver_once(*open(), to, path, options, moved);
  }
}

bool readable(int fd, int timeout_ms) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, timeout_ms) > 0;
}

bool is_directory(const std::string& local_path) {
  std::error_code error;
  return std::filesystem::is_directory(local_path, error);
}

}  // namespace berth::cli
