// SPDX-License-Identifier: Apache-2.0
//
// The bucket was deleted while the store is open: every operation reports that, and not a missing
// object or an empty listing.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

using Use = std::function<void(sdk::Driver&)>;

// The answer to HEAD has no body, so it does not say what is missing.
Answer gone(const SeenRequest& request) {
  if (request.method == "HEAD") return not_found();
  return error_answer(404, "NoSuchBucket");
}

// The same for a service that sends no error code.
Answer gone_without_code(const SeenRequest& request) {
  return request.method == "HEAD" ? not_found() : Answer(404, "<html>Not Found</html>");
}

void check_says_so(const ScriptedServer::Handler& service, const Use& use) {
  ScriptedStore store(service, {{"maxretries", "0"}});
  CHECK(status_of([&] { use(*store.driver); }) == BERTH_STATUS_UNKNOWN);
  CHECK(contains(message_of([&] { use(*store.driver); }), "the bucket does not exist"));
}

const Use uses[] = {
    [](sdk::Driver& driver) { stat(driver, "/k"); },
    [](sdk::Driver& driver) { list(driver, "/"); },
    [](sdk::Driver& driver) { list(driver, "/d"); },
    [](sdk::Driver& driver) { walk(driver, "/"); },
    [](sdk::Driver& driver) { put(driver, "/k", "x"); },
    [](sdk::Driver& driver) { move(driver, "/k", "/l"); },
    [](sdk::Driver& driver) { remove(driver, "/k"); },
    [](sdk::Driver& driver) { appender(driver, "/k"); },
};

}  // namespace

TEST_CASE("every operation on a deleted bucket says that the bucket does not exist") {
  for (const Use& use : uses) check_says_so(&gone, use);
  check_says_so(&gone, [](sdk::Driver& driver) { get(driver, "/k"); });
}

TEST_CASE("an answer without an error code is understood too") {
  for (const Use& use : uses) check_says_so(&gone_without_code, use);
}

TEST_CASE("a missing object in a bucket that exists is path-not-found") {
  ScriptedStore store([](const SeenRequest& request) {
    if (contains(request.target, "?uploads")) return no_uploads();
    if (contains(request.target, "list-type=2")) return list_answer("");
    return request.method == "HEAD" ? not_found() : error_answer(404, "NoSuchKey");
  });
  CHECK(status_of([&] { stat(*store.driver, "/k"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { get(*store.driver, "/k"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { move(*store.driver, "/k", "/l"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}
