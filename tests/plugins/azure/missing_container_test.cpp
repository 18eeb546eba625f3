// SPDX-License-Identifier: Apache-2.0
//
// The container was deleted while the store is open: every operation says so.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

using Use = std::function<void(sdk::Driver&)>;

const Use uses[] = {
    [](sdk::Driver& driver) { get(driver, "/k"); },
    [](sdk::Driver& driver) { stat(driver, "/k"); },
    [](sdk::Driver& driver) { list(driver, "/"); },
    [](sdk::Driver& driver) { walk(driver, "/d"); },
    [](sdk::Driver& driver) { put(driver, "/k", "x"); },
    [](sdk::Driver& driver) { move(driver, "/k", "/l"); },
    [](sdk::Driver& driver) { remove(driver, "/k"); },
    [](sdk::Driver& driver) { appender(driver, "/k"); },
};

Answer gone(const SeenRequest& request) {
  if (request.method != "HEAD") return error_answer(404, "ContainerNotFound");
  return Answer(404).no_body().header("x-ms-error-code", "ContainerNotFound");
}

}  // namespace

TEST_CASE("every operation on a deleted container says that it does not exist") {
  for (const Use& use : uses) {
    ScriptedStore store(&gone);
    CHECK(status_of([&] { use(*store.driver); }) == BERTH_STATUS_UNKNOWN);
    CHECK(contains(message_of([&] { use(*store.driver); }), "the container does not exist"));
  }
}

TEST_CASE("a listing or a write that is answered with a bare 404 means the container") {
  for (const Use& use : {uses[2], uses[3], uses[4]}) {
    ScriptedStore store([](const SeenRequest&) { return Answer(404); });
    CHECK(contains(message_of([&] { use(*store.driver); }), "the container does not exist"));
  }
}

TEST_CASE("a container that was there is not created again when it is gone") {
  bool there = true;
  ScriptedStore store(
      [&](const SeenRequest& request) { return there ? list_answer(listed("k")) : gone(request); },
      {{"createcontainer", "true"}});
  CHECK(list(*store.driver, "/").size() == 1);
  there = false;
  CHECK(status_of([&] { list(*store.driver, "/"); }) == BERTH_STATUS_UNKNOWN);
  for (const std::string& line : store.log()) CHECK(line.find("PUT") == std::string::npos);
}
