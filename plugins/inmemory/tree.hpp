// SPDX-License-Identifier: Apache-2.0
//
// All objects of one store: a hash table by path for get and stat, and the same paths in order for
// list, walk, remove and move. Directories are not stored; they exist while an object lies below
// them. Every function takes the one lock once and calls nobody while it holds it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "content.hpp"
#include "lock.hpp"

namespace berth::inmemory {

struct Object {
  ContentPtr content;
  std::int64_t mtime_ns = 0;
};

// A copy of what list and walk report.
struct Item {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  bool directory = false;
};

class Tree {
 public:
  std::optional<Object> find(std::string_view path) const;
  bool is_directory(std::string_view path) const;  // something lies below it

  // Throws when an object lies where a directory is needed, or the other way round, or where
  // create_only found one.
  void check_place(std::string_view path, bool create_only) const;
  void put(std::string_view path, ContentPtr content, bool create_only);
  void publish(std::string_view path, ContentPtr content, bool create_only);  // and drop the upload

  void move(std::string_view source, std::string_view destination);
  void copy(std::string_view source, std::string_view destination);
  void remove(std::string_view path);

  // Unfinished uploads: kept beside the objects, never listed.
  ContentPtr upload(std::string_view path) const;
  void keep_upload(std::string_view path, ContentPtr content);
  void drop_upload(std::string_view path);

  // Up to `limit` objects whose path is not below `from`, while it begins with `prefix`.
  void objects(std::string_view prefix, std::string_view from, std::size_t limit,
               std::vector<Item>& out) const;
  // The same for direct children of `prefix`; what lies deeper is folded into its directory.
  void children(std::string_view prefix, std::string_view from, std::size_t limit,
                std::vector<Item>& out) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  using Objects = std::unordered_map<std::string, Object, Hash, std::equal_to<>>;

  // REQUIRES: the lock, exclusive for what changes something.
  const Object* find_locked(std::string_view path) const;
  bool is_directory_locked(std::string_view path) const;
  void check_place_locked(std::string_view path, bool create_only) const;
  Object replace(std::string_view path, Object object);
  void move_object(std::string_view source, std::string_view destination);
  void move_directory(std::string_view source, std::string_view destination);

  mutable Lock lock_;
  Objects objects_;
  std::set<std::string_view> order_;  // the keys of objects_
  std::map<std::string, ContentPtr, std::less<>> uploads_;
};

}  // namespace berth::inmemory
