// SPDX-License-Identifier: Apache-2.0
//
// The index of one store. The bytewise order of full paths is the walk order, because the paths of
// all objects in a directory begin with its name and "/".
#include "tree.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace berth::inmemory {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Everything below path is in the range [below(path), after_all(path)).
std::string below(std::string_view path) {
  return path == "/" ? std::string("/") : std::string(path) + '/';
}
std::string after_all(std::string_view path) {
  return std::string(path) + static_cast<char>('/' + 1);
}

sdk::Error is_a_directory(std::string_view path) {
  sdk::Error error(
      BERTH_STATUS_IO,
      "'" + std::string(path) + "' is a directory; remove it first, or choose another name");
  return error.os_errno(EISDIR);
}

sdk::Error is_a_file(std::string_view ancestor) {
  sdk::Error error(BERTH_STATUS_IO,
                   "'" + std::string(ancestor) +
                       "' is an object, not a directory; remove it first, or choose "
                       "another name");
  return error.os_errno(ENOTDIR);
}

std::string etag_of(const Object& object) {
  return std::to_string(object.version);
}

Item item(std::string_view path, const Object& object) {
  return {std::string(path), object.content->size(), object.mtime_ns, etag_of(object), false};
}

sdk::Error other_version(std::string_view path) {
  return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                    "'" + std::string(path) + "' is not the version that the condition names");
}

}  // namespace

sdk::Stat stat_of(const Object& object) {
  sdk::Stat stat{false, object.content->size(), object.mtime_ns, etag_of(object)};
  if (object.attributes) stat.attributes = *object.attributes;
  return stat;
}

sdk::Error voided() {
  return sdk::Error(
      BERTH_STATUS_PRECONDITION_FAILED,
      "after this writer was opened, the object was replaced, moved or removed, or another writer "
      "took over the upload; write the object again");
}

// ---- Finding

const Object* Tree::find_locked(std::string_view path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? nullptr : &found->second;
}

bool Tree::is_directory_locked(std::string_view path) const {
  if (path == "/") return true;
  const std::string start = below(path);
  const auto next = order_.lower_bound(start);
  return next != order_.end() && next->starts_with(start);
}

const Object& Tree::source_locked(std::string_view path, std::string_view if_match) const {
  const Object* object = find_locked(path);
  if (!object) throw sdk::path_not_found();
  if (!if_match.empty() && if_match != etag_of(*object)) throw other_version(path);
  return *object;
}

void Tree::check_place_locked(std::string_view path, const Conditions& conditions) const {
  const Object* object = find_locked(path);
  if (object && conditions.create_only)
    throw sdk::Error(
        BERTH_STATUS_ALREADY_EXISTS,
        "an object already exists at '" + std::string(path) + "', and create_only was given");
  if (!conditions.if_match.empty() && (!object || conditions.if_match != etag_of(*object)))
    throw other_version(path);
  if (object) return;  // its parents were checked when it was created
  for (std::size_t i = path.rfind('/'); i != 0 && i != path.npos; i = path.rfind('/', i - 1))
    if (find_locked(path.substr(0, i))) throw is_a_file(path.substr(0, i));
  if (is_directory_locked(path)) throw is_a_directory(path);
}

std::optional<Object> Tree::find(std::string_view path) const {
  const std::shared_lock lock(lock_);
  const Object* object = find_locked(path);
  return object ? std::optional(*object) : std::nullopt;
}

bool Tree::is_directory(std::string_view path) const {
  const std::shared_lock lock(lock_);
  return is_directory_locked(path);
}

// ---- Changing. Removed contents are returned, and the caller frees them after it released the
// lock, because freeing a gigabyte takes long.

Object Tree::replace(std::string_view path, Upload content, std::int64_t mtime_ns) {
  Object object{std::move(content.content), std::move(content.attributes), mtime_ns,
                ++last_version_};
  const auto found = objects_.find(path);
  if (found != objects_.end()) {
    object.mtime_ns = std::max(object.mtime_ns, found->second.mtime_ns + 1);
    return std::exchange(found->second, std::move(object));
  }
  const auto added = objects_.emplace(path, std::move(object)).first;
  order_.insert(added->first);
  return {};
}

Object Tree::put(std::string_view path, Upload content, const Conditions& conditions) {
  Object old;
  Upload upload;
  const std::unique_lock lock(lock_);
  check_place_locked(path, conditions);
  upload = void_unfinished(path);
  old = replace(path, std::move(content), now_ns());
  return *find_locked(path);
}

std::optional<Object> Tree::move(std::string_view source, std::string_view destination,
                                 std::string_view source_if_match, const Conditions& conditions) {
  Object old;
  std::vector<Upload> uploads;
  const std::unique_lock lock(lock_);
  if (find_locked(source) || !source_if_match.empty()) {
    const Object& object = source_locked(source, source_if_match);
    check_place_locked(destination, conditions);
    if (source == destination) return object;
    uploads = {void_unfinished(source), void_unfinished(destination)};
    old = move_object(source, destination);
    return *find_locked(destination);
  }
  if (!is_directory_locked(source)) throw sdk::path_not_found();
  if (source == destination) return std::nullopt;
  if (destination.starts_with(below(source)))
    throw sdk::Error(BERTH_STATUS_IO, "a directory cannot be moved below itself").os_errno(EINVAL);
  if (find_locked(destination)) throw is_a_file(destination);
  check_place_locked(destination, conditions);
  void_writers_below(source);
  void_writers_below(destination);
  uploads = take_uploads_below(destination);
  uploads.push_back(void_unfinished(destination));
  move_directory(source, destination);
  return std::nullopt;
}

Object Tree::move_object(std::string_view source, std::string_view destination) {
  const Object object = objects_.find(source)->second;
  Object old = replace(destination, {object.content, object.attributes}, object.mtime_ns);
  order_.erase(order_.find(source));
  objects_.erase(objects_.find(source));
  return old;
}

// Unfinished uploads below the directory move with it.
void Tree::move_directory(std::string_view source, std::string_view destination) {
  const auto moved = [&](std::string_view path) {
    return std::string(destination).append(path.substr(source.size()));
  };
  std::vector<std::string> paths;
  const auto last = order_.lower_bound(after_all(source));
  for (auto next = order_.lower_bound(below(source)); next != last; ++next)
    paths.emplace_back(*next);
  for (const std::string& path : paths) move_object(path, moved(path));
  while (true) {
    const auto upload = uploads_.lower_bound(below(source));
    if (upload == uploads_.end() || !upload->first.starts_with(below(source))) return;
    auto node = uploads_.extract(upload);
    node.key() = moved(node.key());
    uploads_.insert(std::move(node));
  }
}

Object Tree::copy(std::string_view source, std::string_view destination,
                  std::string_view source_if_match, const Conditions& conditions) {
  Object old;
  Upload upload;
  const std::unique_lock lock(lock_);
  const Object& object = source_locked(source, source_if_match);
  check_place_locked(destination, conditions);
  if (source == destination) return object;
  const Upload content{object.content, object.attributes};
  upload = void_unfinished(destination);
  old = replace(destination, content, now_ns());
  return *find_locked(destination);
}

void Tree::remove_object(std::string_view path, std::string_view if_match) {
  Object removed;
  Upload upload;
  const std::unique_lock lock(lock_);
  if (!if_match.empty()) source_locked(path, if_match);
  upload = take_upload(path);
  const bool writing = void_writers(path, false) != 0;
  const auto found = objects_.find(path);
  if (found == objects_.end()) {
    if (!upload.content && !writing) throw sdk::path_not_found();
    return;
  }
  removed = std::move(found->second);
  order_.erase(order_.find(path));
  objects_.erase(found);
}

void Tree::remove(std::string_view path) {
  std::vector<Object> removed;
  std::vector<Upload> uploads;
  const std::unique_lock lock(lock_);
  const auto drop = [&](std::string_view key) {
    const auto found = objects_.find(key);
    removed.push_back(std::move(found->second));
    objects_.erase(found);
  };
  if (const auto exact = order_.find(path); exact != order_.end()) {
    const std::string_view key = *exact;
    order_.erase(exact);
    drop(key);
  }
  const auto last = order_.lower_bound(after_all(path));
  for (auto next = order_.lower_bound(below(path)); next != last;) {
    const std::string_view key = *next;
    next = order_.erase(next);
    drop(key);
  }
  uploads = take_uploads_below(path);
  if (Upload upload = take_upload(path); upload.content) uploads.push_back(std::move(upload));
  const bool writing = void_writers(path, false) + void_writers_below(path) != 0;
  if (removed.empty() && uploads.empty() && !writing) throw sdk::path_not_found();
}

// ---- Writers and unfinished uploads

std::size_t Tree::void_writers(std::string_view path, bool appending_only) {
  std::size_t count = 0;
  const auto [first, last] = writers_.equal_range(path);
  for (auto next = first; next != last; ++next)
    if (!appending_only || next->second->append)
      count += next->second->voided.exchange(true) ? 0 : 1;
  return count;
}

std::size_t Tree::void_writers_below(std::string_view path) {
  std::size_t count = 0;
  const auto last = writers_.lower_bound(after_all(path));
  for (auto next = writers_.lower_bound(below(path)); next != last; ++next)
    count += next->second->voided.exchange(true) ? 0 : 1;
  return count;
}

Upload Tree::take_upload(std::string_view path) {
  const auto found = uploads_.find(path);
  if (found == uploads_.end()) return {};
  Upload upload = std::move(found->second);
  uploads_.erase(found);
  return upload;
}

std::vector<Upload> Tree::take_uploads_below(std::string_view path) {
  std::vector<Upload> uploads;
  const auto first = uploads_.lower_bound(below(path));
  const auto last = uploads_.lower_bound(after_all(path));
  for (auto next = first; next != last; ++next) uploads.push_back(std::move(next->second));
  uploads_.erase(first, last);
  return uploads;
}

Upload Tree::void_unfinished(std::string_view path) {
  void_writers(path, false);
  return take_upload(path);
}

OpenedWriter Tree::open_writer(std::string_view path, bool append, const Conditions& conditions) {
  OpenedWriter opened{{}, std::make_shared<Ticket>(append)};
  Upload upload;
  const std::unique_lock lock(lock_);
  check_place_locked(path, conditions);
  if (append) {
    const auto kept = uploads_.find(path);
    const Object* object = find_locked(path);
    if (kept == uploads_.end() && !object) throw sdk::path_not_found();
    opened.base =
        kept != uploads_.end() ? kept->second : Upload{object->content, object->attributes};
  } else {
    upload = take_upload(path);
  }
  writers_.emplace(path, opened.ticket);
  return opened;
}

// If two create_only writers commit, the second one reports that the object exists, not that it was
// voided.
Object Tree::publish(std::string_view path, Upload content, const Conditions& conditions,
                     const TicketPtr& ticket) {
  Object old;
  Upload upload;
  const std::unique_lock lock(lock_);
  check_place_locked(path, conditions);
  if (ticket->voided) throw voided();
  void_writers(path, ticket->append);
  upload = take_upload(path);
  old = replace(path, std::move(content), now_ns());
  return *find_locked(path);
}

// Voids another append that continues the same upload, because it would lose the bytes saved here.
void Tree::save_upload(std::string_view path, Upload content, const TicketPtr& ticket) {
  Upload old;
  const std::unique_lock lock(lock_);
  if (ticket->voided) throw voided();
  void_writers(path, true);
  old = std::exchange(uploads_[std::string(path)], std::move(content));
}

void Tree::discard(std::string_view path, const TicketPtr& ticket) {
  Upload upload;
  const std::unique_lock lock(lock_);
  if (!ticket->append || ticket->voided) return;
  upload = take_upload(path);
  if (upload.content) void_writers(path, true);
}

void Tree::close_writer(std::string_view path, const TicketPtr& ticket) noexcept {
  const std::unique_lock lock(lock_);
  const auto [first, last] = writers_.equal_range(path);
  const auto own = std::find_if(first, last, [&](const auto& w) { return w.second == ticket; });
  if (own != last) writers_.erase(own);
}

// ---- Listing

void Tree::objects(std::string_view prefix, std::string_view from, std::size_t limit,
                   std::vector<Item>& out) const {
  const std::shared_lock lock(lock_);
  for (auto next = order_.lower_bound(from);
       next != order_.end() && next->starts_with(prefix) && out.size() < limit; ++next)
    out.push_back(item(*next, *find_locked(*next)));
}

void Tree::children(std::string_view prefix, std::string_view from, std::size_t limit,
                    std::vector<Item>& out) const {
  const std::shared_lock lock(lock_);
  auto next = order_.lower_bound(from);
  while (next != order_.end() && next->starts_with(prefix) && out.size() < limit) {
    const std::size_t slash = next->find('/', prefix.size());
    if (slash == next->npos) {
      out.push_back(item(*next, *find_locked(*next)));
      ++next;
      continue;
    }
    const std::string_view directory = next->substr(0, slash);
    out.push_back({std::string(directory), 0, 0, {}, true});
    next = order_.lower_bound(after_all(directory));
  }
}

}  // namespace berth::inmemory
