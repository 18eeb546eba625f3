// SPDX-License-Identifier: Apache-2.0
//
// The index of one store. Bytewise order of the objects' full paths is the walk order already: a
// directory's objects all begin with its name and "/".
#include "tree.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include <berth/driver.hpp>

namespace berth::inmemory {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Everything below path lies in [below(path), behind(path)).
std::string below(std::string_view path) {
  return path == "/" ? std::string("/") : std::string(path) + '/';
}
std::string behind(std::string_view path) {
  return std::string(path) + static_cast<char>('/' + 1);
}

sdk::Error is_a_directory(std::string_view path) {
  sdk::Error error(BERTH_IO, "there is a directory at '" + std::string(path) +
                                 "'; remove it first, or choose another name");
  return error.os_errno(EISDIR);
}

sdk::Error is_a_file(std::string_view ancestor) {
  sdk::Error error(BERTH_IO, "'" + std::string(ancestor) +
                                 "' is an object, so nothing can lie below it; remove it first, or "
                                 "choose another name");
  return error.os_errno(ENOTDIR);
}

Item item(std::string_view path, const Object& object) {
  return {std::string(path), object.content->size(), object.mtime_ns, false};
}

}  // namespace

// ---- Looking

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

void Tree::check_place_locked(std::string_view path, bool create_only) const {
  const Object* object = find_locked(path);
  if (object && create_only)
    throw sdk::Error(BERTH_ALREADY_EXISTS, "there is an object at '" + std::string(path) +
                                               "' already, and only a new one was asked for");
  if (object) return;  // its parents were checked when it came
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

void Tree::check_place(std::string_view path, bool create_only) const {
  const std::shared_lock lock(lock_);
  check_place_locked(path, create_only);
}

// ---- Changing. What is dropped is handed out and freed by the caller without the lock: giving
// back a gigabyte takes long.

Object Tree::replace(std::string_view path, Object object) {
  const auto found = objects_.find(path);
  if (found != objects_.end()) {
    object.mtime_ns = std::max(object.mtime_ns, found->second.mtime_ns + 1);
    return std::exchange(found->second, std::move(object));
  }
  const auto added = objects_.emplace(path, std::move(object)).first;
  order_.insert(added->first);
  return {};
}

void Tree::put(std::string_view path, ContentPtr content, bool create_only) {
  Object old;
  const std::unique_lock lock(lock_);
  check_place_locked(path, create_only);
  old = replace(path, {std::move(content), now_ns()});
}

void Tree::publish(std::string_view path, ContentPtr content, bool create_only) {
  Object old;
  ContentPtr upload;
  const std::unique_lock lock(lock_);
  check_place_locked(path, create_only);
  old = replace(path, {std::move(content), now_ns()});
  if (const auto found = uploads_.find(path); found != uploads_.end()) {
    upload = std::move(found->second);
    uploads_.erase(found);
  }
}

void Tree::move(std::string_view source, std::string_view destination) {
  Object old;
  const std::unique_lock lock(lock_);
  if (find_locked(source)) {
    if (source == destination) return;
    check_place_locked(destination, false);
    if (const Object* there = find_locked(destination)) old = *there;
    return move_object(source, destination);
  }
  if (!is_directory_locked(source)) throw sdk::path_not_found();
  if (source == destination) return;
  if (destination.starts_with(below(source)))
    throw sdk::Error(BERTH_IO, "a directory cannot be moved below itself").os_errno(EINVAL);
  if (find_locked(destination)) throw is_a_file(destination);
  check_place_locked(destination, false);
  move_directory(source, destination);
}

void Tree::move_object(std::string_view source, std::string_view destination) {
  const auto found = objects_.find(source);
  Object object = found->second;
  replace(destination, std::move(object));
  order_.erase(order_.find(source));
  objects_.erase(objects_.find(source));
}

void Tree::move_directory(std::string_view source, std::string_view destination) {
  std::vector<std::string> paths;
  const auto last = order_.lower_bound(behind(source));
  for (auto next = order_.lower_bound(below(source)); next != last; ++next)
    paths.emplace_back(*next);
  for (const std::string& path : paths)
    move_object(path, std::string(destination) + path.substr(source.size()));
}

void Tree::copy(std::string_view source, std::string_view destination) {
  Object old;
  const std::unique_lock lock(lock_);
  const Object* object = find_locked(source);
  if (!object) throw sdk::path_not_found();
  check_place_locked(destination, false);
  old = replace(destination, {object->content, now_ns()});
}

void Tree::remove(std::string_view path) {
  std::vector<Object> removed;
  std::vector<ContentPtr> uploads;
  const std::unique_lock lock(lock_);
  const auto drop = [&](std::string_view key) {
    const auto found = objects_.find(key);
    removed.push_back(std::move(found->second));
    objects_.erase(found);
  };
  const auto drop_uploads = [&](auto first, auto last) {
    for (auto next = first; next != last; ++next) uploads.push_back(std::move(next->second));
    uploads_.erase(first, last);
  };
  if (const auto exact = order_.find(path); exact != order_.end()) {
    const std::string_view key = *exact;
    order_.erase(exact);
    drop(key);
  }
  const auto last = order_.lower_bound(behind(path));
  for (auto next = order_.lower_bound(below(path)); next != last;) {
    const std::string_view key = *next;
    next = order_.erase(next);
    drop(key);
  }
  drop_uploads(uploads_.lower_bound(below(path)), uploads_.lower_bound(behind(path)));
  if (const auto exact = uploads_.find(path); exact != uploads_.end())
    drop_uploads(exact, std::next(exact));
  if (removed.empty() && uploads.empty()) throw sdk::path_not_found();
}

// ---- Unfinished uploads

ContentPtr Tree::upload(std::string_view path) const {
  const std::shared_lock lock(lock_);
  const auto found = uploads_.find(path);
  return found == uploads_.end() ? nullptr : found->second;
}

void Tree::keep_upload(std::string_view path, ContentPtr content) {
  const std::unique_lock lock(lock_);
  uploads_.insert_or_assign(std::string(path), std::move(content));
}

void Tree::drop_upload(std::string_view path) {
  ContentPtr upload;
  const std::unique_lock lock(lock_);
  if (const auto found = uploads_.find(path); found != uploads_.end()) {
    upload = std::move(found->second);
    uploads_.erase(found);
  }
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
    out.push_back({std::string(directory), 0, 0, true});
    next = order_.lower_bound(behind(directory));
  }
}

}  // namespace berth::inmemory
