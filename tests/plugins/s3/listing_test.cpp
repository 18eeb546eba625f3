// SPDX-License-Identifier: Apache-2.0
//
// Listing and removing, with services that omit elements, repeat pages or truncate answers.
#include <doctest/doctest.h>

#include <atomic>
#include <set>

#include "common/crypto.hpp"
#include "common/uri.hpp"
#include "common/xml.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

std::string key_element(const std::string& key) {
  return "<Contents><Key>" + key + "</Key><Size>1</Size></Contents>";
}

std::string parameter(const SeenRequest& request, const std::string& name) {
  const std::size_t at = request.target.find(name + '=');
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size() + 1;
  return common::percent_decode(
      request.target.substr(start, request.target.find('&', start) - start));
}

}  // namespace

namespace {

// A page of keys, of a service without tokens and optional elements.
Answer page_behind_marker(const std::set<std::string>& keys, const SeenRequest& request) {
  std::string content;
  int count = 0;
  auto at = keys.upper_bound(parameter(request, "marker"));
  for (; at != keys.end() && count < 1000; ++at, ++count)
    content += key_element(common::xml_escape(*at));
  if (at != keys.end()) content += "<IsTruncated>true</IsTruncated>";
  return list_answer(content);
}

Answer not_deleted(const std::string& code) {
  return Answer(
      200, "<DeleteResult><Error><Key>d/2</Key><Code>" + code + "</Code></Error></DeleteResult>");
}

}  // namespace

TEST_CASE(
    "a service that knows only version 1 of the listing is read to its end, in few requests") {
  std::set<std::string> keys;
  for (int i = 1000; i < 3500; ++i) keys.insert("k" + std::to_string(i));
  for (const bool flat : {false, true}) {
    ScriptedStore store(
        [&keys](const SeenRequest& request) { return page_behind_marker(keys, request); });
    const auto seen = flat ? walk(*store.driver, "/") : list(*store.driver, "/");
    CHECK(seen.size() == 2500);
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 2500);
    CHECK(store.server.count() == 3);
    const std::string target = store.server.requests().at(0).target;
    CHECK(contains(target, "delimiter") == !flat);
    CHECK_FALSE(contains(target, "start-after"));
  }
}

TEST_CASE("an empty bucket has a root, which is empty") {
  for (const char* root : {"", "r"}) {
    ScriptedStore store([](const SeenRequest&) { return list_answer(""); },
                        {{"rootdirectory", root}});
    CHECK(list(*store.driver, "/").empty());
    CHECK(walk(*store.driver, "/").empty());
    CHECK(stat(*store.driver, "/").directory);
  }
}

TEST_CASE("encoded names and tokens of small pages are decoded once") {
  const auto page = [](const std::string& key, const std::string& more) {
    return list_answer("<EncodingType>url</EncodingType>" + key_element(key) + more);
  };
  ScriptedStore store({page("a%20%28b%29",
                            "<IsTruncated>true</IsTruncated><NextContinuationToken>t%2541"
                            "</NextContinuationToken>"),
                       page("d%2Fx%2520y", "")});
  CHECK(walk(*store.driver, "/") == Lines{"/a (b)", "/d/", "/d/x%20y"});
  CHECK(parameter(store.server.requests().at(1), "continuation-token") == "t%2541");
}

TEST_CASE("thousands of keys are deleted in batches of a thousand, each with its digest") {
  std::set<std::string> keys;
  for (int i = 1000; i < 3500; ++i) keys.insert("d/&" + std::to_string(i));
  std::atomic<std::size_t> deleted{0};
  ScriptedStore store([&](const SeenRequest& request) {
    if (contains(request.target, "?uploads=")) return no_uploads();
    if (request.method == "GET") return page_behind_marker(keys, request);
    if (request.header("Content-MD5") != common::base64(common::md5(request.body)))
      return error_answer(400, "InvalidDigest");
    std::size_t count = 0;
    for (std::size_t at = 0; (at = request.body.find("<Key>d/&amp;", at)) != std::string::npos;
         ++at)
      ++count;
    deleted += count;
    return count > 1000 ? error_answer(400, "MalformedXML") : Answer(200, "<DeleteResult/>");
  });
  remove(*store.driver, "/d");
  CHECK(deleted == 2500);
}

TEST_CASE("a page that does not advance is an error") {
  ScriptedStore store([](const SeenRequest&) {
    return list_answer(key_element("a") + "<IsTruncated>true</IsTruncated>");
  });
  CHECK(status_of([&] { list(*store.driver, "/"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(store.server.count() == 2);
}

TEST_CASE("continuation tokens are sent back unchanged, encoded once") {
  ScriptedStore store({list_answer(key_element("a") + "<IsTruncated>true</IsTruncated>"
                                                      "<NextContinuationToken>x+/= %2B"
                                                      "</NextContinuationToken>"),
                       list_answer(key_element("b"))});
  CHECK(list(*store.driver, "/") == Lines{"/a", "/b"});
  CHECK(store.server.requests().at(1).target.find("continuation-token=x%2B%2F%3D%20%252B") !=
        std::string::npos);
}

TEST_CASE("start-after is sent only when there is one, and once the service's order is known") {
  ScriptedStore store(
      [](const SeenRequest& request) {
        if (!parameter(request, "max-keys").empty()) return list_answer("");
        if (contains(request.target, "continuation-token")) return list_answer(key_element("r/b"));
        return list_answer(key_element("r/a") + "<NextContinuationToken>t</NextContinuationToken>");
      },
      {{"rootdirectory", "r"}});
  list(*store.driver, "/");
  CHECK(store.server.requests().at(0).target ==
        "/b?list-type=2&encoding-type=url&prefix=r%2F&delimiter=%2F");
  list(*store.driver, "/", "/0");
  CHECK(parameter(store.server.requests().at(3), "start-after") == "r/0");
}

TEST_CASE("a truncated listing is requested again, never taken for a complete one") {
  const std::string whole =
      "<ListBucketResult>" + key_element("a") + key_element("b") + "</ListBucketResult>";
  ScriptedStore store({Answer(200, whole.substr(0, 80)).until_close(), Answer(200, whole)});
  CHECK(list(*store.driver, "/") == Lines{"/a", "/b"});
  CHECK(store.server.count() == 2);
}

TEST_CASE("remove sends batches with a digest, escaped, and only keys of the path") {
  ScriptedStore store({no_uploads(),
                       list_answer(key_element("d/a-x") + key_element("d/a/&amp;&lt;") +
                                   key_element("d/a/2") + key_element("d/ab")),
                       Answer(200, "<DeleteResult/>")});
  remove(*store.driver, "/d/a");
  const SeenRequest request = store.server.requests().at(2);
  CHECK(request.target == "/b?delete=");
  CHECK(request.body.find("<Key>d/a/&amp;&lt;</Key>") != std::string::npos);
  CHECK(request.body.find("a-x") == std::string::npos);
  CHECK(request.body.find("d/ab") == std::string::npos);
  CHECK(request.header("Content-MD5") == common::base64(common::md5(request.body)));
}

TEST_CASE("a key that XML cannot express is deleted by its own request") {
  ScriptedStore store({no_uploads(),
                       list_answer("<EncodingType>url</EncodingType>" + key_element("d%2F%01") +
                                   key_element("d%2F2") + key_element("d%2F3%0A")),
                       Answer(204), Answer(200, "<DeleteResult/>")});
  remove(*store.driver, "/d");
  CHECK(store.log().at(2) == "DELETE /b/d/%01");
  const std::string body = store.server.requests().at(3).body;
  CHECK(contains(body, "<Key>d/2</Key></Object><Object><Key>d/3&#10;</Key>"));
  CHECK_FALSE(contains(body, "&#1;"));
}

TEST_CASE("the error names a key that could not be deleted") {
  ScriptedStore store(
      {no_uploads(), list_answer(key_element("d/1") + key_element("d/2") + key_element("d/3")),
       Answer(200,
              "<DeleteResult><Error><Key>d/2</Key><Code>AccessDenied</Code><Message>no</Message>"
              "</Error><Error><Key>d/3</Key><Code>AccessDenied</Code></Error></DeleteResult>")});
  try {
    remove(*store.driver, "/d");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_PERMISSION_DENIED);
    CHECK(error.message() == "cannot delete 'd/2' and 1 more: no");
    CHECK(error.code() == "AccessDenied");
  }
}

TEST_CASE("keys that failed for a temporary reason are deleted by a second request") {
  for (const char* code : {"InternalError", "ServiceUnavailable", "SlowDown"}) {
    ScriptedStore store({no_uploads(), list_answer(key_element("d/1") + key_element("d/2")),
                         not_deleted(code), Answer(200, "<DeleteResult/>")});
    remove(*store.driver, "/d");
    CHECK(store.server.requests().at(3).body.find("d/1") == std::string::npos);
  }
}

TEST_CASE("keys that failed permanently are not deleted again, and the error is not retryable") {
  ScriptedStore store({no_uploads(), list_answer(key_element("d/1") + key_element("d/2")),
                       not_deleted("MalformedXML")});
  try {
    remove(*store.driver, "/d");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNKNOWN);
    CHECK_FALSE(error.retryable());
  }
}

TEST_CASE("remove of a path with nothing but unfinished uploads aborts them and succeeds") {
  ScriptedStore store(
      {Answer(200,
              "<ListMultipartUploadsResult><Upload><Key>a/x</Key><UploadId>u</UploadId>"
              "</Upload><Upload><Key>ab</Key><UploadId>v</UploadId></Upload>"
              "</ListMultipartUploadsResult>"),
       Answer(204), Answer(204), list_answer("")});
  remove(*store.driver, "/a");
  CHECK(store.log().at(1) == "DELETE /b/a/x?uploadId=u");
  CHECK(store.log().at(2) == "DELETE /b//a/x");
  CHECK(store.server.count() == 4);
}
