// SPDX-License-Identifier: Apache-2.0
//
// The public handles: each call goes on to the open store, reader or writer behind it.
#include <berth/store.hpp>

#include <utility>

#include <berth/errors.hpp>

#include "binding/open_reader.hpp"
#include "binding/open_store.hpp"
#include "binding/open_writer.hpp"

namespace berth {
namespace {

// What a handle that was moved from leads to.
template <class Pointer>
auto& checked(const Pointer& open) {
  if (!open) throw WrongStateError(ErrorDetail{.message = "this handle was moved from"});
  return *open;
}

}  // namespace

Reader::Reader(std::unique_ptr<binding::OpenReader> open) : open_(std::move(open)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

std::size_t Reader::read(void* buffer, std::size_t size, const CallOptions& options) {
  return checked(open_).read(buffer, size, options);
}

std::string Reader::read_all(const CallOptions& options) {
  return checked(open_).read_all(options);
}

std::optional<FileInfo> Reader::info() const {
  return checked(open_).info();
}

Writer::Writer(std::unique_ptr<binding::OpenWriter> open) : open_(std::move(open)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

void Writer::write(std::string_view bytes, const CallOptions& options) {
  checked(open_).write(bytes, options);
}

std::uint64_t Writer::size() const {
  return checked(open_).size();
}

FileInfo Writer::commit(const CallOptions& options) {
  return checked(open_).commit(options);
}

void Writer::cancel(const CallOptions& options) {
  checked(open_).cancel(options);
}

void Writer::close(const CallOptions& options) {
  checked(open_).close(options);
}

Store::Store(std::shared_ptr<binding::OpenStore> open) : open_(std::move(open)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::Store(const Store&) = default;
Store& Store::operator=(const Store&) = default;
Store::~Store() = default;

// REQUIRES: not moved from; the others say so themselves.
const std::string& Store::driver() const noexcept {
  return open_->driver();
}

const std::string& Store::name() const noexcept {
  return open_->name();
}

Capabilities Store::capabilities() const {
  return checked(open_).capabilities();
}

StorePlace Store::place() const {
  return checked(open_).place();
}

std::string Store::get_content(std::string_view path, const CallOptions& options) {
  return checked(open_).get(path, {}, options);
}

std::string Store::get_content(std::string_view path, const ReadOptions& read,
                               const CallOptions& options) {
  return checked(open_).get(path, read, options);
}

FileInfo Store::put_content(std::string_view path, std::string_view bytes, const PutOptions& put,
                            const CallOptions& options) {
  return checked(open_).put(path, bytes, put, options);
}

Reader Store::reader(std::string_view path, std::int64_t offset,
                     std::optional<std::uint64_t> length, const CallOptions& options) {
  return reader(path, ReadOptions{.offset = offset, .length = length}, options);
}

Reader Store::reader(std::string_view path, const ReadOptions& read, const CallOptions& options) {
  return Reader(checked(open_).reader(path, read, options));
}

std::optional<FileInfo> Store::read_ranges(std::string_view path, std::span<Range> ranges,
                                           const RangesOptions& wanted,
                                           const CallOptions& options) {
  return checked(open_).read_ranges(path, ranges, wanted, options);
}

Writer Store::writer(std::string_view path, const WriterOptions& writer,
                     const CallOptions& options) {
  return Writer(checked(open_).writer(path, writer, options));
}

FileInfo Store::stat(std::string_view path, const CallOptions& options) {
  return checked(open_).stat(path, options);
}

std::vector<std::string> Store::list(std::string_view path, const CallOptions& options) {
  std::vector<std::string> paths;
  list(
      path,
      [&paths](const Entry& entry) {
        paths.emplace_back(entry.path);
        return Visit::carry_on;
      },
      options);
  return paths;
}

void Store::list(std::string_view path, const Visitor& visit, const CallOptions& options) {
  checked(open_).list(path, visit, {}, options);
}

void Store::list(std::string_view path, const Visitor& visit, const ListOptions& list,
                 const CallOptions& options) {
  checked(open_).list(path, visit, list, options);
}

void Store::walk(std::string_view path, const Visitor& visit, const WalkOptions& walk,
                 const CallOptions& options) {
  checked(open_).walk(path, visit, walk, options);
}

FileInfo Store::move(std::string_view source, std::string_view destination,
                     const CallOptions& options) {
  return move(source, destination, CopyOptions{}, options);
}

FileInfo Store::move(std::string_view source, std::string_view destination, const CopyOptions& copy,
                     const CallOptions& options) {
  return checked(open_).move(source, destination, copy, options);
}

FileInfo Store::copy(std::string_view source, std::string_view destination,
                     const CallOptions& options) {
  return copy(source, destination, CopyOptions{}, options);
}

FileInfo Store::copy(std::string_view source, std::string_view destination, const CopyOptions& copy,
                     const CallOptions& options) {
  return checked(open_).copy(source, destination, copy, options);
}

void Store::remove(std::string_view path, const CallOptions& options) {
  remove(path, RemoveOptions{}, options);
}

void Store::remove(std::string_view path, const RemoveOptions& remove, const CallOptions& options) {
  checked(open_).remove(path, remove, options);
}

std::optional<std::string> Store::url_for(std::string_view path, const UrlOptions& url,
                                          const CallOptions& options) {
  return checked(open_).url_for(path, url, options);
}

}  // namespace berth
