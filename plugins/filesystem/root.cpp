// SPDX-License-Identifier: Apache-2.0
//
// Resolves driver paths below the root directory.
#include "root.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <climits>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "names.hpp"

namespace berth::filesystem {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr int max_attempts = 100;  // other processes may remove a new directory at once

// "/a/b" as "a/b", NUL-terminated; "/" as ".".
class RelativePath {
 public:
  explicit RelativePath(std::string_view path) {
    if (path.size() >= sizeof text_) throw Failure(ENAMETOOLONG, "open");
    path.remove_prefix(1);
    if (path.empty()) path = ".";
    std::memcpy(text_, path.data(), path.size());
    text_[path.size()] = '\0';
  }
  char* text() noexcept { return text_; }

 private:
  char text_[PATH_MAX];
};

int open_at2(int directory, const char* path, int flags) {
  struct open_how how {};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how));
}

// Old kernels fail with ENOSYS, old container filters with EPERM.
bool kernel_resolves_beneath() {
  const Fd probe(open_at2(AT_FDCWD, ".", O_PATH | O_CLOEXEC));
  return probe || (errno != ENOSYS && errno != EPERM);
}

bool is_removed(int directory) {
  struct stat status;
  return ::fstat(directory, &status) == 0 && status.st_nlink == 0;
}

bool is_link(int directory, const char* name) {
  struct stat status;
  return ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

// Explains an errno whose own text is not enough.
const char* explanation(const Failure& failure) noexcept {
  switch (failure.number()) {
    case ENOTDIR:
      return ", because an object exists where a directory is needed";
    case EISDIR:
      return ", because a directory has that name";
    case EBUSY:
      return ", because one of its directories is removed repeatedly, or is a dangling link";
    default:
      return "";
  }
}

// A parent that may not be read is not synced.
void sync_parent(const std::filesystem::path& path) {
  const Fd parent(::open(path.parent_path().c_str(), directory_flags));
  if (parent) sync_directory(parent.get());
}

// A root that cannot be created must not be reported as a missing object.
sdk::Error root_error(int number, const std::string& what) {
  sdk::Error error = sdk::from_errno(number, what);
  if (error.status() != BERTH_STATUS_PATH_NOT_FOUND) return error;
  return sdk::Error(BERTH_STATUS_IO, error.message()).os_errno(number);
}

// The command identifies local directories in the same way.
std::string identity(const struct stat& status) {
  return "file:" + std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

}  // namespace

Root::Root(Settings settings, Resolve resolve)
    : settings_(std::move(settings)),
      by_component_(resolve == Resolve::by_component || !kernel_resolves_beneath()) {
  if (root_fd() < 0 && errno != ENOENT)
    throw sdk::from_errno(errno, "cannot open the root directory " + settings_.root_directory);
}

// ---- The descriptor of the root

Root::~Root() {
  if (fd_ >= 0) ::close(fd_);
}

int Root::root_fd() const {
  const int fd = fd_.load(std::memory_order_acquire);
  return fd >= 0 ? fd : reopen();
}

// The descriptor keeps its number, so that threads that use it meanwhile need no lock.
int Root::reopen() const {
  Fd fresh(::open(settings_.root_directory.c_str(), directory_flags));
  if (!fresh) return -1;
  int current = -1;
  if (fd_.compare_exchange_strong(current, fresh.get())) return fresh.release();
  return ::dup3(fresh.get(), current, O_CLOEXEC);
}

void Root::make_root() const {
  std::string prefix;
  for (const auto& part : std::filesystem::absolute(settings_.root_directory)) {
    prefix = (std::filesystem::path(prefix) / part).string();
    if (::mkdir(prefix.c_str(), settings_.directory_mode) == 0) {
      if (settings_.fsync) sync_parent(prefix);
    } else if (errno != EEXIST)
      throw root_error(errno, "cannot create the root directory " + settings_.root_directory);
  }
  if (reopen() < 0)
    throw root_error(errno, "cannot open the root directory " + settings_.root_directory);
}

// ---- Resolving

Fd Root::open(std::string_view path, int flags) const {
  RelativePath relative(path);
  int root = root_fd();
  if (root < 0) return Fd();
  Fd fd(open_beneath(root, relative.text(), flags));
  const int error = fd ? 0 : errno;
  // Try once more if the root was removed and perhaps created again, or if a network file system
  // invalidated its handle.
  const bool lost = error == ESTALE || ((error == ENOENT || path == "/") && is_removed(root));
  if (!lost) {
    errno = error;
    return fd;
  }
  root = reopen();
  return root < 0 ? Fd() : Fd(open_beneath(root, relative.text(), flags));
}

int Root::open_beneath(int root, const char* path, int flags) const {
  flags |= O_CLOEXEC;
  if (by_component_) {
    char copy[PATH_MAX];
    std::strcpy(copy, path);
    return open_by_component(root, copy, flags);
  }
  int fd = -1;
  // EAGAIN: a concurrent rename may have moved a directory out of the root.
  for (int i = 0; i < max_attempts; ++i) {
    fd = open_at2(root, path, flags);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

int Root::open_by_component(int root, char* path, int flags) const {
  Fd held;
  int directory = root;
  char* name = path;
  while (char* slash = std::strchr(name, '/')) {
    *slash = '\0';
    Fd next(::openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) {
      if (errno == ENOTDIR && is_link(directory, name)) errno = EXDEV;
      return -1;
    }
    held = std::move(next);
    directory = held.get();
    name = slash + 1;
  }
  if (is_link(directory, name)) return errno = EXDEV, -1;
  return retry_interrupted([&] { return ::openat(directory, name, flags | O_NOFOLLOW); });
}

// ---- Places

// Without fsync, a directory that may be written but not read can be used. It cannot be locked.
Fd Root::open_directory(std::string_view path) const {
  Fd fd = open(path, O_DIRECTORY | O_RDONLY);
  if (!fd && errno == EACCES && !settings_.fsync) return open(path, O_DIRECTORY | O_PATH);
  return fd;
}

Place Root::find_place(std::string_view path) const {
  Fd directory = open_directory(parent_of(path));
  if (!directory) throw Failure(errno, "open the directory of");
  return {std::move(directory), std::string(leaf_of(path))};
}

Place Root::make_place(std::string_view path, bool& made) const {
  return {make_directory(parent_of(path), made), std::string(leaf_of(path))};
}

// Other processes may remove a directory before it has an entry, so each step starts over if its
// parent is missing.
Fd Root::make_directory(std::string_view directory, bool& made) const {
  for (int i = 0; i < max_attempts; ++i) {
    Fd fd = open_directory(directory);
    if (fd) return fd;
    if (errno != ENOENT) throw Failure(errno, "create the directory of");
    if (directory == "/") {
      make_root();
      continue;
    }
    const Fd parent = make_directory(parent_of(directory), made);
    const std::string name(leaf_of(directory));
    if (::mkdirat(parent.get(), name.c_str(), settings_.directory_mode) == 0) {
      made = true;
      if (settings_.fsync) sync_directory(parent.get());
    } else if (errno == ENOENT && parent_of(directory) == "/") {
      make_root();
    } else if (errno != EEXIST && errno != ENOENT) {
      throw Failure(errno, "create the directory of");
    }
  }
  throw Failure(EBUSY, "create the directory of");
}

// ".." of the open directory is its real parent, whatever links were followed to open it.
void Root::prune_above(std::string_view path, const Fd& directory) const noexcept {
  const std::string_view parent = parent_of(path);
  if (parent == "/") return;
  const std::string name = "../" + std::string(leaf_of(parent));
  if (::unlinkat(directory.get(), name.c_str(), AT_REMOVEDIR) == 0) prune_above(parent);
}

void Root::prune_above(std::string_view path) const noexcept {
  for (std::string_view directory = parent_of(path); directory != "/";
       directory = parent_of(directory)) {
    const Fd parent = open(parent_of(directory), O_PATH | O_DIRECTORY);
    const std::string name(leaf_of(directory));
    if (!parent || ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0) return;
  }
}

// ---- Identity

std::string Root::place() const {
  std::error_code error;
  const auto path =
      std::filesystem::weakly_canonical(std::filesystem::absolute(settings_.root_directory), error);
  if (error || path.native().find('\n') != std::string::npos) return {};
  std::optional<sdk::PlaceLines> lines;
  std::filesystem::path folder;
  for (const auto& part : path) {
    if (part.empty()) continue;  // after a trailing slash
    folder /= part;
    struct stat status;
    const bool exists = ::stat(folder.c_str(), &status) == 0;
    if (!lines && !exists) return {};
    if (!lines)
      lines.emplace(identity(status));
    else if (exists)
      lines->inside(part.native(), identity(status));
    else
      lines->inside(part.native());
  }
  return lines->text();
}

// ---- Errors

sdk::Error Root::error(const Failure& failure, std::string_view path) const {
  const std::string place = "'" + std::string(path) + "' below " + settings_.root_directory;
  if (failure.number() == EXDEV) {
    sdk::Error error(
        BERTH_STATUS_PERMISSION_DENIED,
        place + (by_component_ ? " goes through a symbolic link, and this kernel (before 5.6) "
                                 "cannot check whether it stays below the root directory"
                               : " leads out of the root directory through a symbolic link"));
    return error.os_errno(EXDEV);
  }
  const std::string what =
      std::string("cannot ") + failure.doing() + " " + place + explanation(failure);
  sdk::Error error = sdk::from_errno(failure.number(), what);
  return error.retryable(failure.number() == ESTALE);
}

}  // namespace berth::filesystem
