// SPDX-License-Identifier: Apache-2.0
//
// One stat for each folder from the root down.
#include "cli/local_place.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include <sys/stat.h>

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> identity_of(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return "file:" + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

// REQUIRES: absolute and canonical.
StorePlace steps_to(const fs::path& folder) {
  StorePlace steps;
  fs::path reached;
  for (const auto& component : folder) {
    reached /= component;
    auto identity = identity_of(reached);
    if (!identity) return {};
    steps.push_back({std::move(*identity), steps.empty() ? std::string() : component.string()});
  }
  return steps;
}

}  // namespace

LocatedPath locate_local(const std::string& path) {
  std::error_code error;
  fs::path folder = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return {};
  fs::path rest;
  while (!fs::is_directory(folder, error) && folder.has_relative_path()) {
    rest = folder.filename() / rest;
    folder = folder.parent_path();
  }
  auto inside = (fs::path("/") / rest).string();
  if (inside.size() > 1 && inside.back() == '/') inside.pop_back();
  return {steps_to(folder), std::move(inside)};
}

}  // namespace berth::cli
