// SPDX-License-Identifier: Apache-2.0
//
// All objects of one store: a hash table by path for get and stat, and the same paths in order for
// list, walk, remove and move. Directories are not stored; they exist while an object is below
// them. Every function takes the one lock once and calls no other code while it holds it.
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

// An open writer, as the tree knows it. What replaces, removes or moves the object at the writer's
// path voids the writer: what it wrote can then be neither committed nor kept.
struct Ticket {
  explicit Ticket(bool appending) : append(appending) {}

  const bool append;
  std::atomic<bool> voided{false};
};
using TicketPtr = std::shared_ptr<Ticket>;

// What a voided writer throws.
sdk::Error voided();

// What a writer begins with: `base` is null without append.
struct OpenedWriter {
  ContentPtr base;
  TicketPtr ticket;
};

class Tree {
 public:
  std::optional<Object> find(std::string_view path) const;
  bool is_directory(std::string_view path) const;  // an object is below it

  // Replaces the object. Throws when an object is where a directory is needed, or the other way
  // round, or where create_only found one.
  void put(std::string_view path, ContentPtr content, bool create_only);

  void move(std::string_view source, std::string_view destination);
  void copy(std::string_view source, std::string_view destination);
  void remove(std::string_view path);

  // ---- Writers and unfinished uploads. An upload is what a writer kept for a later append; it is
  // stored apart from the objects and never listed. publish and keep_upload throw
  // PRECONDITION_FAILED when the ticket was voided.

  // With append, continues the upload at path, or else the object. Without, drops the upload.
  OpenedWriter open_writer(std::string_view path, bool append, bool create_only);
  void publish(std::string_view path, ContentPtr content, bool create_only,
               const TicketPtr& ticket);
  void keep_upload(std::string_view path, ContentPtr content, const TicketPtr& ticket);
  void discard(std::string_view path, const TicketPtr& ticket);
  void close_writer(std::string_view path, const TicketPtr& ticket) noexcept;

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
  // Both return how many writers they voided.
  std::size_t void_writers(std::string_view path, bool appending_only);
  std::size_t void_writers_below(std::string_view path);
  ContentPtr take_upload(std::string_view path);
  std::vector<ContentPtr> take_uploads_below(std::string_view path);
  ContentPtr void_unfinished(std::string_view path);
  Object move_object(std::string_view source, std::string_view destination);
  void move_directory(std::string_view source, std::string_view destination);

  mutable Lock lock_;
  Objects objects_;
  std::set<std::string_view> order_;  // the keys of objects_
  std::map<std::string, ContentPtr, std::less<>> uploads_;
  std::multimap<std::string, TicketPtr, std::less<>> writers_;  // the open ones
};

}  // namespace berth::inmemory
