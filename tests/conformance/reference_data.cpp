// SPDX-License-Identifier: Apache-2.0
//
// The data of the reference driver, by name, as long as a store of it is open.
#include "reference_data.hpp"

#include <algorithm>
#include <chrono>

namespace berth::conformance::reference {

std::int64_t Data::tick() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  clock_ns = std::max<std::int64_t>(clock_ns + 1, std::chrono::nanoseconds(now).count());
  return clock_ns;
}

bool Data::has_below(std::string_view directory) const {
  return std::any_of(objects.begin(), objects.end(),
                     [&](const auto& object) { return is_below(object.first, directory); });
}

bool Data::is_taken(const std::string& path) const {
  return has_below(path) || std::any_of(objects.begin(), objects.end(), [&](const auto& object) {
           return is_below(path, object.first);
         });
}

std::shared_ptr<Data> data_named(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Data>> all;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Data> data = all[name].lock();
  if (!data) all[name] = data = std::make_shared<Data>(name);
  return data;
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.size() > directory.size() + 1 && path[directory.size()] == '/' &&
         path.starts_with(directory);
}

std::vector<Row> rows_below(Data& data, std::string_view directory) {
  const std::lock_guard lock(data.mutex);
  const std::size_t start = directory == "/" ? 1 : directory.size() + 1;
  std::map<std::string, Row> sorted;
  for (const auto& [path, object] : data.objects) {
    if (!is_below(path, directory)) continue;
    sorted[path] = {path, false, object.content->size(), object.mtime_ns};
    for (auto slash = path.find('/', start); slash != path.npos; slash = path.find('/', slash + 1))
      sorted[path.substr(0, slash + 1)] = {path.substr(0, slash), true};
  }
  std::vector<Row> rows;
  for (auto& [key, row] : sorted) rows.push_back(std::move(row));
  return rows;
}

}  // namespace berth::conformance::reference
