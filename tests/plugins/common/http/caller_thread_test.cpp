// SPDX-License-Identifier: Apache-2.0
//
// A single request has no hop to another thread: whoever asks sends the body and takes the answer.
#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "fixture.hpp"

using namespace berth;
using namespace berth::http;
using namespace berth::test;

namespace {

struct WatchedSink final : BodySink {
  void write(std::string_view) override { threads.insert(std::this_thread::get_id()); }
  std::set<std::thread::id> threads;
};

}  // namespace

TEST_CASE("the thread that sends a request receives its answer") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "hello"); });
  Client client(quick_options());
  WatchedSink sink;
  const Request request = request_to(server, "PUT");
  client.send(request, sink, FakeCall());
  CHECK(sink.threads == std::set{std::this_thread::get_id()});
}
