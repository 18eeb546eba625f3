// SPDX-License-Identifier: Apache-2.0
#include "common/etag.hpp"

#include <doctest/doctest.h>

#include "common/crypto.hpp"

using namespace berth;

TEST_CASE("a bare ETag has no quotes and no upper case") {
  CHECK(common::bare_etag("\"AbC-2\"") == "abc-2");
}

TEST_CASE("an object of parts has the digest of their digests, however they are written") {
  const std::string wanted = common::hex(common::md5(common::md5("a") + common::md5("b"))) + "-2";
  CHECK(common::joined_etag({'"' + common::hex(common::md5("a")) + '"',
                             "92EB5FFEE6AE2FEC3AD71C777531578F"}) == wanted);
}

TEST_CASE("parts whose ETags are no digests say nothing of their object's") {
  CHECK(common::joined_etag({"\"kms-1\""}).empty());
}
