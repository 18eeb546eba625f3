// SPDX-License-Identifier: Apache-2.0
//
// The XML documents of S3 and OSS, read and written.
#include "bucket/documents.hpp"

#include <doctest/doctest.h>

using namespace berth;

namespace {

common::Page read_keys(const std::string& text) {
  return bucket::read_keys(common::Xml(text, "test"));
}
bucket::PartPage read_parts(const std::string& text, const char* checksum_element) {
  return bucket::read_parts(common::Xml(text, "test"), checksum_element);
}
bucket::UploadPage read_uploads(const std::string& text) {
  return bucket::read_uploads(common::Xml(text, "test"));
}
bucket::Deletion read_deletion(const std::string& text) {
  return bucket::read_deletion(common::Xml(text, "test"));
}

}  // namespace

TEST_CASE("a listing is read with encoded names and exact times") {
  const auto page = read_keys(
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
      read_keys("<ListBucketResult><Contents><Key>a+b</Key></Contents></ListBucketResult>");
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0].key == "a+b");
  CHECK_FALSE(page.entries[0].mtime_ns);
  CHECK_FALSE(page.more);
}

TEST_CASE("keys in a deletion are escaped, control characters too") {
  const std::string text = bucket::delete_document({"a&b<c>", "tab\tx"}, "", true);
  CHECK(text.find("<Key>a&amp;b&lt;c&gt;</Key>") != std::string::npos);
  CHECK(text.find("<Key>tab&#9;x</Key>") != std::string::npos);
  CHECK(text.find("<Quiet>true</Quiet>") != std::string::npos);
}

TEST_CASE("a completion repeats number, ETag and checksum of each part") {
  const std::string text =
      bucket::complete_document({{1, "\"x\" AAA=", 5}, {2, "\"y\"", 5}}, "", "ChecksumCRC32C");
  CHECK(text.find("<Part><PartNumber>1</PartNumber><ETag>&quot;x&quot;</ETag>"
                  "<ChecksumCRC32C>AAA=</ChecksumCRC32C></Part>") != std::string::npos);
  CHECK(text.find("<Part><PartNumber>2</PartNumber><ETag>&quot;y&quot;</ETag></Part>") !=
        std::string::npos);
}

TEST_CASE("a page of parts or uploads without a marker is continued after its last element") {
  const auto parts = read_parts(
      "<R><IsTruncated>true</IsTruncated><Part><PartNumber>7</PartNumber><Size>5</Size></Part></R>",
      nullptr);
  CHECK(parts.more);
  CHECK(parts.marker == "7");
  const auto uploads = read_uploads(
      "<R><IsTruncated>true</IsTruncated><Upload><Key>k</Key><UploadId>u</UploadId></Upload></R>");
  CHECK(uploads.key_marker == "k");
  CHECK(uploads.id_marker == "u");
}

TEST_CASE("a document has the service's name space, if it has one") {
  CHECK(bucket::delete_document({}, "http://x/", false) ==
        "<Delete xmlns=\"http://x/\"><Quiet>false</Quiet></Delete>");
  CHECK(bucket::delete_document({}, "", false) == "<Delete><Quiet>false</Quiet></Delete>");
}

TEST_CASE("the answer to a deletion lists the deleted keys and the failures") {
  const bucket::Deletion deletion = read_deletion(
      "<R><EncodingType>url</EncodingType><Deleted><Key>a%2Bb</Key></Deleted>"
      "<Error><Key>c%20d</Key><Code>AccessDenied</Code><Message>no</Message></Error></R>");
  CHECK(deletion.deleted == std::vector<std::string>{"a+b"});
  REQUIRE(deletion.failures.size() == 1);
  CHECK(deletion.failures[0].key == "c d");
  CHECK(deletion.failures[0].code == "AccessDenied");
}

TEST_CASE("a size or a date that a listing lacks is unknown, not 0") {
  const auto page = read_keys(
      "<ListBucketResult><Contents><Key>a</Key></Contents><Contents><Key>b</Key><Size></Size>"
      "<LastModified>soon</LastModified></Contents></ListBucketResult>");
  for (const common::KeyEntry& entry : page.entries) {
    CHECK_FALSE(entry.size);
    CHECK_FALSE(entry.mtime_ns);
  }
}

TEST_CASE("a part without number or size, and an upload without an id, are errors") {
  for (const char* part : {"<Part><Size>5</Size></Part>", "<Part><PartNumber>1</PartNumber></Part>",
                           "<Part><PartNumber>1</PartNumber><Size>-5</Size></Part>"})
    CHECK_THROWS_AS(static_cast<void>(read_parts("<R>" + std::string(part) + "</R>", nullptr)),
                    sdk::Error);
  CHECK_THROWS_AS(static_cast<void>(read_uploads("<R><Upload><Key>k</Key></Upload></R>")),
                  sdk::Error);
  CHECK_THROWS_AS(static_cast<void>(read_uploads("<R><Upload><UploadId>u</UploadId></Upload></R>")),
                  sdk::Error);
}

TEST_CASE("a marker means that there are more entries, unless the service says otherwise") {
  const auto more = [](const std::string& flag) {
    return read_keys("<ListBucketResult>" + flag + "<NextMarker>a</NextMarker></ListBucketResult>")
        .more;
  };
  CHECK(more(""));
  CHECK(more("<IsTruncated>true</IsTruncated>"));
  CHECK_FALSE(more("<IsTruncated>false</IsTruncated>"));
}
