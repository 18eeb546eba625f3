// SPDX-License-Identifier: Apache-2.0
//
// Content: readers and writers, whole objects, and copies through both.
#include <algorithm>
#include <string>
#include <utility>

#include "binding/buffer.hpp"
#include "binding/open_reader.hpp"
#include "binding/open_store.hpp"
#include "binding/open_writer.hpp"

namespace berth::binding {
namespace {

constexpr std::uint64_t largest_chunk = 16 * 1024 * 1024;  // of a copy's memory

berth_read_options read_from(std::int64_t offset, std::uint64_t length) {
  return {sizeof(berth_read_options), 0, offset, length};
}

berth_write_options to_options(const WriterOptions& writer) {
  return {
      sizeof(berth_write_options),
      (writer.append ? BERTH_WRITE_APPEND : 0) | (writer.create_only ? BERTH_WRITE_CREATE_ONLY : 0),
      writer.size_hint.value_or(UINT64_MAX),
      {writer.content_type.c_str(), writer.content_type.size()}};
}

}  // namespace

std::string OpenStore::get(std::string_view path, const CallOptions& options) {
  check_path("get", path, model::Root::refused);
  if (ops().get != nullptr) return get_into(path, options);
  const CallOptions fixed = with_deadline(options);
  return open_reader("get", path, read_from(0, UINT64_MAX), fixed)->read_all("get", fixed);
}

std::string OpenStore::get_into(std::string_view path, const CallOptions& options) {
  const PathText text(path);
  std::string bytes;
  StringBuffer buffer(bytes);
  run({driver(), "get", path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().get(handle_, call, text.str(), buffer.raw(), error);
      });
  return bytes;
}

std::unique_ptr<OpenReader> OpenStore::reader(std::string_view path, std::int64_t offset,
                                              std::optional<std::uint64_t> length,
                                              const CallOptions& options) {
  model::check_offset({driver(), name_, "reader_open"}, path, offset);
  check_path("reader_open", path, model::Root::refused);
  return open_reader("reader_open", path, read_from(offset, length.value_or(UINT64_MAX)), options);
}

std::unique_ptr<OpenReader> OpenStore::open_reader(std::string_view operation,
                                                   std::string_view path,
                                                   const berth_read_options& read,
                                                   const CallOptions& options) {
  const PathText text(path);
  auto reader = std::make_unique<OpenReader>(shared_from_this(), std::string(path));
  berth_reader* handle = nullptr;
  run({driver(), operation, path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().reader_open(handle_, call, text.str(), &read, &handle, error);
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
  if (writer.append && writer.create_only)
    refuse("writer_open", path, "append and create_only exclude each other; give one of them");
  return open_writer("writer_open", path, writer, options);
}

std::unique_ptr<OpenWriter> OpenStore::open_writer(std::string_view operation,
                                                   std::string_view path,
                                                   const WriterOptions& writer,
                                                   const CallOptions& options) {
  const PathText text(path);
  const berth_write_options write = to_options(writer);
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

void OpenStore::copy_through_streams(std::string_view source, std::string_view destination,
                                     const CallOptions& options) {
  const auto from = open_reader("copy", source, read_from(0, UINT64_MAX), options);
  const std::optional<FileInfo> known = from->info();
  const WriterOptions wanted{.size_hint =
                                 known ? std::optional<std::uint64_t>(known->size) : std::nullopt};
  const auto to = open_writer("copy", destination, wanted, options);
  std::string chunk(std::min(capabilities().preferred_io_bytes, largest_chunk), '\0');
  try {
    while (const std::size_t got = from->read("copy", chunk.data(), chunk.size(), options))
      to->write({chunk.data(), got}, options);
    to->commit(options);
  } catch (...) {
    to->discard();
    throw;
  }
  to->close(options);
}

}  // namespace berth::binding
