// SPDX-License-Identifier: Apache-2.0
//
// Side: a tree of files, in a store or on the local disk, with what the commands need of it. Both
// walk in the same order and fail with the same errors, so that a command need not know which it
// has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <berth/errors.hpp>
#include <berth/file_info.hpp>
#include <berth/store.hpp>

namespace berth::cli {

// A file changed while it was read, or ended before its size. A second attempt may succeed.
class ChangedError final : public Error {
 public:
  explicit ChangedError(ErrorDetail detail) : Error(std::move(detail)) {}
};

// An open file being read.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::size_t read(char* buffer, std::size_t size) = 0;  // 0: the end

  // Throws ChangedError unless the bytes that were read are all of one version of the file.
  // REQUIRES: read returned 0.
  virtual void check_complete() {}

  // Bytes that read delivers in all; nullopt: not known before the end.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }

  // What a local copy gets as its modification time.
  virtual std::optional<Time> modified() const { return std::nullopt; }
};

// Reads until the buffer is full or the source at its end; returns the bytes.
inline std::size_t fill(Source& source, char* buffer, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const auto more = source.read(buffer + got, size - got);
    if (more == 0) break;
    got += more;
  }
  return got;
}

// A file being written. It appears whole with commit(); destroyed before that, it never was. What
// an append had added, and could not take back, is told on stderr.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(std::string_view bytes) = 0;
  virtual void commit() = 0;

  // Whether what was written disappears without commit(), so that the copy can be repeated.
  virtual bool can_undo() const { return true; }
};

struct SinkOptions {
  bool append = false;
  bool create_only = false;
  std::string content_type;
  std::optional<std::uint64_t> size;  // bytes that will come
  std::optional<Time> modified = {};  // of the source; a local file gets it, no store keeps it yet
};

// What a walk could not or would not report.
struct Issue {
  std::string path;
  std::string reason;     // one clause: "is a symbolic link"
  bool failed = false;    // could not, as against would not
  bool leftover = false;  // a temporary file of a download: unfinished, or of a killed process
};
using IssueSink = std::function<void(const Issue&)>;

// What remove_file refuses: in an object store a name can be a file and a folder.
class AlsoFolderError final : public Error {
 public:
  explicit AlsoFolderError(ErrorDetail detail) : Error(std::move(detail)) {}
};

// A walk that is asked for the next entry. Nothing of the side is held between two questions, so
// that its files can be read, written and removed meanwhile, by other threads too.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool next(FileInfo& entry) = 0;  // false: the end
};

class Side {
 public:
  virtual ~Side() = default;

  // All of them throw berth::Error, as Store does.
  virtual FileInfo stat(const std::string& path) = 0;
  virtual void list(const std::string& path, const Visitor& visit, const IssueSink& issue) = 0;
  virtual void walk(const std::string& path, const Visitor& visit, const IssueSink& issue) = 0;
  virtual std::unique_ptr<Cursor> cursor(const std::string& path, const IssueSink& issue) = 0;
  virtual std::unique_ptr<Source> read(const std::string& path, std::int64_t offset = 0,
                                       std::optional<std::uint64_t> length = std::nullopt) = 0;
  virtual std::unique_ptr<Sink> write(const std::string& path, const SinkOptions& options) = 0;
  virtual void put(const std::string& path, std::string_view bytes, const SinkOptions& options) = 0;
  virtual void make_directory(const std::string& path) = 0;  // where directories are things
  // One file. AlsoFolderError where things lie below its name: a store's remove takes them too.
  virtual void remove_file(const std::string& path) = 0;
  // One file to another name in the same tree; makes parents.
  virtual void rename_file(const std::string& source, const std::string& destination) = 0;
  // With the empty directories below it. Throws when there is anything else; a missing one is fine.
  virtual void remove_empty_directory(const std::string& path) = 0;
  // Removes what a walk reported as a leftover, unless a running process writes it.
  virtual void remove_leftover(const std::string&) {}

  // When the content was last modified at its origin, by the origin's clock; nullopt: not known.
  // The time at which a service stored an object is not it. May make a request.
  virtual std::optional<Time> source_time(const FileInfo& entry) = 0;
  // The MD5 of the content in lower-case hex, where the service reported one with the entry. It
  // proves equality only: an encrypted object has an ETag that looks the same.
  virtual std::string known_md5(const FileInfo&) const { return {}; }

  virtual std::size_t io_bytes() const = 0;                   // a good size for one read
  virtual std::string show(std::string_view path) const = 0;  // as the command line writes it
  virtual Store* store() noexcept { return nullptr; }         // of a side that is one
};

std::unique_ptr<Side> make_store_side(Store store, std::string label, std::stop_token stop);

// follow: read what symbolic links to regular files point at, instead of skipping them.
std::unique_ptr<Side> make_local_side(bool follow, std::stop_token stop);

}  // namespace berth::cli
