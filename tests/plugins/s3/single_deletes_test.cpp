// SPDX-License-Identifier: Apache-2.0
//
// Services without DeleteObjects (Google Cloud Storage, older gateways): one DELETE for each key.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// Two keys below "d"; a deletion of many is refused with `refusal`, `one` answers a single one.
struct Service {
  Answer refusal;
  std::function<Answer(const SeenRequest&)> one = [](const SeenRequest&) { return Answer(204); };
  std::atomic<int> many{0}, singles{0};

  Answer operator()(const SeenRequest& request) {
    if (contains(request.target, "?uploads")) return no_uploads();
    if (request.method == "POST") return ++many, refusal;
    if (request.method == "DELETE") return ++singles, one(request);
    return list_answer("<Contents><Key>d/1</Key></Contents><Contents><Key>d/2</Key></Contents>");
  }
};

ScriptedServer::Handler handler(Service& service) {
  return [&service](const SeenRequest& request) { return service(request); };
}

}  // namespace

TEST_CASE("a service that cannot delete many keys gets single deletions after the first attempt") {
  for (const Answer& refusal :
       {error_answer(501, "NotImplemented"), error_answer(405, "MethodNotAllowed"),
        error_answer(400, "NotImplemented"), error_answer(400, "InvalidArgument"), Answer(501)}) {
    Service service{refusal};
    ScriptedStore store(handler(service));
    remove(*store.driver, "/d");
    remove(*store.driver, "/d");
    CHECK(service.many == 1);
    CHECK(service.singles == 4);
  }
}

TEST_CASE("the error of single deletions names the refused key, and the others are deleted") {
  Service service{error_answer(501, "NotImplemented"), [](const SeenRequest& request) {
                    return contains(request.target, "d/1") ? error_answer(403, "AccessDenied")
                                                           : Answer(204);
                  }};
  ScriptedStore store(handler(service));
  try {
    remove(*store.driver, "/d");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_PERMISSION_DENIED);
    CHECK(error.code() == "AccessDenied");
    CHECK(contains(error.message(), "cannot delete 'd/1'"));
  }
  CHECK(service.singles == 2);
}

TEST_CASE("a missing key counts as deleted, a missing bucket does not") {
  Service gone{error_answer(501, "NotImplemented"),
               [](const SeenRequest&) { return error_answer(404, "NoSuchKey"); }};
  ScriptedStore store(handler(gone));
  CHECK_NOTHROW(remove(*store.driver, "/d"));
  Service no_bucket{error_answer(501, "NotImplemented"),
                    [](const SeenRequest&) { return error_answer(404, "NoSuchBucket"); }};
  ScriptedStore other(handler(no_bucket));
  CHECK(contains(message_of([&] { remove(*other.driver, "/d"); }), "and 1 more"));
}

TEST_CASE("after a refusal for lack of permission there are no single deletions") {
  for (const Answer& refusal :
       {error_answer(403, "AccessDenied"), error_answer(400, "ExpiredToken")}) {
    Service service{refusal};
    ScriptedStore store(handler(service), {{"maxretries", "0"}});
    CHECK(status_of([&] { remove(*store.driver, "/d"); }) != BERTH_STATUS_OK);
    CHECK(service.singles == 0);
  }
}
