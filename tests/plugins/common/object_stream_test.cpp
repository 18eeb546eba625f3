// SPDX-License-Identifier: Apache-2.0
#include "common/object_stream.hpp"

#include <doctest/doctest.h>

#include "object_fixture.hpp"

namespace berth::common {
namespace {

using namespace test;

struct Store {
  explicit Store(ObjectServer& s) : object(s), source(s.server) {}
  ObjectStream open(uint64_t first = 0, uint64_t last = to_the_end) {
    return {source, retrier, first, last, FakeCall()};
  }
  std::string read(uint64_t first = 0, uint64_t last = to_the_end) {
    ObjectStream stream = open(first, last);
    return drain(stream);
  }
  static std::string drain(ObjectStream& stream) {
    std::string all;
    std::string buffer(10'000, '\0');
    while (const size_t n = stream.read(buffer.data(), buffer.size(), FakeCall()))
      all.append(buffer, 0, n);
    return all;
  }
  ObjectServer& object;
  Source source;
  http::Client client{quick_options()};
  http::Clock clock;
  http::Retrier retrier{client, quick_retries(), clock};
};

TEST_CASE("an object is read whole, from an offset and in a range") {
  const std::string body = pattern(100'000);
  ObjectServer server(body);
  Store store(server);
  CHECK((store.read() == body));
  CHECK((store.read(99'990) == body.substr(99'990)));
  CHECK(store.read(10, 19) == body.substr(10, 10));
  CHECK((store.read(10, 1'000'000) == body.substr(10)));
  CHECK(server.server.connections() == 1);
}

TEST_CASE("opening tells size, time and version of the whole object") {
  ObjectServer server(pattern(1000));
  Store store(server);
  const auto stream = store.open(10, 19);
  CHECK(stream.info().size == 1000);
  CHECK(stream.info().etag == "\"v1\"");
  CHECK(stream.info().mtime_ns == 784111777 * int64_t{1'000'000'000});
}

TEST_CASE("an offset at or behind the end is an empty stream") {
  ObjectServer server(pattern(10));
  Store store(server);
  CHECK(store.read(10).empty());
  CHECK(store.read(1000).empty());
  CHECK(store.open(1000).info().size == 10);
}

TEST_CASE("an empty object is empty however it is asked for") {
  ObjectServer server("");
  Store store(server);
  CHECK(store.read().empty());
  CHECK(store.read(0, 99).empty());
  CHECK(store.open(0, 99).info().etag == "\"v1\"");
}

TEST_CASE("a missing object is the source's error") {
  ScriptedServer server([](const SeenRequest&) { return Answer(404); });
  Source source(server);
  http::Client client(quick_options());
  http::Clock clock;
  http::Retrier retrier(client, quick_retries(), clock);
  CHECK(error_of([&] { ObjectStream(source, retrier, 0, to_the_end, FakeCall()); }).status() ==
        BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a broken stream goes on behind its last byte, pinned to its version") {
  const std::string body = pattern(100'000);
  ObjectServer server(body, [](int n, Answer& answer) {
    if (n == 1) answer.cut(60'000);
    if (n == 2) answer.cut(20'000).reset();
  });
  Store store(server);
  CHECK((store.read() == body));
  const auto requests = server.server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[1].header("Range") == "bytes=60000-99999");
  CHECK(requests[1].header("If-Match") == "\"v1\"");
}

TEST_CASE("a stream that never gets further gives up") {
  ObjectServer server(pattern(1000), [](int n, Answer& answer) { answer.cut(n == 1 ? 500 : 0); });
  Store store(server);
  const auto error = error_of([&] { store.read(); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "attempts"));
}

TEST_CASE("another version is never mixed in") {
  for (const bool honoured : {true, false}) {
    ObjectServer server(pattern(1000), [](int n, Answer& answer) {
      if (n == 1) answer.cut(500);
    });
    server.if_match = honoured;
    Store store(server);
    ObjectStream stream = store.open();
    server.replace(std::string(1000, 'z'), "\"v2\"");
    const auto error = error_of([&] { Store::drain(stream); });
    CHECK(error.status() == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(contains(error.message(), "was replaced while it was being read"));
  }
}

TEST_CASE("what cannot be pinned is not gone on with") {
  ObjectServer server(pattern(1000), [](int n, Answer& answer) {
    if (n == 1) answer.cut(500);
  });
  server.etags = false;
  Store store(server);
  CHECK(error_of([&] { store.read(); }).status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(server.server.count() == 1);
}

TEST_CASE("a service that ignores Range is read up to the offset first") {
  const std::string body = pattern(200'000);
  ObjectServer server(body);
  server.ranges = false;
  Store store(server);
  CHECK((store.read(100) == body.substr(100)));
  CHECK(store.read(150'000, 150'009) == body.substr(150'000, 10));
  CHECK(store.read(300'000).empty());
}

TEST_CASE("a range that begins elsewhere is refused") {
  ScriptedServer server([](const SeenRequest&) {
    return Answer(206, "abc").header("Content-Range", "bytes 0-2/100");
  });
  Source source(server);
  http::Client client(quick_options());
  http::Clock clock;
  http::Retrier retrier(client, quick_retries(), clock);
  const auto error = error_of([&] { ObjectStream(source, retrier, 10, to_the_end, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.message() ==
        "bytes from 10 on were asked for, but the service sent the range 'bytes 0-2/100'");
}

TEST_CASE("an object is read whole into the caller's buffer, also in pieces") {
  const std::string body = pattern(300'000);
  ObjectServer server(body, [](int n, Answer& answer) {
    if (n == 1) answer.cut(100'000);
  });
  Store store(server);
  GrowingBuffer buffer;
  read_whole(store.source, store.retrier, buffer.buffer(), FakeCall());
  CHECK((buffer.take() == body));
}

TEST_CASE("an object without an announced length is read to its end") {
  const std::string body = pattern(200'000);
  ObjectServer server(body, [](int, Answer& answer) { answer.chunked(); });
  Store store(server);
  GrowingBuffer buffer;
  read_whole(store.source, store.retrier, buffer.buffer(), FakeCall());
  CHECK((buffer.take() == body));
}

TEST_CASE("an empty first answer to a range is not taken for an empty object") {
  ScriptedServer server([](const SeenRequest& seen) {
    if (seen.has("Range")) return Answer(416).header("Content-Range", "bytes */0");
    return Answer(200, "hello").chunked().header("ETag", "\"v1\"");
  });
  Source source(server);
  http::Client client(quick_options());
  http::Clock clock;
  http::Retrier retrier(client, quick_retries(), clock);
  ObjectStream stream(source, retrier, 0, 99, FakeCall());
  CHECK_FALSE(stream.sized());
  CHECK(Store::drain(stream) == "hello");
}

namespace {

// Sends at most `most` bytes of a range and never the size of the object.
Answer unsized_range(const SeenRequest& seen, const std::string& body, size_t most) {
  const size_t first = std::stoull(seen.header("Range").substr(6));
  if (first >= body.size()) return Answer(416);
  const std::string part = body.substr(first, most);
  return Answer(206, part)
      .header("ETag", "\"v1\"")
      .header("Content-Range", "bytes " + std::to_string(first) + "-" +
                                   std::to_string(first + part.size() - 1) + "/*");
}

}  // namespace

TEST_CASE("an object of unknown size is read to a range without content") {
  const std::string body = pattern(1'000);
  ScriptedServer server([&](const SeenRequest& seen) { return unsized_range(seen, body, 300); });
  Source source(server);
  http::Client client(quick_options());
  http::Clock clock;
  http::Retrier retrier(client, quick_retries(), clock);
  ObjectStream stream(source, retrier, 100, to_the_end, FakeCall());
  CHECK(Store::drain(stream) == body.substr(100));
}

TEST_CASE("a stat by reading knows the size, and refuses where the service never reports it") {
  const std::string body = pattern(1'000);
  ObjectServer sized(body);
  Store store(sized);
  CHECK(stat_by_reading(store.source, store.retrier, "k", FakeCall()).size == 1'000);
  ScriptedServer unsized([&](const SeenRequest& seen) { return unsized_range(seen, body, 1); });
  const Source source(unsized);
  CHECK(error_of([&] { stat_by_reading(source, store.retrier, "k", FakeCall()); }).message() ==
        "the service reports no size for 'k', neither to HEAD nor to a GET of its first byte");
}

TEST_CASE("an empty object leaves the caller's buffer empty") {
  ObjectServer server("");
  Store store(server);
  GrowingBuffer buffer;
  read_whole(store.source, store.retrier, buffer.buffer(), FakeCall());
  CHECK(buffer.take().empty());
}

}  // namespace
}  // namespace berth::common
