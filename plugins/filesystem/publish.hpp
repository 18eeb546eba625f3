// SPDX-License-Identifier: Apache-2.0
//
// Giving a hidden file its name: the one step that makes an object appear, whole.
#pragma once

#include <string>
#include <string_view>

#include "root.hpp"
#include "system.hpp"

namespace berth::filesystem {

// Renames hidden to name in the same directory, over what is there, or with create_only only if
// nothing is. A directory there that is empty gives way.
void publish(int directory, const std::string& hidden, const std::string& name, bool create_only);

// Throws ALREADY_EXISTS if something is there.
void refuse_existing(int directory, const std::string& name);

// A hidden file of its own in the directory of its target; removed unless it was published.
class TempFile {
 public:
  TempFile(int directory, mode_t mode);  // throws Failure; ENOENT: the directory has gone
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  int fd() const noexcept { return file_.get(); }

  // Data to the disk, the file under its name, and the name to the disk, in this order.
  void publish_as(const std::string& name, bool create_only, bool durable);

 private:
  const int directory_;
  std::string name_;  // empty: published
  Fd file_;
};

// Runs fill(fd) on a new file for path and publishes it. When a directory or the file in the making
// is removed meanwhile, it starts over; whatever fails, no new directory or file stays behind.
template <class Fill>
void write_whole(const Root& root, std::string_view path, bool create_only, Fill&& fill) {
  constexpr int patience = 100;
  bool made = false;
  for (int attempt = 1;; ++attempt) {
    try {
      const Place place = root.make_place(path, made);
      if (create_only) refuse_existing(place.directory.get(), place.name);
      TempFile temp(place.directory.get(), root.settings().file_mode);
      fill(temp.fd());
      return temp.publish_as(place.name, create_only, root.settings().fsync);
    } catch (const Failure& failure) {
      if (failure.number() == ENOENT && attempt < patience) continue;
      if (made) root.prune_above(path);
      throw;
    } catch (...) {
      if (made) root.prune_above(path);
      throw;
    }
  }
}

}  // namespace berth::filesystem
