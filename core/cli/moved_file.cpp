// SPDX-License-Identifier: Apache-2.0
//
// What may be removed is decided by size, time and ETag; see moved_file.hpp.
#include "cli/moved_file.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include <berth/errors.hpp>

namespace berth::cli {
namespace {

// The reason why a file was not moved; its name is reported with it.
class NotMoved final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::optional<FileInfo> find(FileTree& files, const std::string& path) {
  try {
    auto info = files.stat(path);
    if (info.is_directory) return std::nullopt;
    return info;
  } catch (const PathNotFoundError&) {
    return std::nullopt;
  }
}

// Two answers of one service about one path.
bool is_same_version(const FileInfo& a, const FileInfo& b) {
  return a.size == b.size && a.etag == b.etag && a.modified == b.modified;
}

bool is_same_answer(const std::optional<FileInfo>& a, const std::optional<FileInfo>& b) {
  return a.has_value() == b.has_value() && (!a || is_same_version(*a, *b));
}

std::string bare(std::string etag) {
  etag.erase(std::remove(etag.begin(), etag.end(), '"'), etag.end());
  return etag;
}

// Answers by way of two stores, which may round times differently and, when their drivers differ,
// have different kinds of ETag.
bool may_be_one_object(FileTree& files, const FileInfo& info, FileTree& other_files,
                       const FileInfo& other) {
  using std::chrono::seconds;
  if (info.size != other.size) return false;
  if (info.modified && other.modified &&
      std::chrono::abs(*info.modified - *other.modified) > seconds(1)) {
    return false;
  }
  const bool comparable = files.store() != nullptr && other_files.store() != nullptr &&
                          files.store()->driver() == other_files.store()->driver();
  if (!comparable || info.etag.empty() || other.etag.empty()) return true;
  return bare(info.etag) == bare(other.etag);
}

std::string bytes_of(std::uint64_t size) {
  return std::to_string(size) + " bytes";
}

}  // namespace

std::uint64_t MovedFile::move(std::uint64_t size, const Moved& moved) {
  const auto shared = shared_paths(from_, source_, to_, destination_);
  if (!shared) return transfer(moved);
  move_within(*shared);
  if (moved) moved(size);
  return size;
}

// The addresses of two stores can be equal although they show different objects: a gateway with
// tenants has a bucket of one name for each. So both stores have to show the same.
void MovedFile::move_within(const SharedPaths& shared) {
  FileTree& outer = shared.outer;
  if (!are_same_store(from_, to_)) {
    refuse_difference(outer, from_, source_, shared.first);
    refuse_difference(outer, to_, destination_, shared.second);
  }
  outer.store()->move(shared.first, shared.second, {.stop = stop_});
}

void MovedFile::refuse_difference(FileTree& outer, FileTree& files, const std::string& path,
                                  const std::string& outer_path) {
  if (&files == &outer || is_same_answer(find(files, path), find(outer, outer_path))) return;
  throw NotMoved(files.show(path) + " and " + outer.show(outer_path) +
                 " have one address but show different files, so nothing was moved; copy it with "
                 "cp, then remove it with rm");
}

std::uint64_t MovedFile::transfer(const Moved& moved) {
  read_ = from_.stat(source_);
  const auto before = find(to_, destination_);
  may_be_one_ = before && may_be_one_object(from_, read_, to_, *before);
  const auto open = [this] { return from_.read(source_); };
  const auto bytes = deliver(open, to_, destination_, {}, moved);
  check_destination(bytes);
  remove_source();
  return bytes;
}

void MovedFile::check_destination(std::uint64_t bytes) {
  if (bytes != read_.size) {
    throw NotMoved("it was replaced while it was copied: " + bytes_of(bytes) + " instead of " +
                   bytes_of(read_.size) + "; the source stays");
  }
  const auto written = find(to_, destination_);
  if (!written) {
    throw NotMoved("the copy " + to_.show(destination_) + " cannot be found; the source stays");
  }
  written_ = *written;
  if (written->size != bytes) {
    throw NotMoved("the copy " + to_.show(destination_) + " has " + bytes_of(written->size) +
                   " instead of " + bytes_of(bytes) + "; the source stays");
  }
}

void MovedFile::remove_source() {
  const auto now = find(from_, source_);
  if (!now) return;  // another process removed it
  const bool is_changed = !is_same_version(*now, read_);
  const bool looks_written = may_be_one_object(from_, *now, to_, written_);
  if (looks_written && (is_changed || may_be_one_)) {
    throw NotMoved(to_.show(destination_) +
                   " seems to be the same object under another name, so the source stays; if it is "
                   "a copy, remove the source with rm");
  }
  if (is_changed) {
    throw NotMoved("it was replaced while it was copied; the newer version stays");
  }
  from_.remove_file(source_);
}

}  // namespace berth::cli
