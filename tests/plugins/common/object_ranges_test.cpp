// SPDX-License-Identifier: Apache-2.0
#include "common/object_ranges.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <berth/ranges.hpp>
#include <random>
#include <set>

#include "object_fixture.hpp"

namespace berth::common {
namespace {

using namespace test;

// Ranges of an object behind a scripted server, and what was reported of them.
struct Fetch {
  explicit Fetch(ObjectServer& s) : object(s) {}

  // Each range is {offset, length}.
  void add(uint64_t offset, uint64_t length) {
    memory.push_back(std::make_unique<char[]>(length + 1));
    ranges.push_back({offset, length, memory.back().get(), 0});
  }
  void run() {
    const sdk::RangeRead read(ranges.data(), ranges.size(), &options, &done, &emit, this);
    read_ranges(Source(object.server), transfers, read, FakeCall());
  }
  std::string bytes(size_t index) const { return {memory[index].get(), ranges[index].got}; }

  static void done(void* sink, size_t index) noexcept {
    static_cast<Fetch*>(sink)->completed.insert(index);
  }
  static int32_t emit(void* sink, const berth_entry* entry) noexcept {
    static_cast<Fetch*>(sink)->etag = sdk::view(entry->etag);
    static_cast<Fetch*>(sink)->size = entry->size;
    return BERTH_VISIT_CONTINUE;
  }

  ObjectServer& object;
  http::Client client{quick_options()};
  http::Clock clock;
  http::Transfers transfers{client, quick_retries(), clock};
  berth_ranges_options options{sizeof(berth_ranges_options), 0, 0, 1000, 0, 0, {}};
  std::vector<std::unique_ptr<char[]>> memory;
  std::vector<berth_range> ranges;
  std::multiset<size_t> completed;
  std::string etag;
  uint64_t size = 0;
};

berth_status status_of_run(Fetch& fetch) {
  try {
    fetch.run();
  } catch (const sdk::Error& error) {
    return error.status();
  }
  return BERTH_STATUS_OK;
}

TEST_CASE("ranges that are near share a request, and each gets its bytes") {
  const std::string body = pattern(5000);
  ObjectServer server(body);
  Fetch fetch(server);
  fetch.add(4000, 100);
  fetch.add(10, 20);
  fetch.add(40, 5);
  fetch.add(15, 20);
  fetch.options.join_gap = 5;
  fetch.run();
  CHECK(fetch.bytes(0) == body.substr(4000, 100));
  CHECK(fetch.bytes(1) == body.substr(10, 20));
  CHECK(fetch.bytes(2) == body.substr(40, 5));
  CHECK(fetch.bytes(3) == body.substr(15, 20));
  CHECK(fetch.completed == std::multiset<size_t>{0, 1, 2, 3});
  CHECK(fetch.etag == "\"v1\"");
  CHECK(fetch.size == body.size());
  std::set<std::string> asked;
  for (const SeenRequest& request : server.server.requests()) asked.insert(request.header("Range"));
  CHECK(asked == std::set<std::string>{"bytes=10-44", "bytes=4000-4099"});
}

TEST_CASE("random ranges come by exactly the requests of the plan") {
  std::mt19937 random(8);
  const std::string body = pattern(20'000);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    ObjectServer server(body);
    Fetch fetch(server);
    const auto up_to = [&](uint64_t most) { return random() % (most + 1); };
    for (int i = 0; i < 30; ++i) fetch.add(up_to(21'000), up_to(800));
    fetch.options.join_gap = up_to(300);
    fetch.options.largest_request = 1 + up_to(3000);
    fetch.options.parallel = static_cast<uint32_t>(up_to(8));
    fetch.run();
    for (size_t i = 0; i < fetch.ranges.size(); ++i) {
      const berth_range& range = fetch.ranges[i];
      const size_t begin = std::min<size_t>(range.offset, body.size());
      CHECK(fetch.bytes(i) == body.substr(begin, range.length));
      CHECK(fetch.completed.count(i) == 1);
    }
    const sdk::RangePlan plan(fetch.ranges.data(), fetch.ranges.size(), fetch.options.join_gap,
                              fetch.options.largest_request);
    std::multiset<std::string> planned, asked;
    for (const sdk::RangeRequest& request : plan.requests())
      planned.insert(http::range_header(request.offset, request.offset + request.length - 1));
    for (const SeenRequest& request : server.server.requests())
      asked.insert(request.header("Range"));
    CHECK(asked == planned);
  }
}

TEST_CASE("what lies after the end of the object is short, not an error") {
  ObjectServer server(pattern(100));
  Fetch fetch(server);
  fetch.add(90, 20);
  fetch.add(100, 5);
  fetch.add(5000, 5);
  fetch.add(7, 0);
  fetch.run();
  CHECK(fetch.bytes(0) == pattern(100).substr(90));
  CHECK(fetch.ranges[1].got == 0);
  CHECK(fetch.ranges[2].got == 0);
  CHECK(fetch.completed == std::multiset<size_t>{0, 1, 2, 3});
}

TEST_CASE("ranges of an empty object are empty") {
  ObjectServer server("");
  Fetch fetch(server);
  fetch.add(0, 20);
  fetch.run();
  CHECK(fetch.ranges[0].got == 0);
  CHECK(fetch.completed == std::multiset<size_t>{0});
}

TEST_CASE("a missing object is PATH_NOT_FOUND") {
  ObjectServer server(pattern(10), [](int, Answer& answer) { answer = Answer(404); });
  Fetch fetch(server);
  fetch.add(0, 5);
  CHECK(status_of_run(fetch) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(fetch.completed.empty());
}

TEST_CASE("an object that is replaced meanwhile is an error, never a mix") {
  ObjectServer server(pattern(5000), [](int n, Answer& answer) {
    if (n == 2)
      answer = Answer(206, "0123456789")
                   .header("Content-Range", "bytes 3000-3009/5000")
                   .header("ETag", "\"v2\"");
  });
  Fetch fetch(server);
  fetch.options.parallel = 1;
  fetch.add(0, 10);
  fetch.add(3000, 10);
  CHECK(status_of_run(fetch) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(server.server.requests().back().header("If-Match") == "\"v1\"");
}

TEST_CASE("an end that contradicts the size of the version is an error") {
  ObjectServer server(pattern(5000), [&](int n, Answer& answer) {
    if (n == 2) answer = Answer(416).header("Content-Range", "bytes */50");
  });
  Fetch fetch(server);
  fetch.options.parallel = 1;
  fetch.add(0, 10);
  fetch.add(3000, 10);
  CHECK(status_of_run(fetch) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("if_match is sent, and checked where the service ignores it") {
  for (const bool honours_if_match : {true, false}) {
    ObjectServer server(pattern(100));
    server.if_match = honours_if_match;
    Fetch fetch(server);
    fetch.add(0, 10);
    fetch.options.if_match = sdk::str("\"v0\"");
    CHECK(status_of_run(fetch) == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(server.server.requests().front().header("If-Match") == "\"v0\"");
    fetch.options.if_match = sdk::str("\"v1\"");
    CHECK(status_of_run(fetch) == BERTH_STATUS_OK);
  }
}

TEST_CASE("without ETags one request is served, and several are refused") {
  ObjectServer server(pattern(5000));
  server.etags = false;
  Fetch one(server);
  one.add(0, 10);
  one.add(10, 10);
  CHECK(status_of_run(one) == BERTH_STATUS_OK);
  Fetch two(server);
  two.add(0, 10);
  two.add(3000, 10);
  CHECK(status_of_run(two) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("a service that ignores Range sends all, and the ranges are taken from it") {
  const std::string body = pattern(3000);
  ObjectServer server(body);
  server.ranges = false;
  Fetch fetch(server);
  fetch.add(100, 10);
  fetch.add(2990, 20);
  fetch.run();
  CHECK(fetch.bytes(0) == body.substr(100, 10));
  CHECK(fetch.bytes(1) == body.substr(2990));
}

TEST_CASE("an answer that breaks off is continued after its last byte") {
  const std::string body = pattern(900'000);
  ObjectServer server(body, [](int n, Answer& answer) {
    if (n == 1) answer.cut(300'000);
  });
  Fetch fetch(server);
  fetch.options.largest_request = 900'000;
  fetch.add(0, 400'000);
  fetch.add(400'000, 500'000);
  fetch.run();
  CHECK((fetch.bytes(0) + fetch.bytes(1) == body));
  const auto requests = server.server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].header("Range") != "bytes=0-899999");
  CHECK(requests[1].header("If-Match") == "\"v1\"");
}

TEST_CASE("no more requests are under way than asked for") {
  ObjectServer server(pattern(50'000));
  Fetch fetch(server);
  for (uint64_t i = 0; i < 40; ++i) fetch.add(i * 1200, 10);
  fetch.options.parallel = 3;
  fetch.run();
  CHECK(server.server.connections() <= 3);
  CHECK(fetch.completed.size() == 40);
}

TEST_CASE("a call that was cancelled leaves no request behind") {
  ObjectServer server(pattern(5000));
  Fetch fetch(server);
  fetch.add(0, 10);
  FakeCall call;
  call.cancel();
  const sdk::RangeRead read(fetch.ranges.data(), 1, &fetch.options, &Fetch::done, &Fetch::emit,
                            &fetch);
  CHECK_THROWS_AS(read_ranges(Source(server.server), fetch.transfers, read, call), sdk::Error);
  CHECK(fetch.completed.empty());
}

}  // namespace
}  // namespace berth::common
