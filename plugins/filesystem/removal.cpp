// SPDX-License-Identifier: Apache-2.0
//
// Recursive removal by descriptor.
#include "removal.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <string>

#include "names.hpp"

namespace berth::filesystem {
namespace {

constexpr std::size_t buffer_size = std::size_t{16} << 10;
constexpr int patience = 100;  // passes over a directory that others fill at the same time

class Removal {
 public:
  Removal(const Root& root, std::string_view path, const sdk::Call& call)
      : root_(root), call_(call), path_(path) {}

  // Name lies in parent; path_ is its driver path.
  void directory(int parent, const char* name) {
    for (int i = 0; i < patience; ++i) {
      const unsigned failures_before = failures_;
      if (!empty(parent, name)) return;
      if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return;
      if (errno != ENOTEMPTY && errno != EEXIST) return note(errno);
      if (failures_ != failures_before) return;  // it keeps what could not be removed
    }
    note(ENOTEMPTY);
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
  // False: it is not there any more, or cannot be read.
  bool empty(int parent, const char* name) {
    const Fd fd(retry_interrupted(
        [&] { return ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
    if (!fd) {
      if (errno != ENOENT) note(errno);
      return false;
    }
    alignas(dirent64) char buffer[buffer_size];
    for (;;) {
      call_.check();
      const ssize_t got =
          retry_interrupted([&] { return ::getdents64(fd.get(), buffer, sizeof buffer); });
      if (got < 0) return note(errno), false;
      if (got == 0) return true;
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
        at += entry->d_reclen;
        remove(fd.get(), entry->d_name, entry->d_type == DT_DIR);
      }
    }
  }

  void remove(int parent, const char* name, bool is_directory) {
    const std::string_view text(name);
    if (text == "." || text == "..") return;
    const std::size_t size = path_.size();
    path_.append(1, '/').append(text);
    if (is_directory) {
      directory(parent, name);
    } else if (::unlinkat(parent, name, 0) != 0 && errno != ENOENT) {
      if (errno == EISDIR)
        directory(parent, name);
      else
        note(errno);
    }
    path_.resize(size);
  }

  void note(int number) {
    if (failures_++ != 0) return;
    first_errno_ = number;
    first_path_ = path_;
  }

  const Root& root_;
  const sdk::Call& call_;
  std::string path_;
  unsigned failures_ = 0;
  int first_errno_ = 0;
  std::string first_path_;
};

}  // namespace

void remove_path(const Root& root, std::string_view path, const sdk::Call& call) {
  const Place place = root.find_place(path);
  const int parent = place.directory.get();
  bool removed = ::unlinkat(parent, upload_name(place.name).c_str(), 0) == 0;
  if (::unlinkat(parent, place.name.c_str(), 0) == 0) {
    removed = true;
  } else if (errno == EISDIR) {
    Removal removal(root, path, call);
    removal.directory(parent, place.name.c_str());
    removal.finish();
    removed = true;
  } else if (errno != ENOENT) {
    throw Failure(errno, "remove");
  }
  if (!removed) throw sdk::path_not_found();
  root.prune_above(path, place.directory);
}

}  // namespace berth::filesystem
