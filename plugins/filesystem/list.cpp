// SPDX-License-Identifier: Apache-2.0
//
// Reading, sorting and reporting the names of one directory.
#include "list.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "lock.hpp"
#include "names.hpp"

namespace berth::filesystem {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::int64_t abandoned_after_seconds = 60 * 60;

enum class Kind { file, directory, other };

Kind kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return Kind::file;
  return S_ISDIR(mode) ? Kind::directory : Kind::other;
}

std::string joined(std::string_view directory, const char* name) {
  std::string path(directory == "/" ? std::string_view() : directory);
  return path.append(1, '/').append(name);
}

// A link that is dangling, circular or leads out of the root is left out. Any other failure ends
// the listing, so that no object is missed.
Kind kind_of_target(const Root& root, std::string_view directory, const char* name) {
  const Fd target = root.open(joined(directory, name), O_PATH);
  if (target) return kind_of(status_of(target.get()).st_mode);
  if (is_unusable_link(errno)) return Kind::other;
  throw root.error({errno, "follow the symbolic link"}, joined(directory, name));
}

// Removes a temporary file if it is old and no writer has it locked, so that its process was
// probably killed. A slow put whose file was removed starts over.
void remove_if_abandoned(int directory, const char* name) {
  struct stat status;
  if (!is_temporary(name) || ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(status.st_mode) || ::time(nullptr) - status.st_mtim.tv_sec < abandoned_after_seconds)
    return;
  const Fd file(
      ::openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file || !FileLock::try_lock(file.get())) return;
  if (::unlinkat(directory, name, 0) == 0)
    sdk::log(BERTH_LOG_INFO,
             "removed the temporary file '" + std::string(name) + "', left by a killed process");
}

void report_left_out(std::string_view directory, const char* name) {
  if (!sdk::log_enabled(BERTH_LOG_DEBUG)) return;
  sdk::log(
      BERTH_LOG_DEBUG,
      "left out of a listing, because it is not a file, a directory or a link to one below the "
      "root: '" +
          joined(directory, name) + "'");
}

}  // namespace

Listing::Listing(const Root& root, int fd, std::string_view path, const sdk::Call& call) {
  alignas(dirent64) char buffer[buffer_size];
  for (;;) {
    call.check();
    const ssize_t got = retry_interrupted([&] { return ::getdents64(fd, buffer, sizeof buffer); });
    if (got == 0) break;
    if (got < 0) throw Failure(errno, "list");
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      add(root, fd, path, entry->d_name, entry->d_type);
    }
  }
  std::sort(names_.begin(), names_.end(),
            [this](const Name& a, const Name& b) { return key(a) < key(b); });
}

void Listing::add(const Root& root, int fd, std::string_view path, const char* name,
                  unsigned char type) {
  if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]))) return;
  if (is_reserved(name)) return remove_if_abandoned(fd, name);
  bool link = type == DT_LNK;
  Kind kind = type == DT_REG ? Kind::file : type == DT_DIR ? Kind::directory : Kind::other;
  if (type == DT_UNKNOWN) {
    struct stat status;
    if (::fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;  // removed meanwhile
      throw root.error({errno, "stat"}, joined(path, name));
    }
    link = S_ISLNK(status.st_mode);
    kind = kind_of(status.st_mode);
  }
  if (link) kind = kind_of_target(root, path, name);
  if (kind == Kind::other) return report_left_out(path, name);
  const bool directory = kind == Kind::directory;
  const std::size_t size = std::strlen(name);
  names_.push_back(
      {text_.size(), static_cast<std::uint16_t>(size + (directory ? 1 : 0)), directory, link});
  text_.append(name, size);
  if (directory) text_.push_back('/');
}

std::size_t Listing::first_not_below(std::string_view wanted) const {
  const auto found = std::lower_bound(
      names_.begin(), names_.end(), wanted,
      [this](const Name& name, std::string_view text) { return key(name) < text; });
  return static_cast<std::size_t>(found - names_.begin());
}

Listing::Start Listing::find_start(std::string_view start_after) const {
  if (start_after.empty()) return {};
  const std::size_t slash = start_after.find('/');
  const std::string directory = std::string(start_after.substr(0, slash)) + '/';
  const std::size_t index = first_not_below(directory);
  if (index < names_.size() && key(names_[index]) == directory)
    return {index + 1, true,
            slash == start_after.npos ? std::string_view() : start_after.substr(slash + 1)};
  if (slash != start_after.npos) return {index, false, {}};
  const std::size_t file = first_not_below(start_after);
  const bool exact = file < names_.size() && key(names_[file]) == start_after;
  return {file + (exact ? 1 : 0), false, {}};
}

bool relative_start(std::string_view directory, std::string_view start_after,
                    std::string_view& rest) {
  const std::string prefix = directory == "/" ? "/" : std::string(directory) + '/';
  rest = {};
  if (start_after <= prefix) return true;
  if (!start_after.starts_with(prefix)) return false;
  rest = start_after.substr(prefix.size());
  return true;
}

void list_directory(const Root& root, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call) {
  const Fd directory = root.open(path, O_RDONLY | O_DIRECTORY);
  if (!directory && errno == ENOENT && path == "/") return;  // created with the first object
  if (!directory) throw Failure(errno, "list");
  std::string_view rest;
  if (!relative_start(path, start_after, rest)) return;
  const Listing listing(root, directory.get(), path, call);
  std::string child = joined(path, "");
  const std::size_t base = child.size();
  for (std::size_t i = listing.find_start(rest).index; i < listing.size(); ++i) {
    child.resize(base);
    child.append(listing.text(listing[i]));
    if (sink({child, listing[i].directory, {}, {}, {}}) == sdk::Visit::stop) return;
  }
}

}  // namespace berth::filesystem
