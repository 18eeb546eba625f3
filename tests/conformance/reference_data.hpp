// SPDX-License-Identifier: Apache-2.0
//
// The data that the reference driver's stores of one name share. Queries about names simply read
// all objects.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <berth/file_info.hpp>

namespace berth::conformance::reference {

using Content = std::shared_ptr<const std::string>;

struct Object {
  Content content;
  std::int64_t mtime_ns = 0;
  Attributes attributes = {};

  std::string etag() const { return std::to_string(mtime_ns); }
};

struct Data {
  explicit Data(std::string name) : name(std::move(name)) {}

  const std::string name;
  std::mutex mutex;
  std::map<std::string, Object> objects;
  std::map<std::string, Content> uploads;
  std::map<std::string, Content> hidden_uploads;  // for the defects that bring them back
  std::set<std::string> hidden_files;             // for the defects that hide them from walk
  std::int64_t clock_ns = 0;                      // of the newest object

  // The current time, but later than all times returned before.
  std::int64_t tick();
  bool has_below(std::string_view directory) const;
  // Whether path is a directory or is below a file.
  bool is_taken(const std::string& path) const;
};

std::shared_ptr<Data> data_named(const std::string& name);

// An entry as list and walk report it. key() is what walk sorts by.
struct Row {
  std::string path;
  bool directory = false;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;

  std::string key() const { return path + (directory ? "/" : ""); }
};

bool is_below(std::string_view path, std::string_view directory);

// Everything below directory, in walk order. Takes the lock itself.
std::vector<Row> rows_below(Data& data, std::string_view directory);

}  // namespace berth::conformance::reference
