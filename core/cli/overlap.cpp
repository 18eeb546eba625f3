// SPDX-License-Identifier: Apache-2.0
//
// All comparisons are of two paths in one tree.
#include "cli/overlap.hpp"

#include <utility>

#include <berth/errors.hpp>
#include <berth/store_place.hpp>

#include "cli/local_place.hpp"
#include "cli/place.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

LocatedPath locate(FileTree& files, const std::string& path) {
  if (const Store* store = files.store()) return {store->place(), path};
  return locate_local(path);
}

// The path that `path` of a tree has in one which contains that tree as `folder`.
std::string inside(const std::string& folder, const std::string& path) {
  return path == "/" ? folder : join(folder, below("/", path));
}

bool is_inside(const std::string& path, const std::string& folder) {
  return path.compare(0, folder.size(), folder) == 0 &&
         (folder.back() == '/' || path.compare(folder.size(), 1, "/") == 0);
}

// What of a folder that moves up would land in the folder itself, over what is still to be read:
// "p" of /p/p onto /p, if there is a /p/p/p. `rest` is the folder's path below its destination.
std::optional<std::string> lands_in_itself(FileTree& from, const std::string& source,
                                           std::string_view rest) {
  const auto child = join(source, rest.substr(0, rest.find('/')));
  try {
    static_cast<void>(from.stat(child));
    return from.show(child);
  } catch (const PathNotFoundError&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<SharedPaths> shared_paths(FileTree& first, const std::string& first_path,
                                        FileTree& second, const std::string& second_path) {
  if (are_same_store(first, second)) return SharedPaths{second, first_path, second_path};
  const auto a = locate(first, first_path), b = locate(second, second_path);
  if (const auto folder = path_inside(b.place, a.place)) {
    return SharedPaths{second, inside(*folder, a.path), b.path};
  }
  if (const auto folder = path_inside(a.place, b.place)) {
    return SharedPaths{first, a.path, inside(*folder, b.path)};
  }
  return std::nullopt;
}

bool are_same_store(FileTree& a, FileTree& b) {
  return a.store() != nullptr && b.store() != nullptr && a.store()->name() == b.store()->name();
}

void refuse_overlap(FileTree& from, const std::string& source, FileTree& to,
                    const std::string& target, Overlap overlap) {
  const auto shared = shared_paths(from, source, to, target);
  if (!shared) return;
  const auto origin = from.show(source), end = to.show(target);
  const auto &here = shared->first, &there = shared->second;
  if (here == there) {
    const bool same_store = are_same_store(from, to);
    throw UsageError("source and destination are the same: " +
                     (same_store ? end : origin + " and " + end + " are one place"));
  }
  if (overlap != Overlap::of_files && is_inside(there, here)) {
    throw UsageError("the destination " + end + " lies inside the source " + origin);
  }
  if (overlap == Overlap::with_removal && is_inside(here, there)) {
    throw UsageError("the source " + origin + " lies inside the destination " + end +
                     ", from where it would be removed");
  }
  if (overlap == Overlap::of_folders && is_inside(here, there)) {
    if (const auto child = lands_in_itself(from, source, below(there, here))) {
      throw UsageError("the source " + origin + " lies inside the destination " + end +
                       ", and its " + *child + " would be copied into the source itself");
    }
  }
}

}  // namespace berth::cli
