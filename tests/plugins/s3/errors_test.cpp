// SPDX-License-Identifier: Apache-2.0
//
// From the service's answers to errors.
#include "errors.hpp"

#include <doctest/doctest.h>

#include "support/driver_calls.hpp"

using namespace berth;

namespace {
http::Response answer(int status, std::string body = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}
}  // namespace

TEST_CASE("only a missing key is path-not-found") {
  const auto status = [](int http, std::string body) {
    return s3::error_from(answer(http, std::move(body)), "read 'k'").status();
  };
  CHECK(status(404, "<Error><Code>NoSuchKey</Code></Error>") == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status(404, "") == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status(404, "<Error><Code>NoSuchBucket</Code></Error>") == BERTH_STATUS_UNKNOWN);
  CHECK(status(403, "") == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status(403, "<Error><Code>AccessDenied</Code></Error>") == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>") ==
        BERTH_STATUS_UNAUTHENTICATED);
  CHECK(status(500, "") == BERTH_STATUS_UNAVAILABLE);
  CHECK(status(503, "<Error><Code>SlowDown</Code></Error>") == BERTH_STATUS_RATE_LIMITED);
  CHECK(status(501, "<Error><Code>NotImplemented</Code></Error>") ==
        BERTH_STATUS_UNSUPPORTED_METHOD);
}

TEST_CASE("an error has code, request id and a message, even if the service sent no message") {
  http::Response response = answer(403, "<Error><Code>AccessDenied</Code><Message/></Error>");
  response.headers.add("x-amz-request-id", "tx01");
  const sdk::Error error = s3::error_from(response, "read 'k'");
  CHECK(error.message() == "cannot read 'k': access denied");
  CHECK(error.code() == "AccessDenied");
  CHECK(error.request_id() == "tx01");
  CHECK(error.protocol_status() == 403);
}

TEST_CASE("with a proxy's page instead of an error document, the status decides") {
  const sdk::Error error = s3::error_from(answer(502, "<html><p>Bad gateway"), "read 'k'");
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.retryable());
  CHECK(error.message() == "cannot read 'k': the service answered 502");
}
