// SPDX-License-Identifier: Apache-2.0
//
// Removes a tree by descriptors. It needs neither stack nor descriptors in proportion to the depth:
// the levels are a list, and only the deepest ones stay open.
#include "remove.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lock.hpp"
#include "names.hpp"
#include "publish.hpp"

namespace berth::filesystem {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::size_t max_open_levels = 32;
constexpr int max_passes = 100;  // over a directory that other processes fill meanwhile

struct Buffer {
  alignas(dirent64) char bytes[buffer_size];
};

class Removal {
 public:
  Removal(const Root& root, std::string_view path, const sdk::Call& call)
      : root_(root), call_(call), path_(path) {}

  // Removes the directory `name` of parent; path_ is its driver path.
  void run(int parent, const std::string& name) {
    enter(parent, name, path_.size());
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.directories.empty()) {
        leave(parent);
      } else {
        const std::string next = std::move(level.directories.back());
        level.directories.pop_back();
        const std::size_t size = path_.size();
        path_.append(1, '/').append(next);
        if (!enter(level.fd.get(), next, size)) path_.resize(size);
      }
    }
  }

  void finish() const {
    if (failures_ == 0) return;
    sdk::Error error = root_.error({first_errno_, "remove"}, first_path_);
    if (failures_ == 1) throw error;
    throw sdk::Error(error.status(), error.message() + " (and " + std::to_string(failures_ - 1) +
                                         " more below it could not be removed)")
        .os_errno(first_errno_);
  }

 private:
  struct Level {
    Fd fd;  // may be closed while deeper levels are open
    struct stat status;
    std::string name;
    std::vector<std::string> directories;  // still to be removed
    std::size_t parent_size;               // length of the parent's path
    unsigned failures_before;
    int passes = 1;
  };

  // False: the directory was removed meanwhile, or cannot be opened.
  bool enter(int parent, const std::string& name, std::size_t parent_size) {
    Fd fd(retry_interrupted([&] {
      return ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }));
    if (!fd) {
      if (errno != ENOENT) note(errno);
      return false;
    }
    const struct stat status = status_of(fd.get());
    if (levels_.size() >= max_open_levels)
      Fd(std::move(levels_[levels_.size() - max_open_levels].fd));
    levels_.push_back({std::move(fd), status, name, {}, parent_size, failures_});
    empty(levels_.back());
    return true;
  }

  // Removes all entries but directories, and notes the directories.
  void empty(Level& level) {
    for (;;) {
      call_.check();
      const ssize_t got = retry_interrupted(
          [&] { return ::getdents64(level.fd.get(), buffer_->bytes, sizeof buffer_->bytes); });
      if (got < 0) return note(errno);
      if (got == 0) return;
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer_->bytes + at);
        at += entry->d_reclen;
        remove_entry(level, entry->d_name, entry->d_type == DT_DIR);
      }
    }
  }

  void remove_entry(Level& level, const char* name, bool is_directory) {
    const std::string_view text(name);
    if (text == "." || text == "..") return;
    if (!is_directory) {
      if (::unlinkat(level.fd.get(), name, 0) == 0 || errno == ENOENT) return;
      if (errno != EISDIR) return note_below(text, errno);
    }
    level.directories.emplace_back(text);
  }

  // Removes the deepest directory, which was emptied. Starts another pass if others added entries.
  void leave(int top_parent) {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    const int parent = levels_.empty() ? top_parent : open_parent_of(level);
    const int error = ::unlinkat(parent, level.name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
    const bool filled = error == ENOTEMPTY || error == EEXIST;
    if (filled && failures_ == level.failures_before && level.passes < max_passes)
      return pass_again(std::move(level));
    if (error != 0 && error != ENOENT && (!filled || failures_ == level.failures_before))
      note(error);
    path_.resize(level.parent_size);
  }

  void pass_again(Level level) {
    ++level.passes;
    if (::lseek(level.fd.get(), 0, SEEK_SET) != 0) throw Failure(errno, "remove");
    levels_.push_back(std::move(level));
    empty(levels_.back());
  }

  // The level above, opened again if it was closed. Fails if it is another directory, because a
  // program moved the child away.
  int open_parent_of(const Level& child) {
    Level& parent = levels_.back();
    if (parent.fd) return parent.fd.get();
    Fd fd(::openat(child.fd.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) throw Failure(errno, "remove");
    if (!same_file(status_of(fd.get()), parent.status)) throw Failure(EBUSY, "remove");
    parent.fd = std::move(fd);
    return parent.fd.get();
  }

  void note_below(std::string_view name, int number) {
    const std::size_t size = path_.size();
    path_.append(1, '/').append(name);
    note(number);
    path_.resize(size);
  }

  void note(int number) {
    if (failures_++ != 0) return;
    first_errno_ = number;
    first_path_ = path_;
  }

  const Root& root_;
  const sdk::Call& call_;
  const std::unique_ptr<Buffer> buffer_ = std::make_unique_for_overwrite<Buffer>();
  std::vector<Level> levels_;
  std::string path_;  // of the deepest level
  unsigned failures_ = 0;
  int first_errno_ = 0;
  std::string first_path_;
};

// Removes the object and its unfinished upload. Returns the errno for the object; ENOENT if neither
// exists.
int remove_object(const Place& place, const sdk::Call& call) {
  const int directory = place.directory.get();
  const DirectoryLock lock(directory, &call);
  UploadVoid upload(directory, place.name);
  const int error = ::unlinkat(directory, place.name.c_str(), 0) == 0 ? 0 : errno;
  if (error != 0 && error != ENOENT && error != EISDIR) return error;
  const bool found = upload.found();
  upload.discard();
  return error == ENOENT && found ? 0 : error;
}

}  // namespace

void remove_path(const Root& root, std::string_view path, const sdk::Call& call) {
  const Place place = root.find_place(path);
  const int error = remove_object(place, call);
  if (error == ENOENT) throw sdk::path_not_found();
  if (error != 0 && error != EISDIR) throw Failure(error, "remove");
  if (error == EISDIR) {
    Removal removal(root, path, call);
    removal.run(place.directory.get(), place.name);
    removal.finish();
  }
  root.prune_above(path, place.directory);
}

}  // namespace berth::filesystem
