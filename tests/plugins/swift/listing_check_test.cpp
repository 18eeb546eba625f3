// SPDX-License-Identifier: Apache-2.0
//
// A service with one replica that answers 404 while an object is replaced.
#include "listing_check.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "scripted_store.hpp"

namespace berth::test {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Object "files/a" of five bytes that is not found `misses` times; listings show `names`.
class Replaced {
 public:
  explicit Replaced(int misses, std::string names = listed("files/a", 5))
      : misses_(misses),
        names_(std::move(names)),
        store([this](const SeenRequest& request) { return answer(request); }) {}

  size_t requests() const { return store.log().size(); }

 private:
  Answer answer(const SeenRequest& request) {
    if (holds(request.target, "format=json"))
      return Answer(200, holds(request.target, "marker=") ? "[]" : "[" + names_ + "]");
    if (request.method == "DELETE") return Answer(204);
    if (request.method == "PUT" && request.header("X-Copy-From").empty()) return Answer(201);
    if (holds(request.target, "/uploads/")) return not_found();
    if (holds(request.target, "/files/b") && request.method == "HEAD") return not_found();
    if (misses_-- > 0) return not_found();
    if (request.method == "PUT") return Answer(201).header("ETag", "e");
    if (request.method == "HEAD") return head_answer(5);
    return Answer(200, "hello").header("ETag", "e");
  }

  std::atomic<int> misses_;
  const std::string names_;

 public:
  ScriptedStore store;
};

}  // namespace

TEST_CASE("an object that is missed while it is replaced is found, since the listing shows it") {
  CHECK(stat(*Replaced(2).store.driver, "/a").size == 5);
  CHECK(get(*Replaced(2).store.driver, "/a") == "hello");
  CHECK(read(*Replaced(2).store.driver, "/a") == "hello");
}

TEST_CASE("a copy or a move finds a source that is being replaced") {
  Replaced copied(1);
  copied.store.driver->copy("/a", "/b", {}, FakeCall());
  Replaced moved(2);
  move(*moved.store.driver, "/a", "/b");
  CHECK(moved.store.log().back() == "DELETE /v1/AUTH_a/c/files/a");
}

TEST_CASE("a miss costs one look into the listing and no more") {
  Replaced gone(1'000, "");
  CHECK(status_of([&] { stat(*gone.store.driver, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(gone.requests() == 2);
  CHECK(status_of([&] { get(*gone.store.driver, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(gone.requests() == 4);
}

TEST_CASE("a directory is told by the look that a file's absence takes") {
  Replaced directory(1'000, listed("files/a/b", 1));
  CHECK(stat(*directory.store.driver, "/a").directory);
  CHECK(directory.requests() == 2);
}

TEST_CASE("what a lagging listing shows for ever is missing in the end") {
  Replaced removed(1'000);
  CHECK(status_of([&] { get(*removed.store.driver, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a put does not pay for a second look at what it replaces") {
  Replaced fresh(1'000, "");
  put(*fresh.store.driver, "/a", "x");
  CHECK(fresh.requests() == 2);
}

}  // namespace berth::test
