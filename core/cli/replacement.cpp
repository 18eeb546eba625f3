// SPDX-License-Identifier: Apache-2.0
//
// A process that is killed leaves the old content under a name that begins with ".berth-replaced.";
// the next sync --delete that copies everything removes it.
#include "cli/replacement.hpp"

#include <utility>

#include <berth/errors.hpp>

#include "cli/place.hpp"
#include "cli/text.hpp"

namespace berth::cli {
namespace {

// What stays after all keeps the old file from its place, and is reported by that.
void remove_if_present(FileTree& files, const std::string& path) {
  try {
    files.remove_file(path);
  } catch (const Error&) {  // it was not written, or its name cannot be
  }
}

}  // namespace

std::string aside_name(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string_view::npos ? "" : path.substr(0, slash + 1);
  return std::string(folder) + ".berth-replaced." + random_digits();
}

Replacement::Replacement(FileTree& files, std::string path, bool was_folder,
                         std::vector<std::string> old_files)
    : files_(files),
      path_(std::move(path)),
      aside_(aside_name(path_)),
      was_folder_(was_folder),
      old_files_(std::move(old_files)) {}

void Replacement::set_aside() {
  try {
    for (const auto& file : old_files_) {
      files_.rename_file(file, aside_of(file));
      ++moved_;
    }
  } catch (...) {
    move_back();
    throw;
  }
  if (was_folder_) remove_folder_if_empty(path_);
}

void Replacement::restore(const std::vector<std::string>& new_files) {
  for (const auto& file : new_files) remove_if_present(files_, file);
  if (!was_folder_) remove_folder_if_empty(path_);
  move_back();
}

void Replacement::discard() {
  for (; moved_ > 0; --moved_) files_.remove_file(aside_of(old_files_[moved_ - 1]));
  if (was_folder_) remove_folder_if_empty(aside_);
}

std::string Replacement::aside_of(const std::string& old_file) const {
  return was_folder_ ? join(aside_, below(path_, old_file)) : aside_;
}

void Replacement::move_back() {
  try {
    for (; moved_ > 0; --moved_) {
      const auto& file = old_files_[moved_ - 1];
      files_.rename_file(aside_of(file), file);
    }
  } catch (const Error& error) {
    auto detail = error.detail();
    detail.message += "; the old content is in " + files_.show(aside_);
    throw Error(std::move(detail));
  }
  if (was_folder_) remove_folder_if_empty(aside_);
}

// Whatever else it holds is reported by the write that needs its place.
void Replacement::remove_folder_if_empty(const std::string& folder) {
  try {
    files_.remove_empty_directory(folder);
  } catch (const Error&) {
  }
}

}  // namespace berth::cli
