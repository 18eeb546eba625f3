// SPDX-License-Identifier: Apache-2.0
//
// Conditions of writes and removals, and what a write reports.
#include <doctest/doctest.h>

#include <string>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

sdk::WriteOptions only_over(std::string_view etag) {
  sdk::WriteOptions options;
  options.if_match = etag;
  return options;
}

sdk::RemoveOptions only_version(std::string_view etag) {
  sdk::RemoveOptions options;
  options.if_match = etag;
  return options;
}

// A service that loses the answer to the first put. Then the blob has the mark of that put, or
// another one.
ScriptedServer::Handler loses_first_answer(bool has_mark_of_it) {
  return [has_mark_of_it, mark = std::string()](const SeenRequest& request) mutable {
    if (request.method == "HEAD")
      return head_answer(1).header("x-ms-meta-berthmark", has_mark_of_it ? mark : "another");
    if (!mark.empty()) return error_answer(412, "ConditionNotMet");
    mark = request.header("x-ms-meta-berthmark");
    return Answer::hang_up();
  };
}

}  // namespace

TEST_CASE("a put with if_match is one request with that condition") {
  ScriptedStore store({Answer(201).header("ETag", "\"new\"")});
  put(*store.driver, "/a", "x", only_over("\"old\""));
  CHECK(store.log() == Lines{"PUT /acct/cont/a"});
  CHECK(store.server.requests().at(0).header("If-Match") == "\"old\"");

  ScriptedStore refused({error_answer(412, "ConditionNotMet")});
  CHECK(status_of([&] { put(*refused.driver, "/a", "x", only_over("\"old\"")); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("a conditional put whose answer was lost is recognised by its mark, not by its content") {
  ScriptedStore own(loses_first_answer(true));
  put(*own.driver, "/a", "x", only_over("\"old\""));
  CHECK(own.server.count() == 3);
  ScriptedStore foreign(loses_first_answer(false));
  CHECK(status_of([&] { put(*foreign.driver, "/a", "x", only_over("\"old\"")); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("a writer with if_match fails at once when the blob has another version") {
  ScriptedStore store({head_answer(1)});
  CHECK(status_of([&] { writer(*store.driver, "/a", only_over("\"old\"")); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
  ScriptedStore absent({missing()});
  CHECK(status_of([&] { writer(*absent.driver, "/a", only_over("\"old\"")); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(store.server.count() == 1);
}

TEST_CASE("a removal with if_match deletes that version only") {
  ScriptedStore store({Answer(202)});
  store.driver->remove("/a", only_version("\"e\""), FakeCall());
  CHECK(store.log() == Lines{"DELETE /acct/cont/a"});
  CHECK(store.server.requests().at(0).header("If-Match") == "\"e\"");

  ScriptedStore replaced({error_answer(412, "ConditionNotMet"), head_answer(1)});
  CHECK(status_of([&] { replaced.driver->remove("/a", only_version("\"old\""), FakeCall()); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);

  ScriptedStore absent({error_answer(404, "BlobNotFound"), missing()});
  CHECK(status_of([&] { absent.driver->remove("/a", only_version("\"e\""), FakeCall()); }) ==
        BERTH_STATUS_PATH_NOT_FOUND);

  ScriptedStore lost({Answer::hang_up(), error_answer(404, "BlobNotFound"), missing()});
  lost.driver->remove("/a", only_version("\"e\""), FakeCall());
  CHECK(lost.server.count() == 3);
}

TEST_CASE("a copy of another version than the one wanted sends nothing") {
  ScriptedStore store({head_answer(1)});
  sdk::CopyOptions options;
  options.source_if_match = "\"old\"";
  CHECK(status_of([&] { store.driver->copy("/a", "/b", options, FakeCall()); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(store.log() == Lines{"HEAD /acct/cont/a"});
}

TEST_CASE("a name that is no identifier is stored in hexadecimal digits, and read back") {
  ScriptedStore store({Answer(201), head_answer(1)
                                        .header("x-ms-meta-berth_name_612d62", "x")
                                        .header("x-ms-meta-owner", "=?utf-8?b?R3LDvMOfZQ==?=")
                                        .header("Cache-Control", "no-cache")});
  sdk::WriteOptions options;
  const FakeAttributes attributes{{"a-b", "x"}, {"owner", "Grüße"}, {"cache-control", "no-cache"}};
  options.attributes = attributes;
  put(*store.driver, "/a", "x", options);
  const SeenRequest put = store.server.requests().at(0);
  CHECK(put.header("x-ms-meta-berth_name_612d62") == "x");
  CHECK(put.header("x-ms-meta-owner") == "=?utf-8?b?R3LDvMOfZQ==?=");
  CHECK(put.header("x-ms-blob-cache-control") == "no-cache");
  std::string seen;
  for (const sdk::Attribute& each : stat(*store.driver, "/a").attributes)
    seen += each.name + '=' + each.value + ';';
  CHECK(seen == "cache-control=no-cache;a-b=x;owner=Grüße;");
}
