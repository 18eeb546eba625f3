// SPDX-License-Identifier: Apache-2.0
#include "common/xml.hpp"

#include <doctest/doctest.h>

#include <berth/driver.hpp>

using namespace berth::common;

namespace {
berth::sdk::Error error_of(std::string_view body) {
  try {
    const Xml xml(body, "the list of keys");
  } catch (const berth::sdk::Error& error) {
    return error;
  }
  return berth::sdk::Error(BERTH_STATUS_OK);
}
}  // namespace

TEST_CASE("entities are decoded and absent elements are empty") {
  const Xml xml("<?xml version=\"1.0\"?><R xmlns=\"http://x/\"><K>a &amp; &lt;b&gt; &#252;</K></R>",
                "x");
  CHECK(xml_text(xml.root(), "K") == "a & <b> \xC3\xBC");
  CHECK(xml_text(xml.root(), "Missing").empty());
  CHECK_FALSE(xml_number(xml.root(), "Missing"));
  CHECK_FALSE(xml_true(xml.root(), "IsTruncated"));
}

TEST_CASE("white space and a byte order mark in front are skipped") {
  const Xml xml("\n \xEF\xBB\xBF<R><N>12</N><T>true</T></R>", "x");
  CHECK(xml_number(xml.root(), "N") == 12);
  CHECK(xml_true(xml.root(), "T"));
}

TEST_CASE("a name of one space is kept") {
  const Xml xml("<R><K> </K></R>", "x");
  CHECK(xml_text(xml.root(), "K") == " ");
}

TEST_CASE("a document that ends too early is a failure that may be retried") {
  const berth::sdk::Error error = error_of("<R><Contents><Key>a</Key></Cont");
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.retryable());
  CHECK(error.message().find("the request for the list of keys") != std::string::npos);
}

TEST_CASE("an empty document is a failure and says so") {
  CHECK(error_of(" \n").message() == "the answer to the request for the list of keys is empty");
}

TEST_CASE("what XML cannot express is known") {
  CHECK(fits_xml("a\t\n\r<&\xC3\xA9\x7F"));
  CHECK_FALSE(fits_xml("a\x01"));
  CHECK_FALSE(fits_xml("\xEF\xBF\xBF"));
}

TEST_CASE("text is escaped for elements, control characters too") {
  CHECK(xml_escape("a&b<c>\"\r\x01") == "a&amp;b&lt;c&gt;&quot;&#13;&#1;");
}

TEST_CASE("a word that is neither true nor false is an error") {
  const Xml xml("<R><A>1</A><B>FALSE</B><C>maybe</C><D/></R>", "x");
  CHECK(xml_true(xml.root(), "A"));
  CHECK_FALSE(xml_true(xml.root(), "B"));
  CHECK_FALSE(xml_true(xml.root(), "D"));
  CHECK_THROWS_AS((void)xml_true(xml.root(), "C"), berth::sdk::Error);
}

TEST_CASE("a number that is required is an error where it is absent") {
  const Xml xml("<R><A>7</A><B>x</B></R>", "x");
  CHECK(xml_required_number(xml.root(), "A", "an entry") == 7);
  for (const char* name : {"B", "C"})
    CHECK_THROWS_AS((void)xml_required_number(xml.root(), name, "an entry"), berth::sdk::Error);
}
