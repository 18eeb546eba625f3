// SPDX-License-Identifier: Apache-2.0
//
// All objects of one store: a hash table by path for get and stat, and an ordered set of the same
// paths for list, walk, remove and move. Directories are not stored; a directory exists while an
// object is below it. Every public function takes the lock once, and calls no code of the caller
// while it holds it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <berth/driver.hpp>

#include "content.hpp"
#include "lock.hpp"

namespace berth::inmemory {

using AttributesPtr = std::shared_ptr<const std::vector<sdk::Attribute>>;  // null: none

struct Object {
  ContentPtr content;
  AttributesPtr attributes;
  std::int64_t mtime_ns = 0;
  std::uint64_t version = 0;  // no two objects of a store have the same one; the etag
};

sdk::Stat stat_of(const Object& object);

// What an unfinished upload has so far.
struct Upload {
  ContentPtr content;
  AttributesPtr attributes;
};

// What must hold for the object at a path that is written.
struct Conditions {
  bool create_only = false;
  std::string if_match;  // empty: no condition
};

// An entry as list and walk report it.
struct Item {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::string etag;
  bool directory = false;
};

// An open writer, as the tree knows it. Replacing, removing or moving the object at its path voids
// the writer: it can then neither commit nor close.
struct Ticket {
  explicit Ticket(bool appending) : append(appending) {}

  const bool append;
  std::atomic<bool> voided{false};
};
using TicketPtr = std::shared_ptr<Ticket>;

// The error of a voided writer.
sdk::Error voided();

// A new writer; `base` is what an append continues, else it is empty.
struct OpenedWriter {
  Upload base;
  TicketPtr ticket;
};

class Tree {
 public:
  std::optional<Object> find(std::string_view path) const;
  bool is_directory(std::string_view path) const;  // whether an object is below it

  // Creates or replaces the object and returns it. Throws if an object is where a directory is
  // needed, or the reverse, or if a condition does not hold.
  Object put(std::string_view path, Upload content, const Conditions& conditions);

  // Both return the object at the destination. A moved directory is nullopt.
  std::optional<Object> move(std::string_view source, std::string_view destination,
                             std::string_view source_if_match, const Conditions& conditions);
  Object copy(std::string_view source, std::string_view destination,
              std::string_view source_if_match, const Conditions& conditions);

  void remove(std::string_view path);
  void remove_object(std::string_view path, std::string_view if_match);  // nothing below it

  // ---- Writers and unfinished uploads. An upload has the bytes of a closed writer, for a later
  // append. It is separate from the objects and never listed. publish and save_upload throw
  // PRECONDITION_FAILED if the ticket was voided.

  // With append, continues the upload at path, else the object. Without, drops the upload.
  OpenedWriter open_writer(std::string_view path, bool append, const Conditions& conditions);
  Object publish(std::string_view path, Upload content, const Conditions& conditions,
                 const TicketPtr& ticket);
  void save_upload(std::string_view path, Upload content, const TicketPtr& ticket);
  void discard(std::string_view path, const TicketPtr& ticket);
  void close_writer(std::string_view path, const TicketPtr& ticket) noexcept;

  // Appends to `out` until it has `limit` entries: the objects whose path begins with `prefix` and
  // does not sort before `from`.
  void objects(std::string_view prefix, std::string_view from, std::size_t limit,
               std::vector<Item>& out) const;
  // The same for the direct children of `prefix`: files and directories.
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

  // REQUIRES: the lock is held, exclusively by functions that change something.
  const Object* find_locked(std::string_view path) const;
  bool is_directory_locked(std::string_view path) const;
  const Object& source_locked(std::string_view path, std::string_view if_match) const;
  void check_place_locked(std::string_view path, const Conditions& conditions) const;
  Object replace(std::string_view path, Upload content, std::int64_t mtime_ns);
  // Both return the number of writers that they voided.
  std::size_t void_writers(std::string_view path, bool appending_only);
  std::size_t void_writers_below(std::string_view path);
  Upload take_upload(std::string_view path);
  std::vector<Upload> take_uploads_below(std::string_view path);
  Upload void_unfinished(std::string_view path);
  Object move_object(std::string_view source, std::string_view destination);
  void move_directory(std::string_view source, std::string_view destination);

  mutable Lock lock_;
  Objects objects_;
  std::set<std::string_view> order_;  // the keys of objects_
  std::uint64_t last_version_ = 0;
  std::map<std::string, Upload, std::less<>> uploads_;
  std::multimap<std::string, TicketPtr, std::less<>> writers_;  // the open ones
};

}  // namespace berth::inmemory
