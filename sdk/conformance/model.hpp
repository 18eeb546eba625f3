// SPDX-License-Identifier: Apache-2.0
//
// The simplest store that could be right: two maps. Random sequences are compared with it. Paths
// are relative to the directory of the test ("d/f"; "" is the directory itself).
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
  // Everything below path whose walk key comes behind that key (empty: all), in walk order.
  std::vector<ModelEntry> below(std::string_view path, std::string_view after) const;

  void set(const std::string& path, std::string content);
  bool remove(const std::string& path);  // with all below it; false: nothing was there

  // What an unfinished upload holds; nullopt: there is none.
  std::optional<std::string> upload(const std::string& path) const;
  // Whether the contract leaves open if an upload is there: a writer without append was closed with
  // nothing written, or cancelled where an older upload was.
  bool upload_is_unclear(const std::string& path) const { return unclear_.count(path) != 0; }
  bool has_uploads(std::string_view path) const;          // at path or below it
  bool has_unclear_uploads(std::string_view path) const;  // at path or below it
  void keep_upload(const std::string& path, std::string content);
  void blur_upload(const std::string& path);
  void void_upload(const std::string& path);
  void void_uploads(std::string_view path);  // at path and below it

 private:
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> uploads_;
  std::set<std::string> unclear_;
};

}  // namespace berth::conformance
