// SPDX-License-Identifier: Apache-2.0
//
// URLs that need no further credentials. Options::fetch sends the requests: the suite links no HTTP
// library.
#include "tests.hpp"

namespace berth::conformance {
namespace {

std::string url_or_skip(Context& t, const std::string& path, const std::string& method) {
  if (!t.caps().url) skip("the store does not declare BERTH_CAP_URL");
  const auto url = t.store().url_for(path, {.method = method});
  if (!url && method == "GET")
    fail("url_for(" + path + "): the store declares BERTH_CAP_URL, but returned no URL for GET");
  if (!url) skip("the store returns no URL for " + method);
  return *url;
}

FetchReply fetch_or_skip(Context& t, const std::string& method, const std::string& url,
                         const std::string& body = {}) {
  if (!t.options().fetch)
    skip("no HTTP client: Options::fetch is empty (berth check needs the program curl)");
  return t.options().fetch(method, url, body);
}

void expect_status(const std::string& what, const FetchReply& reply, int lowest, int highest) {
  expect(reply.status >= lowest && reply.status <= highest,
         what + ": expected HTTP " + std::to_string(lowest) + " to " + std::to_string(highest) +
             ", got HTTP " + std::to_string(reply.status));
}

void none_without_the_capability(Context& t) {
  if (t.caps().url) skip("the store declares BERTH_CAP_URL");
  t.put("object");
  expect(!t.store().url_for(t.path("object")).has_value(),
         "url_for: the store does not declare BERTH_CAP_URL, but returned a URL");
}

void form(Context& t) {
  t.put("object");
  const std::string url = url_or_skip(t, t.path("object"), "GET");
  expect(url.starts_with("http://") || url.starts_with("https://"),
         "url_for: expected a URL that begins with http:// or https://, got one that begins with " +
             shown(std::string_view(url).substr(0, 16)));
  expect(url_or_skip(t, t.path("missing"), "GET") != url, "url_for: two paths have the same URL");
}

void get(Context& t) {
  for (const char* name : {"object", "a b+c%20&<x>?#.txt", "\xc3\xa9\xf0\x9f\x9a\xa2"}) {
    const std::string content = t.random().bytes(32);
    const std::string path = t.put(name, content);
    const FetchReply reply = fetch_or_skip(t, "GET", url_or_skip(t, path, "GET"));
    expect_status("GET of the URL of " + path, reply, 200, 200);
    expect_bytes("GET of the URL of " + path, content, reply.body);
  }
}

void head(Context& t) {
  const std::string path = t.put("object", t.random().bytes(32));
  const FetchReply reply = fetch_or_skip(t, "HEAD", url_or_skip(t, path, "HEAD"));
  expect_status("HEAD of the URL", reply, 200, 200);
  const auto length = reply.headers.find("content-length");
  expect(length != reply.headers.end() && length->second == "32",
         "HEAD of the URL: expected the header Content-Length: 32");
}

void put(Context& t) {
  const std::string content = t.random().bytes(1000);
  const std::string path = t.path("object");
  const FetchReply reply = fetch_or_skip(t, "PUT", url_or_skip(t, path, "PUT"), content);
  expect_status("PUT to the URL", reply, 200, 299);
  t.expect_content(path, content);
}

void missing(Context& t) {
  const FetchReply reply = fetch_or_skip(t, "GET", url_or_skip(t, t.path("missing"), "GET"));
  expect_status("GET of the URL of a missing object", reply, 400, 499);
}

constexpr Test tests[] = {
    {"url/none", "BERTH_CAP_URL", "A store without BERTH_CAP_URL returns no URL.",
     none_without_the_capability},
    {"url/form", "url_for", "A URL is an HTTP address, and the object need not exist.", form},
    {"url/get", "url_for", "GET of the URL returns the content.", get},
    {"url/head", "url_for", "HEAD of the URL returns the length.", head},
    {"url/put", "url_for", "PUT to the URL stores the object.", put},
    {"url/missing", "url_for", "GET of the URL of a missing object is an HTTP 4xx status.",
     missing},
};

}  // namespace

std::span<const Test> url_tests() {
  return tests;
}

}  // namespace berth::conformance
