// SPDX-License-Identifier: Apache-2.0
//
// The simplest correct store: a map of objects and a map of unfinished uploads. Random sequences
// are compared with it. Paths are relative to the directory of the test: "d/f"; "" is the
// directory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace berth::conformance {

struct ModelEntry {
  std::string path;
  bool directory = false;
  std::uint64_t size = 0;
};

class Model {
 public:
  const std::string* object(const std::string& path) const;
  bool is_directory(std::string_view path) const;
  std::vector<ModelEntry> children(std::string_view path) const;  // sorted by path
  // Everything below path whose walk key sorts after `after` (empty: all), in walk order.
  std::vector<ModelEntry> below(std::string_view path, std::string_view after) const;

  void set(const std::string& path, std::string content);
  bool remove(const std::string& path);  // with everything below it; false: nothing existed

  // The bytes of the unfinished upload; nullopt: there is none.
  std::optional<std::string> upload(const std::string& path) const;
  // Whether the contract leaves open if an upload exists: a writer without append was closed before
  // any write, or it was cancelled over an older upload.
  bool upload_is_unclear(const std::string& path) const { return unclear_.count(path) != 0; }
  bool has_uploads(std::string_view path) const;          // at path or below it
  bool has_unclear_uploads(std::string_view path) const;  // at path or below it
  void keep_upload(const std::string& path, std::string content);
  void make_upload_unclear(const std::string& path);
  void void_upload(const std::string& path);
  void void_uploads(std::string_view path);  // at path and below it

 private:
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> uploads_;
  std::set<std::string> unclear_;
};

}  // namespace berth::conformance
