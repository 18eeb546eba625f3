// SPDX-License-Identifier: Apache-2.0
//
// What readers see of a dynamic large object whose segments go because it is replaced: the old
// version, the new one, or that theirs is gone.
#include "reader.hpp"

#include <doctest/doctest.h>

#include "scripted_store.hpp"

namespace berth::test {
namespace {

constexpr const char* old_etag = "\"old\"";

Answer dynamic(const std::string& body, const std::string& etag, uint64_t whole, int status = 200) {
  return Answer(status, body)
      .header("ETag", etag)
      .header("X-Object-Manifest", "c/segments/x")
      .header("X-Object-Meta-Berth-Size", std::to_string(whole));
}

// Gives the answers one after the other to those who read; the last one again and again.
class Versions {
 public:
  explicit Versions(std::vector<Answer> answers, ScriptedStore::Given given = {})
      : answers_(std::move(answers)),
        store(
            [this](const SeenRequest&) {
              return answers_[std::min<size_t>(next_++, answers_.size() - 1)];
            },
            std::move(given)) {}

 private:
  const std::vector<Answer> answers_;
  std::atomic<size_t> next_{0};

 public:
  ScriptedStore store;
};

// Reads until the reader says that its version is gone.
void expect_cut_off(sdk::Driver& driver, const std::string& before) {
  const auto reader = driver.reader("/a", {}, FakeCall());
  std::string seen;
  const auto drain = [&] {
    for (char byte = 0; reader->read(&byte, 1, FakeCall()) != 0;) seen += byte;
  };
  CHECK(status_of(drain) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(seen == before);
}

}  // namespace

TEST_CASE("a reader that was sent to segments which are gone sees the new version") {
  Versions conflict({Answer(409), dynamic("new", "\"new\"", 3)});
  CHECK(read(*conflict.store.driver, "/a") == "new");
  Versions nothing_left({dynamic("", old_etag, 5), dynamic("new", "\"new\"", 3)});
  CHECK(get(*nothing_left.store.driver, "/a") == "new");
}

TEST_CASE("what the service shows in part for ever is an error, never a shorter object") {
  Versions short_one({dynamic("hel", old_etag, 5)}, {{"maxretries", "1"}});
  const auto getting = [&] { get(*short_one.store.driver, "/a"); };
  CHECK(message_of(getting) ==
        "the service does not list all segments of 'files/a' yet (after 2 attempts)");
  CHECK(status_of(getting) == BERTH_STATUS_UNAVAILABLE);
  CHECK(status_of([&] { read(*short_one.store.driver, "/a"); }) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("an object of so many segments that the service tells no size is read whole") {
  Versions unsized({Answer(200, "hello")
                        .chunked()
                        .header("ETag", old_etag)
                        .header("X-Object-Manifest", "c/segments/x")
                        .header("X-Object-Meta-Berth-Size", "5")});
  CHECK(get(*unsized.store.driver, "/a") == "hello");
  Versions of_registry({Answer(200, "hello")
                            .chunked()
                            .header("ETag", old_etag)
                            .header("X-Object-Manifest", "c/segments/x")});
  CHECK(read(*of_registry.store.driver, "/a") == "hello");
}

TEST_CASE("the size that the service does not tell is the sum of the segments") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD" && request.target.find("/files/") == std::string::npos)
      return not_found();
    if (request.method == "HEAD")
      return Answer(200).chunked().no_body().header("X-Object-Manifest", "c/segments/x");
    if (request.target.find("marker=") != std::string::npos) return Answer(200, "[]");
    return Answer(200, "[" + listed("segments/x/0000000000000001", 4) + "," +
                           listed("segments/x/0000000000000002", 3) + "]");
  });
  CHECK(stat(*store.driver, "/a").size == 7);
}

TEST_CASE(
    "reading from behind the end on gives nothing, whether or not the service tells the size") {
  const auto read_behind = [](const Answer& refusal) {
    Versions behind({refusal}, {{"maxretries", "1"}});
    const auto reader = behind.store.driver->reader("/a", {9, 1}, FakeCall());
    return read_all(*reader);
  };
  CHECK(read_behind(dynamic("", old_etag, 5, 416).header("Content-Range", "bytes */5")).empty());
  CHECK(read_behind(dynamic("", old_etag, 5, 416)).empty());
  CHECK(status_of([&] {
          read_behind(dynamic("", old_etag, 5, 416).header("Content-Range", "bytes */3"));
        }) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("a reader whose segments go while it reads is told so and sees no other's bytes") {
  Versions replaced({dynamic("hello", old_etag, 5).cut(2), Answer(412).no_body()});
  expect_cut_off(*replaced.store.driver, "he");
  CHECK(replaced.store.server.requests().back().header("If-Match") == old_etag);
}

TEST_CASE("a reader of a service that ignores conditions does not go on in another version") {
  Versions replaced({dynamic("hello", old_etag, 5).cut(2),
                     dynamic("xxx", "\"new\"", 5, 206).header("Content-Range", "bytes 2-4/5")});
  expect_cut_off(*replaced.store.driver, "he");
}

}  // namespace berth::test
