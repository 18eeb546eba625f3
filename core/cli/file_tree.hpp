// SPDX-License-Identifier: Apache-2.0
//
// FileTree: the files of a store or of the local disk, with the operations that commands need. Both
// walk in the same order and fail with the same errors, so a command need not know which one it
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

  // Throws ChangedError unless all bytes that were read are of one version of the file.
  // REQUIRES: read returned 0.
  virtual void check_complete() {}

  // Total bytes that read will deliver; nullopt: unknown before the end.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }

  // The modification time for a local copy.
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

// A file being written. commit() publishes it as a whole; without commit() it never appears. If
// bytes of an append cannot be removed again, a message on standard error says so.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(std::string_view bytes) = 0;
  virtual void commit() = 0;

  // Whether everything written is discarded without commit(), so that the copy can be repeated.
  virtual bool can_undo() const { return true; }
};

struct SinkOptions {
  bool append = false;
  bool create_only = false;
  std::string if_match = {};               // stores only
  Attributes attributes = {};              // stores only
  std::optional<std::uint64_t> size = {};  // bytes that will be written
  std::optional<Time> modified = {};       // of the source; stored for local files only
};

// An entry that a walk does not report.
struct Issue {
  std::string path;
  std::string reason;     // one clause: "is a symbolic link"
  bool failed = false;    // an error; false: skipped on purpose
  bool leftover = false;  // temporary file of a download, perhaps of a killed process
};
using IssueSink = std::function<void(const Issue&)>;

// Thrown by remove_file: in an object store, one name can be a file and a folder.
class AlsoFolderError final : public Error {
 public:
  explicit AlsoFolderError(ErrorDetail detail) : Error(std::move(detail)) {}
};

// A walk that returns one entry at a time. It holds no lock between two calls, so any thread may
// read, write and remove files of the tree in the meantime.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool next(FileInfo& entry) = 0;  // false: the end
};

class FileTree {
 public:
  virtual ~FileTree() = default;

  // All functions throw berth::Error, as those of Store do.
  virtual FileInfo stat(const std::string& path) = 0;
  virtual void list(const std::string& path, const Visitor& visit, const IssueSink& issue) = 0;
  virtual void walk(const std::string& path, const Visitor& visit, const IssueSink& issue) = 0;
  virtual std::unique_ptr<Cursor> cursor(const std::string& path, const IssueSink& issue) = 0;
  virtual std::unique_ptr<Source> read(const std::string& path, std::int64_t offset = 0,
                                       std::optional<std::uint64_t> length = std::nullopt) = 0;
  virtual std::unique_ptr<Sink> write(const std::string& path, const SinkOptions& options) = 0;
  virtual void put(const std::string& path, std::string_view bytes, const SinkOptions& options) = 0;
  virtual void make_directory(const std::string& path) = 0;  // where directories exist on their own
  // Removes one file. AlsoFolderError if there are files below its name, since Store::remove would
  // remove them too.
  virtual void remove_file(const std::string& path) = 0;
  // Renames one file in the same tree; creates parent directories.
  virtual void rename_file(const std::string& source, const std::string& destination) = 0;
  // Removes a directory that contains nothing but empty directories. Throws if it contains anything
  // else; does nothing if it does not exist.
  virtual void remove_empty_directory(const std::string& path) = 0;
  // Removes what a walk reported as a leftover, unless a running process writes it.
  virtual void remove_leftover(const std::string&) {}

  // When the content was last modified at its origin, by the clock of the origin; nullopt: not
  // known. The time at which a service stored an object does not count. May make a request.
  virtual std::optional<Time> source_time(const FileInfo& entry) = 0;
  // The MD5 of the content in lower-case hex, if the service reported one with the entry. Equal
  // values prove equality; different values prove nothing, because the ETag of an encrypted object
  // looks the same.
  virtual std::string known_md5(const FileInfo&) const { return {}; }

  virtual std::size_t io_bytes() const = 0;                   // a good size for one read
  virtual std::string show(std::string_view path) const = 0;  // as the command line writes it
  virtual Store* store() noexcept { return nullptr; }         // null for the local disk
};

std::unique_ptr<FileTree> make_store_tree(Store store, std::string label, std::stop_token stop);

// follow: read the files that symbolic links point to, instead of skipping the links.
std::unique_ptr<FileTree> make_local_tree(bool follow, std::stop_token stop);

}  // namespace berth::cli
