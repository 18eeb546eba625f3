// SPDX-License-Identifier: Apache-2.0
//
// Slow and simple on purpose: every query reads all objects.
#include "model.hpp"

#include <algorithm>
#include <utility>

namespace berth::conformance {
namespace {

bool is_below(std::string_view path, std::string_view directory) {
  if (directory.empty()) return true;
  return path.size() > directory.size() + 1 && path[directory.size()] == '/' &&
         path.starts_with(directory);
}

bool is_or_is_below(std::string_view path, std::string_view top) {
  return path == top || is_below(path, top);
}

}  // namespace

const std::string* Model::object(const std::string& path) const {
  const auto it = objects_.find(path);
  return it == objects_.end() ? nullptr : &it->second;
}

bool Model::is_directory(std::string_view path) const {
  return std::any_of(objects_.begin(), objects_.end(),
                     [&](const auto& object) { return is_below(object.first, path); });
}

std::vector<ModelEntry> Model::below(std::string_view path, std::string_view after) const {
  std::map<std::string, ModelEntry> sorted;  // by walk key
  for (const auto& [name, content] : objects_) {
    if (!is_below(name, path)) continue;
    sorted[name] = {name, false, content.size()};
    const std::size_t start = path.empty() ? 0 : path.size() + 1;
    for (auto slash = name.find('/', start); slash != name.npos; slash = name.find('/', slash + 1))
      sorted[name.substr(0, slash + 1)] = {name.substr(0, slash), true, 0};
  }
  std::vector<ModelEntry> entries;
  for (auto& [sort_key, entry] : sorted)
    if (after.empty() || sort_key > after) entries.push_back(std::move(entry));
  return entries;
}

std::vector<ModelEntry> Model::children(std::string_view path) const {
  std::vector<ModelEntry> entries = below(path, {});
  const std::size_t start = path.empty() ? 0 : path.size() + 1;
  std::erase_if(entries, [&](const ModelEntry& entry) {
    return entry.path.find('/', start) != std::string::npos;
  });
  return entries;
}

void Model::set(const std::string& path, std::string content) {
  objects_[path] = std::move(content);
}

bool Model::remove(const std::string& path) {
  return std::erase_if(objects_,
                       [&](const auto& object) { return is_or_is_below(object.first, path); }) != 0;
}

std::optional<std::string> Model::upload(const std::string& path) const {
  const auto it = uploads_.find(path);
  return it == uploads_.end() ? std::nullopt : std::optional(it->second);
}

bool Model::has_uploads(std::string_view path) const {
  return std::any_of(uploads_.begin(), uploads_.end(),
                     [&](const auto& upload) { return is_or_is_below(upload.first, path); });
}

bool Model::has_unclear_uploads(std::string_view path) const {
  return std::any_of(unclear_.begin(), unclear_.end(),
                     [&](const std::string& name) { return is_or_is_below(name, path); });
}

void Model::keep_upload(const std::string& path, std::string content) {
  uploads_[path] = std::move(content);
  unclear_.erase(path);
}

void Model::make_upload_unclear(const std::string& path) {
  uploads_.erase(path);
  unclear_.insert(path);
}

void Model::void_upload(const std::string& path) {
  uploads_.erase(path);
  unclear_.erase(path);
}

void Model::void_uploads(std::string_view path) {
  std::erase_if(uploads_, [&](const auto& upload) { return is_or_is_below(upload.first, path); });
  std::erase_if(unclear_, [&](const std::string& name) { return is_or_is_below(name, path); });
}

}  // namespace berth::conformance
