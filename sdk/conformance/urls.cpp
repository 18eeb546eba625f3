// SPDX-License-Identifier: Apache-2.0
//
// URLs that need no further credentials. Fetching is the caller's: the suite links no HTTP library.
#include "tests.hpp"

namespace berth::conformance {
namespace {

std::string url_or_skip(Context& t, const std::string& path, const std::string& method) {
  if (!t.caps().url) skip("the store has no URLs (url)");
  const auto url = t.store().url_for(path, {.method = method});
  if (!url && method == "GET")
    fail("url_for(" + path + "): the store promises URLs, yet there is none for GET");
  if (!url) skip("the store has no URL for " + method);
  return *url;
}

FetchReply fetch_or_skip(Context& t, const std::string& method, const std::string& url,
                         const std::string& body = {}) {
  if (!t.options().fetch)
    skip(
        "nothing to fetch URLs with: Options::fetch is empty (berth check needs the program curl)");
  return t.options().fetch(method, url, body);
}

void expect_status(const std::string& what, const FetchReply& reply, int lowest, int highest) {
  expect(reply.status >= lowest && reply.status <= highest,
         what + ": expected status " + std::to_string(lowest) + " to " + std::to_string(highest) +
             ", saw " + std::to_string(reply.status));
}

void none_without_the_promise(Context& t) {
  if (t.caps().url) skip("the store has URLs (url)");
  t.put("object");
  expect(!t.store().url_for(t.path("object")).has_value(),
         "url_for: the store does not promise URLs, yet gives one");
}

void form(Context& t) {
  t.put("object");
  const std::string url = url_or_skip(t, t.path("object"), "GET");
  expect(url.starts_with("http://") || url.starts_with("https://"),
         "url_for: expected an HTTP address, saw one that begins with " +
             shown(std::string_view(url).substr(0, 16)));
  expect(url_or_skip(t, t.path("missing"), "GET") != url, "url_for: the object need not exist");
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
         "HEAD of the URL: expected content-length 32");
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
    {"url/none", "Without the promise there is no URL.", none_without_the_promise},
    {"url/form", "A URL is an HTTP address; the object need not exist.", form},
    {"url/get", "GET of the URL gives the content.", get},
    {"url/head", "HEAD of the URL gives the length.", head},
    {"url/put", "PUT to the URL makes the object.", put},
    {"url/missing", "The URL of a missing object is refused by the service.", missing},
};

}  // namespace

std::span<const Test> url_tests() {
  return tests;
}

}  // namespace berth::conformance
