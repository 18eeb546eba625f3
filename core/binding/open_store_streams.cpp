// SPDX-License-Identifier: Apache-2.0
//
// Content: readers and writers, whole objects, and copies through both.
#include <algorithm>
#include <string>
#include <utility>

#include "binding/buffer.hpp"
#include "binding/open_reader.hpp"
#include "binding/open_store.hpp"
#include "binding/open_store_options.hpp"
#include "binding/open_writer.hpp"
#include "binding/options.hpp"

namespace berth::binding {
namespace {

constexpr std::uint64_t largest_chunk = 16 * 1024 * 1024;  // of a copy's memory

// How often a read from the end starts again because the object was replaced after the stat.
constexpr int max_attempts_at_end = 5;

// The whole object, without a condition.
bool is_plain(const ReadOptions& read) {
  return read.offset == 0 && !read.length && !read.from_end && read.if_match.empty() &&
         read.if_none_match.empty();
}

}  // namespace

std::string OpenStore::get(std::string_view path, const ReadOptions& read,
                           const CallOptions& options) {
  model::check_offset({driver(), name_, "get"}, path, read.offset);
  check_path("get", path, model::Root::refused);
  if (ops().get != nullptr && is_plain(read)) return get_into(path, read, options);
  const CallOptions fixed = with_deadline(options);
  return open_reader("get", path, read, fixed)->read_all("get", fixed);
}

std::string OpenStore::get_into(std::string_view path, const ReadOptions& read,
                                const CallOptions& options) {
  const PathText text(path);
  const berth_read_options wanted = to_raw(read);
  std::string bytes;
  StringBuffer buffer(bytes);
  run({driver(), "get", path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().get(handle_, call, text.str(), &wanted, buffer.raw(), error);
      });
  return bytes;
}

std::unique_ptr<OpenReader> OpenStore::reader(std::string_view path, const ReadOptions& read,
                                              const CallOptions& options) {
  model::check_offset({driver(), name_, "reader_open"}, path, read.offset);
  check_path("reader_open", path, model::Root::refused);
  return open_reader("reader_open", path, read, options);
}

std::unique_ptr<OpenReader> OpenStore::open_reader(std::string_view operation,
                                                   std::string_view path, const ReadOptions& read,
                                                   const CallOptions& options) {
  if (read.from_end && !has(BERTH_CAP_READ_FROM_END))
    return open_reader_at_end(operation, path, read, with_deadline(options));
  const bool conditions = !read.if_match.empty() || !read.if_none_match.empty();
  if (!conditions || has(BERTH_CAP_READ_CONDITIONS))
    return open_driver_reader(operation, path, read, options);
  ReadOptions plain = read;
  plain.if_match.clear();
  plain.if_none_match.clear();
  auto reader = open_driver_reader(operation, path, plain, options);
  check_read_conditions(context(operation, path), read, reader->info());
  return reader;
}

// A reader delivers one version, so its size tells whether the stat was of the same one.
std::unique_ptr<OpenReader> OpenStore::open_reader_at_end(std::string_view operation,
                                                          std::string_view path,
                                                          const ReadOptions& read,
                                                          const CallOptions& options) {
  const auto wanted = static_cast<std::uint64_t>(read.offset);
  for (int attempt = 0; attempt < max_attempts_at_end; ++attempt) {
    const FileInfo info = stat_entry(operation, path, options);
    if (info.is_directory)
      throw_failure(context(operation, path), BERTH_STATUS_PATH_NOT_FOUND, berth_error{});
    ReadOptions from_start = read;
    from_start.from_end = false;
    from_start.offset = static_cast<std::int64_t>(info.size - std::min(wanted, info.size));
    auto reader = open_reader(operation, path, from_start, options);
    const std::optional<FileInfo> opened = reader->info();
    if (!opened || opened->size == info.size) return reader;
  }
  throw_failure(context(operation, path), BERTH_STATUS_CONFLICT,
                "the object was replaced again and again while its end was being read");
}

std::unique_ptr<OpenReader> OpenStore::open_driver_reader(std::string_view operation,
                                                          std::string_view path,
                                                          const ReadOptions& read,
                                                          const CallOptions& options) {
  const PathText text(path);
  const berth_read_options wanted = to_raw(read);
  auto reader = std::make_unique<OpenReader>(shared_from_this(), std::string(path));
  berth_reader* handle = nullptr;
  run({driver(), operation, path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().reader_open(handle_, call, text.str(), &wanted, &handle, error);
      });
  if (handle == nullptr)
    throw_misbehaviour(context(operation, path), "the driver answered OK but gave no reader");
  if (!readers().add(handle))
    throw_misbehaviour(context(operation, path), "the driver gave a reader that is open already");
  reader->take(handle);
  return reader;
}

std::unique_ptr<OpenWriter> OpenStore::writer(std::string_view path, const WriterOptions& writer,
                                              const CallOptions& options) {
  check_path("writer_open", path, model::Root::refused);
  check_options(context("writer_open", path), writer);
  return open_writer("writer_open", path, writer, options);
}

std::unique_ptr<OpenWriter> OpenStore::open_writer(std::string_view operation,
                                                   std::string_view path,
                                                   const WriterOptions& writer,
                                                   const CallOptions& options) {
  const PathText text(path);
  const RawAttributes attributes(writer.attributes);
  const berth_write_options write = to_raw(writer, attributes);
  auto opened = std::make_unique<OpenWriter>(shared_from_this(), std::string(path));
  berth_writer* handle = nullptr;
  run({driver(), operation, path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().writer_open(handle_, call, text.str(), &write, &handle, error);
      });
  if (handle == nullptr)
    throw_misbehaviour(context(operation, path), "the driver answered OK but gave no writer");
  if (!writers().add(handle))
    throw_misbehaviour(context(operation, path), "the driver gave a writer that is open already");
  opened->take(handle);
  return opened;
}

FileInfo OpenStore::copy_through_streams(std::string_view source, std::string_view destination,
                                         const CopyOptions& copy, const CallOptions& options) {
  const auto from = open_reader("copy", source, {.if_match = copy.source_if_match}, options);
  const std::optional<FileInfo> known = from->info();
  WriterOptions wanted{.create_only = copy.create_only, .if_match = copy.if_match};
  if (known) wanted.size_hint = known->size;
  if (has(BERTH_CAP_ATTRIBUTES))
    wanted.attributes = known ? known->attributes : stat_entry("copy", source, options).attributes;
  check_options(context("copy", destination), wanted);
  const auto to = open_writer("copy", destination, wanted, options);
  std::string chunk(std::min(capabilities().preferred_io_bytes, largest_chunk), '\0');
  FileInfo stored;
  try {
    while (const std::size_t got = from->read("copy", chunk.data(), chunk.size(), options))
      to->write({chunk.data(), got}, options);
    stored = to->commit(options);
  } catch (...) {
    to->discard();
    throw;
  }
  to->close(options);
  return stored;
}

}  // namespace berth::binding
