// SPDX-License-Identifier: Apache-2.0
#include "common/place.hpp"

#include <doctest/doctest.h>

using namespace berth;
using berth::common::host_identity;
using berth::common::place_lines;

namespace {

std::string identity(const char* url) {
  return host_identity(http::Url::parse(url, "endpoint"));
}

}  // namespace

TEST_CASE("the spellings of one host have one identity") {
  for (const char* url : {"https://s3.example", "https://S3.Example:443/", "https://s3.example."})
    CHECK(identity(url) == "s3.example:443");
  CHECK(identity("http://localhost:9000") == identity("http://127.0.0.1:9000"));
}

TEST_CASE("another port or another path is another service") {
  CHECK(identity("http://h") == "h:80");
  CHECK(identity("http://h:8080/gateway/") == "h:8080/gateway");
}

TEST_CASE("each component of the prefix is a container") {
  CHECK(place_lines("s3://h:80/b", "") == "s3://h:80/b\t\n");
  for (const char* prefix : {"reg/2026", "/reg/2026/"})
    CHECK(place_lines("s3://h:80/b", prefix) ==
          "s3://h:80/b\t\ns3://h:80/b/reg\treg\ns3://h:80/b/reg/2026\t2026\n");
}

TEST_CASE("control characters do not break the lines") {
  CHECK(place_lines("s3://h:80/b", "a\n\tb") == "s3://h:80/b\t\ns3://h:80/b/a%0A%09b\ta%0A%09b\n");
}
