// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "fixture.hpp"

namespace berth::http {
namespace {

using namespace test;

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

std::string read_all(Stream& stream, size_t capacity) {
  std::string all;
  std::string buffer(capacity, '\0');
  while (const size_t n = stream.read(buffer.data(), capacity, FakeCall()))
    all.append(buffer, 0, n);
  return all;
}

TEST_CASE("a body is pulled in pieces of any size") {
  const std::string body = pattern(3'000'000);
  ScriptedServer server([&](const SeenRequest&) { return Answer(200, body); });
  Client client(quick_options());
  for (const size_t capacity : {1000, 65'536, 10'000'000}) {
    const auto stream = client.open(request_to(server), FakeCall());
    CHECK(stream->head().headers.number("Content-Length") == body.size());
    CHECK((read_all(*stream, capacity) == body));
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a stream is there before its body") {
  ScriptedServer server({Answer(200, pattern(100)).drip(50, milliseconds(300))});
  Client client(quick_options());
  const auto stream = client.open(request_to(server), FakeCall());
  CHECK(stream->head().status == 200);
  CHECK(read_all(*stream, 1000) == pattern(100));
}

TEST_CASE("a refused stream has the whole answer in its head") {
  ScriptedServer server({Answer(404, "<Code>NoSuchKey</Code>")});
  Client client(quick_options());
  const auto stream = client.open(request_to(server), FakeCall());
  CHECK(stream->head().status == 404);
  CHECK(stream->head().body == "<Code>NoSuchKey</Code>");
  CHECK(read_all(*stream, 10).empty());
}

TEST_CASE("an empty object is an empty stream") {
  ScriptedServer server({Answer(200, "")});
  Client client(quick_options());
  const auto stream = client.open(request_to(server), FakeCall());
  CHECK(read_all(*stream, 10).empty());
}

TEST_CASE("a stream cut short throws after its last byte") {
  ScriptedServer server({Answer(200, pattern(1000)).cut(600)});
  Client client(quick_options());
  const auto stream = client.open(request_to(server), FakeCall());
  std::string got;
  char buffer[100];
  const auto error = error_of([&] {
    while (const size_t n = stream->read(buffer, sizeof buffer, FakeCall())) got.append(buffer, n);
  });
  CHECK(got == pattern(600));
  CHECK(contains(error.message(), "after 600 of 1000 bytes"));
  CHECK(error.retryable());
}

TEST_CASE("a stream abandoned in the middle leaves the client usable") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, pattern(5'000'000)); });
  Client client(quick_options());
  for (int i = 0; i < 3; ++i) {
    const auto stream = client.open(request_to(server), FakeCall());
    char buffer[10];
    CHECK(stream->read(buffer, sizeof buffer, FakeCall()) == sizeof buffer);
  }
  CHECK(client.send(request_to(server), FakeCall()).body.size() == 5'000'000);
}

TEST_CASE("a reader that pauses does not stall the stream") {
  ScriptedServer server({Answer(200, pattern(4'000'000))});
  Client client(quick_options());
  const auto stream = client.open(request_to(server), FakeCall());
  char buffer[10];
  stream->read(buffer, sizeof buffer, FakeCall());
  std::this_thread::sleep_for(milliseconds(600));  // longer than the stall time-out
  CHECK(10 + read_all(*stream, 1 << 20).size() == 4'000'000);
}

TEST_CASE("each read obeys its own call") {
  ScriptedServer server({Answer(200, pattern(2000)).drip(1000, milliseconds(10'000))});
  ClientOptions options = quick_options();
  options.stall_timeout = milliseconds(60'000);
  Client client(options);
  const auto stream = client.open(request_to(server), FakeCall());
  std::string buffer(5000, '\0');
  size_t got = 0;
  while (got < 1000) got += stream->read(buffer.data(), buffer.size(), FakeCall());
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + milliseconds(50));
  CHECK(error_of([&] { stream->read(buffer.data(), 10, call); }).status() ==
        BERTH_STATUS_DEADLINE_EXCEEDED);
}

TEST_CASE("a stale connection is replaced when a stream is opened") {
  ScriptedServer server({Answer(), Answer::hang_up(), Answer(200, "again")});
  Client client(quick_options());
  client.send(request_to(server), FakeCall());
  const auto stream = client.open(request_to(server), FakeCall());
  CHECK(read_all(*stream, 10) == "again");
}

TEST_CASE("silence in the middle of a stream is a stall") {
  ScriptedServer server({Answer(200, pattern(10))
                             .announce(1000)
                             .delay(milliseconds(1))
                             .drip(10, milliseconds(60'000))});
  Client client(quick_options());
  const auto stream = client.open(request_to(server), FakeCall());
  CHECK(contains(error_of([&] { read_all(*stream, 100); }).message(), "stall time-out"));
}

}  // namespace
}  // namespace berth::http
