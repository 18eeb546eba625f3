// SPDX-License-Identifier: Apache-2.0
//
// The answer to a successful write was lost, and the second attempt fails because the object exists
// or the upload is unknown. The writer has to recognise its own object, also where encryption keys
// make ETags that are no digests.
#include <doctest/doctest.h>

#include <set>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

constexpr const char* mark = "x-amz-meta-berth-mark";

Given keys(const std::string& kind) {
  if (kind == "key service") return {{"keyid", "key-1"}};
  if (kind == "customer") return {{"customerkey", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="}};
  return {};
}

Given with_small_parts(Given given) {
  given.merge(small_parts());
  return given;
}

// The object after a completion whose answer was lost.
berth_status upload(bool ours, const Answer& refusal, const Given& given,
                    const sdk::WriteOptions& options) {
  ForgetfulService lost(mark, ours, refusal);
  UploadService service;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "POST" && contains(request.target, "?uploads")) lost.remember(request);
    if (request.method == "POST" && contains(request.target, "?uploadId"))
      return lost.write(request);
    if (request.method != "HEAD") return std::nullopt;
    return lost.writes() == 0 ? not_found() : lost.head(6 * mib, "\"?-2\"");
  };
  ScriptedStore store(service.handler(), with_small_parts(given));
  return status_of([&] { write_parts(*store.driver, std::string(6 * mib, 'x'), options); });
}

}  // namespace

TEST_CASE("a create-only put recognises its own object, with any kind of key") {
  const std::string digest = '"' + common::hex(common::md5("x")) + '"';
  for (const char* kind : {"none", "key service", "customer"})
    for (const bool ours : {true, false}) {
      CAPTURE(kind);
      CAPTURE(ours);
      ForgetfulService lost(mark, ours, error_answer(412, "PreconditionFailed"));
      ScriptedStore store(
          [&](const SeenRequest& request) {
            return request.method == "HEAD" ? lost.head(1, digest) : lost.write(request);
          },
          keys(kind));
      CHECK(status_of([&] { put(*store.driver, "/k", "x", create_only()); }) ==
            (ours ? BERTH_STATUS_OK : BERTH_STATUS_ALREADY_EXISTS));
      CHECK(store.server.count() == 3);
    }
}

TEST_CASE("a create-only upload recognises its own object, whatever the second answer says") {
  for (const auto& refusal :
       {error_answer(412, "PreconditionFailed"), error_answer(404, "NoSuchUpload")}) {
    CHECK(upload(true, refusal, {}, create_only()) == BERTH_STATUS_OK);
    CHECK(
        upload(false, refusal, {}, create_only()) ==
        (refusal.status() == 412 ? BERTH_STATUS_ALREADY_EXISTS : BERTH_STATUS_PRECONDITION_FAILED));
  }
}

TEST_CASE(
    "an upload with encryption keys recognises its own object, although the ETag is no digest") {
  for (const char* kind : {"key service", "customer"})
    for (const bool ours : {true, false})
      CHECK(upload(ours, error_answer(404, "NoSuchUpload"), keys(kind), {}) ==
            (ours ? BERTH_STATUS_OK : BERTH_STATUS_PRECONDITION_FAILED));
}

TEST_CASE("a refusal of the first attempt sends no further request") {
  ScriptedStore store({error_answer(412, "PreconditionFailed")});
  CHECK(status_of([&] { put(*store.driver, "/k", "x", create_only()); }) ==
        BERTH_STATUS_ALREADY_EXISTS);
  CHECK(store.server.count() == 1);
}

TEST_CASE("each write has a mark of its own") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  put(*store.driver, "/k", "x");
  put(*store.driver, "/k", "x");
  write_parts(*store.driver, std::string(6 * mib, 'x'));
  std::set<std::string> marks;
  for (const SeenRequest& request : store.server.requests())
    if (request.has(mark)) marks.insert(request.header(mark));
  CHECK(marks.size() == 3);
}

TEST_CASE("the error of a refused creation has the service's code and request id") {
  const Answer refusal = error_answer(412, "PreconditionFailed").header("x-amz-request-id", "id-1");
  for (const bool by_parts : {false, true}) {
    UploadService service;
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method == "HEAD") return not_found();
      const bool creates = by_parts
                               ? request.method == "POST" && !contains(request.target, "?uploads")
                               : request.method == "PUT";
      return creates ? std::optional(refusal) : std::nullopt;
    };
    ScriptedStore store(service.handler(), small_parts());
    const std::string bytes(by_parts ? 11 * mib : 1, 'x');
    const auto create = [&] {
      if (by_parts)
        write_parts(*store.driver, bytes, create_only());
      else
        put(*store.driver, "/k", bytes, create_only());
    };
    try {
      create();
      FAIL("no error");
    } catch (const sdk::Error& error) {
      CHECK(error.status() == BERTH_STATUS_ALREADY_EXISTS);
      CHECK(error.code() == "PreconditionFailed");
      CHECK(error.request_id() == "id-1");
    }
  }
}
