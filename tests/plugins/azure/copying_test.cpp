// SPDX-License-Identifier: Apache-2.0
//
// Copies that the service refuses, takes its time for, or gives up.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

Answer copying(const std::string& status, int code = 202) {
  return Answer(code).header("x-ms-copy-id", "c1").header("x-ms-copy-status", status);
}
Answer looked_at(const std::string& status, const std::string& id = "c1") {
  return head_answer(1).header("x-ms-copy-id", id).header("x-ms-copy-status", status);
}
bool deletes(const ScriptedStore& store) {
  for (const std::string& line : store.log())
    if (line.compare(0, 6, "DELETE") == 0) return true;
  return false;
}

// A call that a thread of the server gives up.
class GivenUp {
 public:
  GivenUp() {
    raw_.struct_size = sizeof raw_;
    raw_.deadline_ns = INT64_MAX;
    raw_.cancel_fd = -1;
    raw_.host_data = this;
    raw_.cancelled = [](const berth_call* call) noexcept -> int32_t {
      return static_cast<GivenUp*>(call->host_data)->over_ ? 1 : 0;
    };
  }
  void give_up() noexcept { over_ = true; }
  sdk::Call call() const noexcept { return sdk::Call(&raw_); }

 private:
  std::atomic<bool> over_{false};
  berth_call raw_{};
};

}  // namespace

TEST_CASE(
    "a pending copy is looked at until it is done, and the source goes "
    "only then") {
  ScriptedStore store({head_answer(1), copying("pending"), looked_at("pending"),
                       looked_at("pending"), looked_at("success"), head_answer(1), Answer(202)});
  move(*store.driver, "/a", "/b");
  CHECK(store.log() == Lines{"HEAD /acct/cont/a", "PUT /acct/cont/b", "HEAD /acct/cont/b",
                             "HEAD /acct/cont/b", "HEAD /acct/cont/b", "HEAD /acct/cont/b",
                             "DELETE /acct/cont/a"});
  const SeenRequest copy = store.server.requests().at(1);
  CHECK(copy.header("x-ms-copy-source") == store.server.url() + "/acct/cont/a");
  CHECK(copy.header("x-ms-source-if-match") == "\"e\"");
}

TEST_CASE(
    "a copy that fails on the way is an error that says why, and the "
    "source stays") {
  ScriptedStore store(
      {head_answer(1), copying("pending"),
       looked_at("failed").header("x-ms-copy-status-description", "500 InternalServerError")});
  CHECK(message_of([&] { move(*store.driver, "/a", "/b"); }) ==
        "cannot copy to 'b': the service ended it as 'failed' (500 "
        "InternalServerError)");
  CHECK_FALSE(deletes(store));
}

TEST_CASE(
    "a source that cannot be verified is no missing path, and the code "
    "is kept") {
  ScriptedStore store({head_answer(1), error_answer(409, "CannotVerifyCopySource")});
  try {
    move(*store.driver, "/a", "/b");
    FAIL("nothing was thrown");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNKNOWN);
    CHECK(error.code() == "CannotVerifyCopySource");
    CHECK(error.protocol_status() == 409);
    CHECK(error.message() == "cannot copy to 'b': Because.");
  }
  CHECK_FALSE(deletes(store));
}

TEST_CASE("a missing source is path-not-found and the destination untouched") {
  ScriptedStore store({missing()});
  CHECK(status_of([&] { move(*store.driver, "/a", "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(store.server.count() == 1);
}

TEST_CASE("a copy that others replace meanwhile is an error, and the source stays") {
  ScriptedStore store({head_answer(1), copying("pending"), looked_at("success", "c2")});
  CHECK(message_of([&] { move(*store.driver, "/a", "/b"); }) ==
        "cannot copy to 'b': another writer has replaced or removed the "
        "destination");
  CHECK_FALSE(deletes(store));
}

TEST_CASE(
    "a copy still pending when the caller gives up is aborted, and the "
    "source stays") {
  GivenUp call;
  ScriptedStore store([&call](const SeenRequest& request) {
    if (contains(request.target, "comp=copy")) return Answer(204);
    if (request.method == "PUT") return copying("pending");
    if (request.target == "/acct/cont/a") return head_answer(1);
    call.give_up();
    return looked_at("pending");
  });
  CHECK(status_of([&] { store.driver->move("/a", "/b", {}, call.call()); }) ==
        BERTH_STATUS_CANCELLED);
  CHECK(store.log().back() == "PUT /acct/cont/b?comp=copy&copyid=c1");
  CHECK(store.server.requests().back().header("x-ms-copy-action") == "abort");
  CHECK_FALSE(deletes(store));
}

TEST_CASE(
    "a pending copy is looked at once more before the deadline, however long the pauses are") {
  ScriptedStore store({head_answer(1), copying("pending"), looked_at("success"), Answer(202)},
                      {{"retry_delay", "60000"}});
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  (void)status_of([&] { store.driver->copy("/a", "/b", {}, call); });
  CHECK(store.log().at(2) == "HEAD /acct/cont/b");
}

TEST_CASE(
    "with max_retries -1 a copy that is not immediate fails and moves "
    "nothing") {
  ScriptedStore store({head_answer(1), copying("pending"), Answer(204)}, {{"max_retries", "-1"}});
  CHECK(message_of([&] { move(*store.driver, "/a", "/b"); }) ==
        "cannot copy to 'b': it is not immediate, and max_retries is -1");
  CHECK_FALSE(deletes(store));
}

TEST_CASE("a copy whose answer was lost is taken over where it goes on") {
  std::string url;
  ScriptedStore store([&url](const SeenRequest& request) {
    if (request.method == "DELETE") return Answer(202);
    if (request.target == "/acct/cont/a") return head_answer(1);
    if (request.method == "HEAD") return looked_at("success").header("x-ms-copy-source", url);
    return request.connection == 1 ? Answer::hang_up() : error_answer(409, "PendingCopyOperation");
  });
  url = store.server.url() + "/acct/cont/a";
  move(*store.driver, "/a", "/b");
  CHECK(store.log().back() == "DELETE /acct/cont/a");
}

TEST_CASE("a blob of another type in the way of a copy is deleted, that version only") {
  ScriptedStore store({head_answer(1), error_answer(409, "InvalidBlobType"),
                       head_answer(3, "AppendBlob", "\"v\""), Answer(202), copying("success"),
                       head_answer(1), Answer(202)});
  move(*store.driver, "/a", "/b");
  CHECK(store.log() == Lines{"HEAD /acct/cont/a", "PUT /acct/cont/b", "HEAD /acct/cont/b",
                             "DELETE /acct/cont/b", "PUT /acct/cont/b", "HEAD /acct/cont/b",
                             "DELETE /acct/cont/a"});
  CHECK(store.server.requests().at(3).header("If-Match") == "\"v\"");
}

TEST_CASE("a source that vanishes before it is copied is path-not-found") {
  ScriptedStore store({head_answer(1), error_answer(404, "BlobNotFound")});
  CHECK(status_of([&] { move(*store.driver, "/a", "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK_FALSE(deletes(store));
}

TEST_CASE("a move fails when another writer replaced its source, and the newer blob stays") {
  ScriptedStore store({head_answer(1), copying("success"), head_answer(1),
                       error_answer(412, "ConditionNotMet"), head_answer(1)});
  CHECK(status_of([&] { move(*store.driver, "/a", "/b"); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(store.server.requests().at(3).header("If-Match") == "\"e\"");
  CHECK(store.server.count() == 5);

  ScriptedStore leased(
      {head_answer(1), copying("success"), head_answer(1), error_answer(412, "LeaseIdMissing")});
  CHECK(status_of([&] { move(*leased.driver, "/a", "/b"); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("a move ends well if its source is gone or was written again with the same content") {
  const auto source = [](const std::string& etag, const std::string& md5, const std::string& type) {
    return head_answer(1, "BlockBlob", etag)
        .header("Content-MD5", md5)
        .header("Content-Type", type);
  };
  const auto script = [&](const Answer& again) {
    return std::vector<Answer>{source("\"e\"", "m1", "text/plain"),
                               copying("success"),
                               head_answer(1),
                               error_answer(412, "ConditionNotMet"),
                               again,
                               Answer(202)};
  };
  ScriptedStore store(script(source("\"f\"", "m1", "text/plain")));
  move(*store.driver, "/a", "/b");
  CHECK(store.server.requests().at(5).method == "DELETE");
  CHECK(store.server.requests().at(5).header("If-Match") == "\"f\"");

  ScriptedStore gone(script(missing()));
  move(*gone.driver, "/a", "/b");
  CHECK(gone.server.count() == 5);

  for (const Answer& other :
       {source("\"f\"", "m2", "text/plain"), source("\"f\"", "m1", "text/html")}) {
    ScriptedStore changed(script(other));
    CHECK(status_of([&] { move(*changed.driver, "/a", "/b"); }) ==
          BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(changed.server.count() == 5);
  }
}

TEST_CASE("a move whose copy is too short fails, and the source stays") {
  ScriptedStore store({head_answer(5), copying("success"), head_answer(0)});
  CHECK(status_of([&] { move(*store.driver, "/a", "/b"); }) == BERTH_STATUS_CORRUPT);
  CHECK_FALSE(deletes(store));
}

TEST_CASE("another program's copy onto the destination is waited for") {
  ScriptedStore store({head_answer(1), error_answer(409, "PendingCopyOperation"),
                       error_answer(503, "ServerBusy").header("Retry-After", "0"),
                       copying("success"), head_answer(1), Answer(202)});
  move(*store.driver, "/a", "/b");
  CHECK(store.log().back() == "DELETE /acct/cont/a");
}

TEST_CASE("another program's copy without an end is told as such, and the source stays") {
  ScriptedStore store(
      [](const SeenRequest& request) {
        if (request.method == "PUT") return error_answer(409, "PendingCopyOperation");
        return looked_at("pending", "c9").header("x-ms-copy-source", "http://elsewhere/x");
      },
      {{"max_retries", "1"}});
  try {
    move(*store.driver, "/a", "/b");
    FAIL("nothing was thrown");
  } catch (const sdk::Error& error) {
    CHECK(error.message() == "cannot copy to 'b': a copy onto it is under way");
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
    CHECK(error.code() == "PendingCopyOperation");
  }
  CHECK_FALSE(deletes(store));
}

TEST_CASE("with a SAS the source of a copy carries it") {
  ScriptedStore store({head_answer(1), copying("success")},
                      {{"accountkey", ""}, {"sastoken", "sv=1&sig=x"}});
  store.driver->copy("/a", "/b", {}, FakeCall());
  CHECK(store.server.requests().at(1).header("x-ms-copy-source") ==
        store.server.url() + "/acct/cont/a?sv=1&sig=x");
}
