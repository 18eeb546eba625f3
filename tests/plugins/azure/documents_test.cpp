// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include <doctest/doctest.h>

#include "block_ids.hpp"

using namespace berth;

TEST_CASE("names come out of entities and of the service's own encoding") {
  const auto page = azure::read_blobs(
      "\xEF\xBB\xBF<?xml version=\"1.0\" "
      "encoding=\"utf-8\"?><EnumerationResults><Blobs>"
      "<Blob><Name>a&amp;b&lt;c&gt;&quot;&apos;%20</Name></Blob>"
      "<Blob><Name Encoded=\"true\">x%EF%BF%BEy%2520</Name></Blob>"
      "<BlobPrefix><Name>d&amp;/</Name></BlobPrefix></Blobs><NextMarker>m</"
      "NextMarker>"
      "</EnumerationResults>");
  REQUIRE(page.blobs.size() == 3);
  CHECK(page.blobs[0].entry.key == "a&b<c>\"'%20");
  CHECK(page.blobs[1].entry.key == "x\xEF\xBF\xBEy%20");
  CHECK(page.blobs[2].entry.key == "d&/");
  CHECK(page.blobs[2].entry.is_prefix);
  CHECK(page.marker == "m");
}

TEST_CASE("a blob's size, time and ETag are told, and all of them may be absent") {
  const auto page = azure::read_blobs(
      "<R><Blobs><Blob><Name>a</"
      "Name><Properties><Content-Length>7</Content-Length>"
      "<Last-Modified>Sun, 06 Nov 1994 08:49:37 "
      "GMT</Last-Modified><Etag>0x1</Etag></Properties>"
      "</Blob><Blob><Name>b</Name></Blob></Blobs></R>");
  CHECK(page.blobs.at(0).entry.size == 7);
  CHECK(page.blobs.at(0).entry.mtime_ns == 784111777'000'000'000);
  CHECK(page.blobs.at(0).entry.etag == "\"0x1\"");
  CHECK_FALSE(page.blobs.at(1).entry.size);
  CHECK_FALSE(page.blobs.at(1).entry.mtime_ns);
  CHECK(page.marker.empty());
}

TEST_CASE(
    "folders of a hierarchical namespace are known by their type and by "
    "the older mark") {
  const auto page = azure::read_blobs(
      "<R><Blobs><Blob><Name>a</Name><Properties><ResourceType>directory</"
      "ResourceType>"
      "</Properties></Blob><Blob><Name>b</Name><Metadata><hdi_isfolder>true</"
      "hdi_isfolder>"
      "</Metadata></Blob><Blob><Name>c</Name><Properties><ResourceType>file</"
      "ResourceType>"
      "</Properties></Blob></Blobs></R>");
  CHECK(page.blobs.at(0).folder);
  CHECK(page.blobs.at(1).folder);
  CHECK_FALSE(page.blobs.at(2).folder);
}

TEST_CASE("block names tell upload, version and number, and are equally long") {
  auto name = azure::UploadName::make(azure::UploadKind::append, "\"0x8DB\"",
                                      std::chrono::system_clock::now());
  const std::string first = name.block(1), last = name.block(50'000);
  CHECK(first.size() == last.size());
  const auto parsed = azure::parse_block_id(last);
  REQUIRE(parsed);
  CHECK(parsed->number == 50'000);
  CHECK(parsed->upload.is_same(name));
  CHECK(parsed->upload.base == azure::base_of("\"0x8DB\""));
  CHECK(parsed->upload.kind == azure::UploadKind::append);
  name.id_size = 48;
  CHECK(name.block(1).size() == 64);
  CHECK(azure::parse_block_id(name.block(1))->upload.id_size == 48);
}

TEST_CASE("names of other programs' blocks are not taken for ours") {
  CHECK_FALSE(azure::parse_block_id("AAAAAA=="));
  CHECK_FALSE(azure::parse_block_id("not base64"));
  // The registry of 2015: 29 digits.
  CHECK_FALSE(azure::parse_block_id("MDAwMDAwMDAwMDEyMzQ1Njc4OTAxMjM0NTY3ODk="));
}
