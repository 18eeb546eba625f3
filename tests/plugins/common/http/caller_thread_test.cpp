// SPDX-License-Identifier: Apache-2.0
//
// A single request has no hop to another thread: whoever asks sends the body and takes the answer.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "fixture.hpp"

using namespace berth;
using namespace berth::http;
using namespace berth::test;

namespace {

struct WatchedSource final : BodySource {
  uint64_t size() const override { return 1'000'000; }
  size_t read(char* buffer, size_t capacity) override {
    threads.insert(std::this_thread::get_id());
    const size_t n = std::min<uint64_t>(capacity, size() - at);
    std::fill_n(buffer, n, 'x');
    at += n;
    return n;
  }
  void rewind() override { at = 0; }
  uint64_t at = 0;
  std::set<std::thread::id> threads;
};

struct WatchedSink final : BodySink {
  void write(std::string_view) override { threads.insert(std::this_thread::get_id()); }
  std::set<std::thread::id> threads;
};

}  // namespace

TEST_CASE("a request is sent and its answer taken by the thread that asks") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "hello"); });
  Client client(quick_options());
  WatchedSource source;
  WatchedSink sink;
  Request request = request_to(server, "PUT");
  request.source = &source;
  client.send(request, sink, FakeCall());
  CHECK(source.threads == std::set{std::this_thread::get_id()});
  CHECK(sink.threads == std::set{std::this_thread::get_id()});
}
