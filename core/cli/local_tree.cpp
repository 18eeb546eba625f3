// SPDX-License-Identifier: Apache-2.0
//
// The FileTree of the local disk: listing and walking. Streams are in local_file.cpp.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <berth/errors.hpp>

#include "cli/file_tree.hpp"
#include "cli/local_file.hpp"
#include "cli/local_temporary.hpp"
#include "cli/place.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t io_size = std::size_t{1} << 20U;

FileInfo info_of(const std::string& path, const struct stat& status) {
  const bool directory = S_ISDIR(status.st_mode);
  return {.path = path,
          .is_directory = directory,
          .size = directory ? 0 : static_cast<std::uint64_t>(status.st_size),
          .modified = time_of(status.st_mtim)};
}

class Directory {
 public:
  explicit Directory(const std::string& path) : path_(path), stream_(::opendir(path.c_str())) {
    if (stream_ == nullptr) throw_local("list", path, errno);
  }
  ~Directory() { ::closedir(stream_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Empty: the end.
  std::string next() {
    for (;;) {
      errno = 0;
      const auto* entry = ::readdir(stream_);
      if (entry == nullptr && errno != 0) throw_local("list", path_, errno);
      if (entry == nullptr) return {};
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return std::string(name);
    }
  }

 private:
  const std::string& path_;
  DIR* stream_;
};

Entry entry_of(const FileInfo& info) {
  return {.path = info.path,
          .is_directory = info.is_directory,
          .size = info.size,
          .modified = info.modified};
}

// Links to directories may run in circles; those stay links.
void follow_to_file(const std::string& path, struct stat& status) {
  struct stat target {};
  if (::stat(path.c_str(), &target) == 0 && S_ISREG(target.st_mode)) status = target;
}

bool is_temporary(const std::string& path, const struct stat& status) {
  return S_ISREG(status.st_mode) && is_temporary_name(base_name(path));
}

// Anything that is not a file to copy or a directory is an issue instead.
void add_child(std::vector<FileInfo>& found, const std::string& path, bool follow,
               const IssueSink& issue) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) issue({path, std::generic_category().message(errno), true});
    return;  // vanished meanwhile
  }
  if (S_ISLNK(status.st_mode) && follow) follow_to_file(path, status);
  if (auto kind = special_kind(status.st_mode); !kind.empty()) return issue({path, kind});
  if (is_temporary(path, status)) {
    return issue({.path = path, .reason = "is part of an unfinished download", .leftover = true});
  }
  found.push_back(info_of(path, status));
}

// The order of Store::walk: a directory sorts as its name followed by a slash.
bool walks_before(const FileInfo& a, const FileInfo& b) {
  const auto [x, y] = std::mismatch(a.path.begin(), a.path.end(), b.path.begin(), b.path.end());
  const auto rank = [](std::string::const_iterator at, const FileInfo& info) {
    if (at != info.path.end()) return static_cast<int>(static_cast<unsigned char>(*at));
    return info.is_directory ? '/' : -1;
  };
  return rank(x, a) < rank(y, b);
}

std::vector<FileInfo> children(const std::string& path, bool follow, const IssueSink& issue) {
  std::vector<FileInfo> found;
  Directory directory(path);
  for (auto name = directory.next(); !name.empty(); name = directory.next()) {
    add_child(found, join(path, name), follow, issue);
  }
  std::sort(found.begin(), found.end(), walks_before);
  return found;
}

// A directory and all below it, each after its parent. Throws when there is anything but
// directories.
std::vector<std::string> directories_only(const std::string& root) {
  std::vector<std::string> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto path = found[i];
    Directory directory(path);
    for (auto name = directory.next(); !name.empty(); name = directory.next()) {
      const auto child = join(path, name);
      struct stat status {};
      if (::lstat(child.c_str(), &status) != 0) throw_local("remove", child, errno);
      if (!S_ISDIR(status.st_mode)) throw_local("remove", path, ENOTEMPTY);
      found.push_back(child);
    }
  }
  return found;
}

// One level of the stack for each folder that the walk stands in.
class LocalCursor final : public Cursor {
 public:
  LocalCursor(const std::string& path, bool follow, IssueSink issue, std::stop_token stop)
      : follow_(follow), issue_(std::move(issue)), stop_(std::move(stop)) {
    levels_.push_back({children(path, follow_, issue_)});
  }

  bool next(FileInfo& entry) override {
    if (stop_.stop_requested()) {
      throw CancelledError(ErrorDetail{.driver = "local", .operation = "walk"});
    }
    if (!enter_.empty()) levels_.push_back({readable_children(std::exchange(enter_, {}))});
    while (!levels_.empty() && levels_.back().at == levels_.back().entries.size()) {
      levels_.pop_back();
    }
    if (levels_.empty()) return false;
    entry = std::move(levels_.back().entries[levels_.back().at++]);
    if (entry.is_directory) enter_ = entry.path;
    return true;
  }

  void skip() { enter_.clear(); }  // the directory just returned

 private:
  struct Level {
    std::vector<FileInfo> entries;
    std::size_t at = 0;
  };

  // A folder below the root that cannot be read costs its content, not the whole walk.
  std::vector<FileInfo> readable_children(const std::string& path) const {
    try {
      return children(path, follow_, issue_);
    } catch (const Error& error) {
      issue_({path, std::generic_category().message(error.os_errno()), true});
      return {};
    }
  }

  bool follow_;
  IssueSink issue_;
  std::stop_token stop_;
  std::vector<Level> levels_;
  std::string enter_;  // the directory whose content comes next
};

class LocalTree final : public FileTree {
 public:
  LocalTree(bool follow, std::stop_token stop) : follow_(follow), stop_(std::move(stop)) {}

  // A path that the user typed is followed: that is what naming it means.
  FileInfo stat(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw_local("stat", path, errno);
    if (const auto kind = special_kind(status.st_mode); !kind.empty()) {
      throw_local("stat", path, "it " + kind + ", not a file");
    }
    return info_of(path, status);
  }

  void list(const std::string& path, const Visitor& visit, const IssueSink& issue) override {
    for (const auto& child : children(path, follow_, issue)) {
      if (visit(entry_of(child)) == Visit::stop) return;
    }
  }

  void walk(const std::string& path, const Visitor& visit, const IssueSink& issue) override {
    LocalCursor cursor(path, follow_, issue, stop_);
    for (FileInfo entry; cursor.next(entry);) {
      const auto answer = visit(entry_of(entry));
      if (answer == Visit::stop) return;
      if (answer == Visit::skip_directory) cursor.skip();
    }
  }

  std::unique_ptr<Cursor> cursor(const std::string& path, const IssueSink& issue) override {
    return std::make_unique<LocalCursor>(path, follow_, issue, stop_);
  }

  std::unique_ptr<Source> read(const std::string& path, std::int64_t offset,
                               std::optional<std::uint64_t> length) override {
    return open_local_source(path, offset, length, stop_);
  }

  std::unique_ptr<Sink> write(const std::string& path, const SinkOptions& options) override {
    std::error_code error;
    const auto folder = fs::path(path).parent_path();
    if (!folder.empty() && !fs::create_directories(folder, error) && error) {
      throw_local("write", path, error.value());
    }
    clean_once(folder.string());
    return open_local_sink(path, options, stop_);
  }

  void put(const std::string& path, std::string_view bytes, const SinkOptions& options) override {
    const auto sink = write(path, options);
    sink->write(bytes);
    sink->commit();
  }

  void make_directory(const std::string& path) override {
    std::error_code error;
    if (!fs::create_directories(path, error) && error) throw_local("write", path, error.value());
  }

  void remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) throw_local("remove", path, errno);
  }

  void rename_file(const std::string& source, const std::string& destination) override {
    const auto folder = fs::path(destination).parent_path().string();
    if (!folder.empty()) make_directory(folder);
    if (::rename(source.c_str(), destination.c_str()) != 0) throw_local("move", source, errno);
  }

  void remove_empty_directory(const std::string& path) override {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 && errno == ENOENT) return;
    const auto directories = directories_only(path);
    for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
      if (::rmdir(directory->c_str()) != 0) throw_local("remove", *directory, errno);
    }
  }

  void remove_leftover(const std::string& path) override {
    static_cast<void>(remove_if_abandoned(path));
  }

  std::optional<Time> source_time(const FileInfo& entry) override { return entry.modified; }

  std::size_t io_bytes() const override { return io_size; }
  std::string show(std::string_view path) const override { return std::string(path); }

 private:
  // Before the first file is written to a folder, what killed processes left there is removed.
  void clean_once(const std::string& folder) {
    const std::lock_guard lock(mutex_);
    if (cleaned_.insert(folder).second) remove_abandoned_in(folder);
  }

  bool follow_;
  std::stop_token stop_;
  std::mutex mutex_;
  std::set<std::string> cleaned_;  // folders
};

}  // namespace

std::unique_ptr<FileTree> make_local_tree(bool follow, std::stop_token stop) {
  return std::make_unique<LocalTree>(follow, std::move(stop));
}

}  // namespace berth::cli
