// SPDX-License-Identifier: Apache-2.0
//
// Which ETags are the MD5 of the content.
#include "cli/etag_md5.hpp"

#include <string>

#include <doctest/doctest.h>

namespace {

using berth::cli::md5_of_etag;

const std::string md5 = "900150983cd24fb0d6963f7d28e17f72";
const std::string md5_of_nothing = "d41d8cd98f00b204e9800998ecf8427e";

}  // namespace

TEST_CASE("the ETag of an object in one piece is its MD5") {
  CHECK(md5_of_etag("s3", md5, 3) == md5);
  CHECK(md5_of_etag("oss", "900150983CD24FB0D6963F7D28E17F72", 3) == md5);
  CHECK(md5_of_etag("swift", '"' + md5 + '"', 3) == md5);
}

TEST_CASE("the ETag of a multipart object is not an MD5") {
  CHECK(md5_of_etag("s3", md5 + "-2", 3).empty());
}

TEST_CASE("other services have ETags that may look like an MD5") {
  CHECK(md5_of_etag("azure", md5, 3).empty());
  CHECK(md5_of_etag("filesystem", md5, 3).empty());
}

TEST_CASE("a weak or missing ETag is not an MD5") {
  CHECK(md5_of_etag("s3", "W/\"" + md5 + '"', 3).empty());
  CHECK(md5_of_etag("s3", "", 3).empty());
}

TEST_CASE("the MD5 of no bytes is not that of an object with bytes") {
  CHECK(md5_of_etag("swift", md5_of_nothing, 0) == md5_of_nothing);
  CHECK(md5_of_etag("swift", md5_of_nothing, 3).empty());
}
