// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstring>
#include <set>

#include "fixture.hpp"

namespace berth::http {
namespace {

using namespace test;

TEST_CASE("a small object is got") {
  ScriptedServer server({Answer(200, "hello").header("ETag", "\"e\"")});
  Client client(quick_options());
  const Response answer = client.send(request_to(server), FakeCall());
  CHECK(answer.status == 200);
  CHECK(answer.body == "hello");
  CHECK(answer.headers.get("etag") == "\"e\"");
}

TEST_CASE("the connection is kept from one request to the next") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "x"); });
  Client client(quick_options());
  for (int i = 0; i < 5; ++i) client.send(request_to(server), FakeCall());
  client.send(request_to(server, "HEAD"), FakeCall());
  client.send(request_to(server, "DELETE"), FakeCall());
  CHECK(server.connections() == 1);
}

// As Ceph's gateway was seen to do once in thousands of requests.
TEST_CASE("what an answer leaves on a kept connection costs a new connection, not the request") {
  ScriptedServer server([](const SeenRequest& request) {
    if (request.target == "/first")
      return Answer(200, "okstray").announce(2).drip(2, milliseconds(50));
    return Answer(200, "fine");
  });
  Client client(quick_options());
  CHECK(client.send(request_to(server, "GET", "/first"), FakeCall()).body == "ok");
  CHECK(client.send(request_to(server, "GET", "/second"), FakeCall()).body == "fine");
  CHECK(server.connections() == 2);
}

TEST_CASE("path and query go over the wire byte for byte") {
  ScriptedServer server([](const SeenRequest&) { return Answer(); });
  Client client(quick_options());
  Request request = request_to(server, "GET", "/b/./a//../%2F%c3%a4+~!$&'()*,;=:@");
  request.url.query = "list-type=2&prefix=a%2Fb%20+c&uploads";
  client.send(request, FakeCall());
  CHECK(server.requests().at(0).target ==
        "/b/./a//../%2F%c3%a4+~!$&'()*,;=:@?list-type=2&prefix=a%2Fb%20+c&uploads");
}

TEST_CASE("nothing is added to the headers but what HTTP needs") {
  ScriptedServer server([](const SeenRequest&) { return Answer(); });
  Client client(quick_options());
  Request request = request_to(server, "PUT");
  request.body = "body";
  request.headers.add("x-amz-acl", "private");
  request.headers.add("x-empty", "");
  client.send(request, FakeCall());
  std::set<std::string> names;
  const SeenRequest seen = server.requests().at(0);
  for (const auto& [name, value] : seen.headers) names.insert(name);
  CHECK(names ==
        std::set<std::string>{"Host", "User-Agent", "Content-Length", "x-amz-acl", "x-empty"});
  CHECK(seen.header("Host") == request.url.host_header());
}

TEST_CASE("a header with a line break is refused") {
  ScriptedServer server([](const SeenRequest&) { return Answer(); });
  Client client(quick_options());
  Request request = request_to(server);
  request.headers.add("Content-Type", "text/plain\r\nX-Evil: 1");
  CHECK(error_of([&] { client.send(request, FakeCall()); }).status() ==
        BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(server.count() == 0);
}

TEST_CASE("a body in memory is sent whole, small or large") {
  ScriptedServer server([](const SeenRequest&) { return Answer(); });
  ClientOptions options = quick_options();
  options.first_byte_timeout = options.stall_timeout = std::chrono::seconds(10);
  Client client(options);
  for (const size_t size : {0, 1, 70'000, 5'000'000}) {
    std::string body(size, 'x');
    for (size_t i = 0; i < size; i += 7) body[i] = static_cast<char>(i);
    for (const bool repeatable : {true, false}) {
      Request request = request_to(server, "PUT");
      request.body = body;
      request.repeatable = repeatable;
      client.send(request, FakeCall());
      CHECK((server.requests().back().body == body));
      CHECK(server.requests().back().header("Content-Length") == std::to_string(size));
      CHECK(server.requests().back().method == "PUT");
    }
  }
}

TEST_CASE("the body of a 2xx goes to the sink, of anything else to the answer") {
  ScriptedServer server({Answer(206, "good"), Answer(404, "<Error/>")});
  Client client(quick_options());
  StringSink sink;
  CHECK(client.send(request_to(server), sink, FakeCall()).body.empty());
  CHECK(sink.bytes == "good");
  CHECK(sink.status == 206);
  const Response answer = client.send(request_to(server), sink, FakeCall());
  CHECK(answer.status == 404);
  CHECK(answer.body == "<Error/>");
  CHECK(sink.begun == 1);
  CHECK(sink.bytes == "good");
}

class ThrowingSink final : public BodySink {
  void write(std::string_view) override { throw sdk::Error(BERTH_STATUS_NO_SPACE, "full"); }
};

TEST_CASE("what the sink throws comes out, and the client works on") {
  ScriptedServer server({Answer(200, "x"), Answer(200, "y")});
  Client client(quick_options());
  ThrowingSink sink;
  CHECK(error_of([&] { client.send(request_to(server), sink, FakeCall()); }).status() ==
        BERTH_STATUS_NO_SPACE);
  CHECK(client.send(request_to(server), FakeCall()).body == "y");
}

TEST_CASE("a redirect is not followed") {
  ScriptedServer server({Answer(307).header("Location", "http://127.0.0.1:1/")});
  Client client(quick_options());
  CHECK(client.send(request_to(server), FakeCall()).status == 307);
  CHECK(server.count() == 1);
}

TEST_CASE("an encoded body stays as it is stored") {
  ScriptedServer server({Answer(200, "\x1f\x8b not gzip").header("Content-Encoding", "gzip")});
  Client client(quick_options());
  CHECK(client.send(request_to(server), FakeCall()).body == "\x1f\x8b not gzip");
  CHECK_FALSE(server.requests().at(0).has("Accept-Encoding"));
}

TEST_CASE("the head of a HEAD tells a length without a body") {
  ScriptedServer server({Answer(200, std::string(1000, 'x'))});
  Client client(quick_options());
  const Response answer = client.send(request_to(server, "HEAD"), FakeCall());
  CHECK(answer.headers.number("Content-Length") == 1000);
  CHECK(answer.body.empty());
}

TEST_CASE("a short body is an error that counts the bytes") {
  const std::string body(1000, 'x');
  ScriptedServer server({Answer(200, body).cut(600), Answer(200, body).cut(600).reset(),
                         Answer(200, body).chunked().cut(600)});
  Client client(quick_options());
  for (int i = 0; i < 3; ++i) {
    StringSink sink;
    const auto error = error_of([&] { client.send(request_to(server), sink, FakeCall()); });
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
    CHECK(error.retryable());
    if (i == 0) CHECK(contains(error.message(), "closed the connection after 600 of 1000 bytes"));
  }
}

TEST_CASE("a success that comes before the whole body was sent is none") {
  ScriptedServer server({Answer(200).read_only(1'000'000).close()});
  Client client(quick_options());
  const std::string body(20'000'000, 'b');
  Request request = request_to(server, "PUT");
  request.body = body;
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.retryable());
}

TEST_CASE("a chunked answer is whole") {
  ScriptedServer server({Answer(200, "abcdef").chunked().drip(2, milliseconds(1))});
  Client client(quick_options());
  CHECK(client.send(request_to(server), FakeCall()).body == "abcdef");
}

TEST_CASE("a kept connection that died is replaced without anyone noticing") {
  for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) {
    ScriptedServer server({Answer(), Answer::hang_up(), Answer(200, "again")});
    Client client(quick_options());
    CHECK_FALSE(client.send(request_to(server), FakeCall()).resent);
    Request request = request_to(server, method);
    if (*method == 'P') request.body = "body";
    const Response answer = client.send(request, FakeCall());
    CHECK(answer.status == 200);
    CHECK(answer.resent);  // the service may have carried it out twice
    CHECK(server.connections() == 2);
    CHECK(server.requests().back().body == request.body);
  }
}

TEST_CASE("what must not be sent twice is not, also on a dead connection") {
  ScriptedServer server({Answer(), Answer::hang_up(), Answer()});
  Client client(quick_options());
  client.send(request_to(server), FakeCall());
  Request request = request_to(server, "POST");
  request.body = "<CompleteMultipartUpload/>";
  request.repeatable = false;
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK_FALSE(error.retryable());
  CHECK(server.count() == 2);
}

TEST_CASE("a connection closed by the server while idle costs nothing") {
  ScriptedServer server({Answer(200, "1").close(), Answer(200, "2")});
  Client client(quick_options());
  client.send(request_to(server), FakeCall());
  CHECK(client.send(request_to(server), FakeCall()).body == "2");
}

TEST_CASE("nobody listening is said with host and port") {
  Client client(quick_options());
  Request request;
  const uint16_t port = closed_port();
  request.url = Url::parse("http://127.0.0.1:" + std::to_string(port), "e");
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.retryable());
  CHECK(error.message() ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_CASE("a host name that does not exist is named") {
  Client client(quick_options());
  Request request;
  request.url = Url::parse("http://no-such-host.invalid", "e");
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "the host name 'no-such-host.invalid' cannot be resolved"));
}

TEST_CASE("silence ends with the first-byte time-out") {
  ScriptedServer server({Answer::silence()});
  Client client(quick_options());
  const auto start = std::chrono::steady_clock::now();
  const auto error = error_of([&] { client.send(request_to(server), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "did not answer within 400 ms (first-byte time-out)"));
  CHECK(since(start) < milliseconds(1500));
}

TEST_CASE("a request may be patient about its first byte") {
  ScriptedServer server({Answer(200, "late").delay(milliseconds(600))});
  Client client(quick_options());
  Request request = request_to(server);
  request.first_byte_timeout = milliseconds(10'000);
  CHECK(client.send(request, FakeCall()).body == "late");
}

TEST_CASE("a request may be patient about a trickle too") {
  ScriptedServer server({Answer(200, std::string(40, ' ')).drip(1, milliseconds(20))});
  Client client(quick_options());
  Request request = request_to(server);
  request.first_byte_timeout = milliseconds(10'000);
  CHECK(client.send(request, FakeCall()).body.size() == 40);
}

TEST_CASE("a patient request ends when not a byte comes") {
  ScriptedServer server({Answer(200, "  ").drip(1, milliseconds(5'000))});
  Client client(quick_options());
  Request request = request_to(server);
  request.first_byte_timeout = milliseconds(500);
  CHECK(contains(error_of([&] { client.send(request, FakeCall()); }).message(),
                 "stalled: not a byte in 500 ms (stall time-out)"));
}

TEST_CASE("a trickle ends with the stall time-out") {
  ScriptedServer server({Answer(200, std::string(1000, 'x')).drip(1, milliseconds(20))});
  Client client(quick_options());
  const auto error = error_of([&] { client.send(request_to(server), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "stalled: fewer than 1024 bytes in 400 ms (stall time-out)"));
}

TEST_CASE("an attempt as a whole can be limited") {
  ScriptedServer server({Answer(200, "x").delay(milliseconds(5000))});
  ClientOptions options = quick_options();
  options.attempt_timeout = milliseconds(100);
  Client client(options);
  const auto error = error_of([&] { client.send(request_to(server), FakeCall()); });
  CHECK(contains(error.message(), "was not done within 100 ms"));
}

TEST_CASE("the deadline of the call ends a transfer at once") {
  ScriptedServer server({Answer::silence()});
  ClientOptions options = quick_options();
  options.first_byte_timeout = milliseconds(60'000);
  Client client(options);
  FakeCall call;
  const auto start = std::chrono::steady_clock::now();
  call.expire_at(start + milliseconds(100));
  CHECK(error_of([&] { client.send(request_to(server), call); }).status() ==
        BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(since(start) < milliseconds(1000));
}

TEST_CASE("cancelling ends a transfer at once") {
  ScriptedServer server({Answer::silence()});
  ClientOptions options = quick_options();
  options.first_byte_timeout = milliseconds(60'000);
  Client client(options);
  const auto start = std::chrono::steady_clock::now();
  const CancelledCall call(milliseconds(50));
  CHECK(error_of([&] { client.send(request_to(server), call); }).status() ==
        BERTH_STATUS_CANCELLED);
  CHECK(since(start) < milliseconds(1000));
}

TEST_CASE("a cancelled call sends nothing") {
  ScriptedServer server(std::vector<Answer>{});
  Client client(quick_options());
  FakeCall call;
  call.cancel();
  CHECK(error_of([&] { client.send(request_to(server), call); }).status() ==
        BERTH_STATUS_CANCELLED);
  CHECK(server.count() == 0);
}

TEST_CASE("https spoken to a plain server is said so") {
  ScriptedServer server(std::vector<Answer>{});
  Client client(quick_options());
  Request request = request_to(server);
  request.url.scheme = "https";
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CAPTURE(error.message());
  CHECK(contains(error.message(), "no TLS connection to 127.0.0.1:"));
  CHECK(contains(error.message(), "does it speak https"));
}

TEST_CASE("many threads use one client") {
  ScriptedServer server([](const SeenRequest& seen) { return Answer(200, seen.target); });
  Client client(quick_options());
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        good += client.send(request_to(server, "GET", path), FakeCall()).body == path;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(good == 400);
  CHECK(server.connections() <= 8);
}

}  // namespace
}  // namespace berth::http
