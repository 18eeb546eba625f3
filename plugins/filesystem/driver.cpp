// SPDX-License-Identifier: Apache-2.0
//
// The operations of the driver `filesystem`, and how they report failed system calls.
#include "driver.hpp"

#include <fcntl.h>

#include <memory>
#include <string>

#include "copy.hpp"
#include "list.hpp"
#include "move.hpp"
#include "names.hpp"
#include "publish.hpp"
#include "reader.hpp"
#include "remove.hpp"
#include "writer.hpp"

namespace berth::filesystem {
namespace {

constexpr std::size_t piece_size = std::size_t{64} << 10;

// For files that have bytes although they report size 0 (/proc, some FUSE file systems).
void append_to_end(int fd, const sdk::Buffer& into, const sdk::Call& call) {
  const auto piece = std::make_unique_for_overwrite<char[]>(piece_size);
  std::uint64_t offset = 0;
  while (const std::size_t got = read_full(fd, piece.get(), piece_size, offset, call)) {
    into.append({piece.get(), got});
    offset += got;
  }
}

// Runs a body that needs an existing path. A file where a directory is needed means that the path
// does not exist.
template <class Body>
auto with_existing(const Root& root, std::string_view path, const sdk::Call& call, Body&& body) {
  call.check();
  refuse_reserved(path);
  try {
    return body();
  } catch (const Failure& failure) {
    if (failure.number() == ENOENT || failure.number() == ENOTDIR) throw sdk::path_not_found();
    throw root.error(failure, path);
  }
}

// Runs a body that creates the path.
template <class Body>
auto creating(const Root& root, std::string_view path, const sdk::Call& call, Body&& body) {
  call.check();
  refuse_reserved(path);
  try {
    return body();
  } catch (const Failure& failure) {
    throw root.error(failure, path);
  }
}

}  // namespace

FilesystemDriver::FilesystemDriver(const sdk::Parameters& parameters, const sdk::Call&)
    : root_(settings_of(parameters)) {}

sdk::Capabilities FilesystemDriver::capabilities() const noexcept {
  sdk::Capabilities capabilities;
  capabilities.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_ATOMIC_MOVE |
                       BERTH_CAP_CREATE_ONLY | BERTH_CAP_LIST_ORDERED |
                       BERTH_CAP_EMPTY_DIRECTORIES | BERTH_CAP_FORK;
  capabilities.max_parallel_calls = root_.settings().max_threads;
  capabilities.preferred_io_bytes = 1 << 20;
  return capabilities;
}

void FilesystemDriver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  with_existing(root_, path, call, [&] {
    struct stat status;
    const Fd file = open_object(root_, path, status);
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) return append_to_end(file.get(), into, call);
    if (read_full(file.get(), into.extend(size), size, 0, call) != size)
      throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                       "the file was truncated while it was being read; read it again");
  });
}

void FilesystemDriver::put(std::string_view path, std::string_view bytes,
                           const sdk::WriteOptions& options, const sdk::Call& call) {
  creating(root_, path, call, [&] {
    write_whole(root_, path, options.create_only, call,
                [&](int fd) { write_all(fd, bytes, 0, call); });
  });
}

sdk::Stat FilesystemDriver::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return {true, 0, {}, {}};
  return with_existing(root_, path, call, [&]() -> sdk::Stat {
    const Fd fd = root_.open(path, O_PATH);
    if (!fd) throw Failure(errno, "stat");
    const struct stat status = status_of(fd.get());
    if (S_ISDIR(status.st_mode)) return {true, 0, mtime_ns(status), {}};
    require_regular(status);
    return file_stat(status);
  });
}

void FilesystemDriver::list(std::string_view path, const sdk::ListOptions& options,
                            const sdk::Sink& sink, const sdk::Call& call) {
  with_existing(root_, path, call,
                [&] { list_directory(root_, path, options.start_after, sink, call); });
}

void FilesystemDriver::walk(std::string_view path, const sdk::ListOptions& options,
                            const sdk::Sink& sink, const sdk::Call& call) {
  with_existing(root_, path, call,
                [&] { walk_directory(root_, path, options.start_after, sink, call); });
}

void FilesystemDriver::move(std::string_view source, std::string_view destination,
                            const sdk::CopyOptions&, const sdk::Call& call) {
  refuse_reserved(destination);
  with_existing(root_, source, call, [&] { move_path(root_, source, destination, call); });
}

void FilesystemDriver::copy(std::string_view source, std::string_view destination,
                            const sdk::CopyOptions&, const sdk::Call& call) {
  refuse_reserved(destination);
  with_existing(root_, source, call, [&] { copy_object(root_, source, destination, call); });
}

void FilesystemDriver::remove(std::string_view path, const sdk::RemoveOptions&,
                              const sdk::Call& call) {
  with_existing(root_, path, call, [&] { remove_path(root_, path, call); });
}

std::unique_ptr<sdk::Reader> FilesystemDriver::reader(std::string_view path,
                                                      const sdk::ReadOptions& options,
                                                      const sdk::Call& call) {
  return with_existing(root_, path, call,
                       [&] { return std::make_unique<FileReader>(root_, path, options); });
}

void FilesystemDriver::read_ranges(std::string_view path, const sdk::RangeRead& read,
                                   const sdk::Call& call) {
  with_existing(root_, path, call, [&] { filesystem::read_ranges(root_, path, read, call); });
}

std::unique_ptr<sdk::Writer> FilesystemDriver::writer(std::string_view path,
                                                      const sdk::WriteOptions& options,
                                                      const sdk::Call& call) {
  const auto open = [&] { return open_writer(root_, path, options); };
  return options.append ? with_existing(root_, path, call, open)
                        : creating(root_, path, call, open);
}

std::string FilesystemDriver::place() const {
  return root_.place();
}

}  // namespace berth::filesystem

BERTH_DRIVER(filesystem, berth::filesystem::FilesystemDriver);
