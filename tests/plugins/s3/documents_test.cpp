// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include <doctest/doctest.h>

#include "service_error.hpp"
#include "support/driver_calls.hpp"

using namespace berth;

TEST_CASE("a listing is read with encoded names and exact times") {
  const auto page = s3::read_keys(
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>t+/=</NextContinuationToken>"
      "<Contents><Key>a%2Bb+c%2520</Key><Size>12</Size><ETag>&quot;e&quot;</ETag>"
      "<LastModified>2009-10-12T17:50:30.123Z</LastModified></Contents>"
      "<CommonPrefixes><Prefix>d%26/</Prefix></CommonPrefixes></ListBucketResult>");
  REQUIRE(page.entries.size() == 2);
  CHECK(page.entries[0].key == "a+b c%20");
  CHECK(page.entries[0].size == 12);
  CHECK(page.entries[0].etag == "\"e\"");
  CHECK(page.entries[0].mtime_ns == 1255369830123000000);
  CHECK(page.entries[1].key == "d&/");
  CHECK(page.entries[1].is_prefix);
  CHECK(page.more);
  CHECK(page.token == "t+/=");
}

TEST_CASE("a listing without encoding, counts and flags is whole") {
  const auto page =
      s3::read_keys("<ListBucketResult><Contents><Key>a+b</Key></Contents></ListBucketResult>");
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0].key == "a+b");
  CHECK_FALSE(page.entries[0].mtime_ns);
  CHECK_FALSE(page.more);
}

TEST_CASE("keys in a deletion are escaped, control characters too") {
  const std::string text = s3::delete_document({"a&b<c>", "tab\tx"});
  CHECK(text.find("<Key>a&amp;b&lt;c&gt;</Key>") != std::string::npos);
  CHECK(text.find("<Key>tab&#9;x</Key>") != std::string::npos);
  CHECK(text.find("<Quiet>true</Quiet>") != std::string::npos);
}

TEST_CASE("a completion repeats number, ETag and checksum of each part") {
  const std::string text =
      s3::complete_document({{1, "\"x\"", 5, "AAA="}, {2, "\"y\"", 5, ""}}, "ChecksumCRC32C");
  CHECK(text.find("<Part><PartNumber>1</PartNumber><ETag>&quot;x&quot;</ETag>"
                  "<ChecksumCRC32C>AAA=</ChecksumCRC32C></Part>") != std::string::npos);
  CHECK(text.find("<Part><PartNumber>2</PartNumber><ETag>&quot;y&quot;</ETag></Part>") !=
        std::string::npos);
}

TEST_CASE("pages of parts and uploads without markers go on behind their last element") {
  const auto parts = s3::read_parts(
      "<R><IsTruncated>true</IsTruncated><Part><PartNumber>7</PartNumber><Size>5</Size></Part></R>",
      nullptr);
  CHECK(parts.more);
  CHECK(parts.marker == "7");
  const auto uploads = s3::read_uploads(
      "<R><IsTruncated>true</IsTruncated><Upload><Key>k</Key><UploadId>u</UploadId></Upload></R>");
  CHECK(uploads.key_marker == "k");
  CHECK(uploads.id_marker == "u");
}

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
  CHECK(status(404, "<Error><Code>NoSuchKey</Code></Error>") == BERTH_PATH_NOT_FOUND);
  CHECK(status(404, "") == BERTH_PATH_NOT_FOUND);
  CHECK(status(404, "<Error><Code>NoSuchBucket</Code></Error>") == BERTH_UNKNOWN);
  CHECK(status(403, "") == BERTH_PERMISSION_DENIED);
  CHECK(status(403, "<Error><Code>AccessDenied</Code></Error>") == BERTH_PERMISSION_DENIED);
  CHECK(status(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>") == BERTH_UNAUTHENTICATED);
  CHECK(status(500, "") == BERTH_UNAVAILABLE);
  CHECK(status(503, "<Error><Code>SlowDown</Code></Error>") == BERTH_RATE_LIMITED);
  CHECK(status(501, "<Error><Code>NotImplemented</Code></Error>") == BERTH_UNSUPPORTED_METHOD);
}

TEST_CASE("an error carries code, request id and a sentence, also without a message") {
  http::Response response = answer(403, "<Error><Code>AccessDenied</Code><Message/></Error>");
  response.headers.add("x-amz-request-id", "tx01");
  const sdk::Error error = s3::error_from(response, "read 'k'");
  CHECK(error.message() == "cannot read 'k': access denied");
  CHECK(error.code() == "AccessDenied");
  CHECK(error.request_id() == "tx01");
  CHECK(error.protocol_status() == 403);
}

TEST_CASE("a proxy's page instead of an error document leaves the status to tell") {
  const sdk::Error error = s3::error_from(answer(502, "<html><p>Bad gateway"), "read 'k'");
  CHECK(error.status() == BERTH_UNAVAILABLE);
  CHECK(error.retryable());
  CHECK(error.message() == "cannot read 'k': the service answered 502");
}
