// SPDX-License-Identifier: Apache-2.0
//
// Walks a tree with a list of levels, one sorted directory each. Directories are opened through
// their parent's descriptor, and only the deepest levels stay open. Entries that are removed
// meanwhile are left out.
#include "list.hpp"

#include <fcntl.h>

#include <optional>

namespace berth::filesystem {
namespace {

constexpr std::size_t max_open_levels = 32;

class Walk {
 public:
  Walk(const Root& root, const sdk::Sink& sink, const sdk::Call& call)
      : root_(root), sink_(sink), call_(call) {}

  void run(Fd top, std::string_view path, std::string_view start_after) {
    path_ = path == "/" ? std::string_view() : path;
    push(std::move(top), start_after);
    while (!stack_.empty()) {
      if (stack_.back().next == stack_.back().listing.size()) {
        pop();
      } else if (!step()) {
        return;
      }
    }
  }

 private:
  struct Level {
    Fd directory;        // may be closed while deeper levels are open
    struct stat status;  // set when it is closed
    Listing listing;
    std::size_t next;
    std::size_t path_size;  // of the path to this directory
  };

  void push(Fd directory, std::string_view start_after) {
    Listing listing(root_, directory.get(), path_.empty() ? "/" : std::string_view(path_), call_);
    const Listing::Start start = listing.find_start(start_after);
    if (stack_.size() >= max_open_levels) close(stack_[stack_.size() - max_open_levels]);
    stack_.push_back({std::move(directory), {}, std::move(listing), start.index, path_.size()});
    if (!start.inside) return;
    const Listing::Name name = stack_.back().listing[start.index - 1];
    name_entry(name);
    enter(name, start.rest);
  }

  // Listing a directory that was removed while it is open fails with ENOENT.
  void push_unless_removed(Fd directory, std::string_view start_after) {
    try {
      push(std::move(directory), start_after);
    } catch (const Failure& failure) {
      if (failure.number() != ENOENT) throw;
    }
  }

  static void close(Level& level) {
    if (!level.directory) return;
    level.status = status_of(level.directory.get());
    Fd(std::move(level.directory));
  }

  void pop() {
    const Fd child = std::move(stack_.back().directory);
    stack_.pop_back();
    if (stack_.empty()) return;
    path_.resize(stack_.back().path_size);
    if (!stack_.back().directory) reopen(stack_.back(), child);
  }

  // Opens the parent of `child` again, by its path if the child was moved away meanwhile. If that
  // fails, the rest of the parent was removed.
  void reopen(Level& level, const Fd& child) {
    Fd parent(::openat(child.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent || !same_file(status_of(parent.get()), level.status))
      parent = root_.open(path_.empty() ? "/" : std::string_view(path_), O_RDONLY | O_DIRECTORY);
    if (!parent && errno != ENOENT && errno != ENOTDIR) throw root_.error({errno, "walk"}, path_);
    if (!parent) level.next = level.listing.size();
    level.directory = std::move(parent);
  }

  // Reports the next entry and enters it. False: the caller stops the walk.
  bool step() {
    Level& level = stack_.back();
    const Listing::Name name = level.listing[level.next++];
    name_entry(name);
    const sdk::Visit visit = name.directory ? sink_({path_, true, {}, {}, {}}) : file(level, name);
    if (visit == sdk::Visit::stop) return false;
    if (name.directory && visit == sdk::Visit::carry_on) enter(name, {});
    if ((++steps_ & 255) == 0) call_.check();
    return true;
  }

  void name_entry(const Listing::Name& name) {
    const Level& level = stack_.back();
    path_.resize(level.path_size);
    path_.append(1, '/').append(level.listing.text(name));
  }

  const char* leaf() const noexcept { return path_.c_str() + stack_.back().path_size + 1; }

  sdk::Visit file(const Level& level, const Listing::Name& name) {
    struct stat status;
    if (!find_status(level, name, status) || !S_ISREG(status.st_mode)) return sdk::Visit::carry_on;
    return sink_({path_, false, static_cast<std::uint64_t>(status.st_size), mtime_ns(status), {}});
  }

  // False: the entry was removed meanwhile.
  bool find_status(const Level& level, const Listing::Name& name, struct stat& status) {
    if (name.link) return status_of_target(status);
    if (::fstatat(level.directory.get(), leaf(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw root_.error({errno, "stat"}, path_);
  }

  bool status_of_target(struct stat& status) {
    const Fd target = root_.open(path_, O_PATH);
    if (target) return status = status_of(target.get()), true;
    if (is_unusable_link(errno)) return false;
    throw root_.error({errno, "follow the symbolic link"}, path_);
  }

  // A link to a directory is not entered, so that each file is reported once and loops end.
  void enter(const Listing::Name& name, std::string_view start_after) {
    if (name.link) return;
    Fd directory(retry_interrupted([&] {
      return ::openat(stack_.back().directory.get(), leaf(),
                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }));
    if (directory) return push_unless_removed(std::move(directory), start_after);
    if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
      throw root_.error({errno, "list"}, path_);
  }

  const Root& root_;
  const sdk::Sink& sink_;
  const sdk::Call& call_;
  std::vector<Level> stack_;
  std::string path_;  // of the current entry; "" for the root
  std::uint32_t steps_ = 0;
};

}  // namespace

void walk_directory(const Root& root, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call) {
  Fd directory = root.open(path, O_RDONLY | O_DIRECTORY);
  if (!directory && errno == ENOENT && path == "/") return;  // created with the first object
  if (!directory) throw Failure(errno, "walk");
  std::string_view rest;
  if (relative_start(path, start_after, rest))
    Walk(root, sink, call).run(std::move(directory), path, rest);
}

}  // namespace berth::filesystem
