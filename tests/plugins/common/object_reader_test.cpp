// SPDX-License-Identifier: Apache-2.0
#include "common/object_reader.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <iterator>

#include "object_fixture.hpp"

namespace berth::common {
namespace {

using namespace test;

struct Store {
  explicit Store(ObjectServer& s) : object(s) {}
  std::unique_ptr<ObjectReader> open(sdk::ReadOptions options = {}, ReadAhead ahead = {1000, 4}) {
    return std::make_unique<ObjectReader>(std::make_unique<Source>(object.server), retrier,
                                          transfers, ahead, options, FakeCall());
  }
  static std::string drain(sdk::Reader& reader, size_t capacity = 300) {
    std::string all;
    std::string buffer(capacity, '\0');
    while (const size_t n = reader.read(buffer.data(), buffer.size(), FakeCall()))
      all.append(buffer, 0, n);
    return all;
  }
  ObjectServer& object;
  http::Client client{quick_options()};
  http::Clock clock;
  http::Retrier retrier{client, quick_retries(), clock};
  http::Transfers transfers{client, quick_retries(), clock};
};

long open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

// Each connection counts twice, as the server is in this process.
TEST_CASE("a hundred open readers do not need a connection each") {
  const std::string body = pattern(600'000);
  ObjectServer server(body);
  Store store(server);
  const long before = open_descriptors();
  std::vector<std::unique_ptr<ObjectReader>> readers;
  for (int i = 0; i < 100; ++i) readers.push_back(store.open({}, {500'000, 4}));
  CHECK(open_descriptors() - before < 160);
  CHECK(server.server.connections() < 40);
  for (const auto& reader : readers) CHECK((Store::drain(*reader, 100'000) == body));
}

TEST_CASE("a large object is read ahead in ranges and comes out in order") {
  const std::string body = pattern(20'500);
  ObjectServer server(body);
  Store store(server);
  for (const size_t capacity : {1, 300, 1000, 50'000}) {
    const auto reader = store.open();
    CHECK(reader->info()->size == body.size());
    CHECK((Store::drain(*reader, capacity) == body));
  }
}

TEST_CASE("every range is pinned to the first version") {
  ObjectServer server(pattern(5000));
  Store store(server);
  Store::drain(*store.open());
  const auto requests = server.server.requests();
  CHECK(requests.size() == 5);
  for (size_t i = 1; i < requests.size(); ++i) CHECK(requests[i].header("If-Match") == "\"v1\"");
}

TEST_CASE("without an ETag one stream brings all, so that versions cannot mix") {
  const std::string body = pattern(5000);
  ObjectServer server(body);
  server.etags = false;
  Store store(server);
  CHECK((Store::drain(*store.open()) == body));
  CHECK(server.server.requests().back().header("Range") == "bytes=0-4999");
}

TEST_CASE("offset and length are honoured over many ranges") {
  const std::string body = pattern(20'000);
  ObjectServer server(body);
  Store store(server);
  for (const auto& [offset, length] :
       std::vector<std::pair<uint64_t, uint64_t>>{{0, 0},
                                                  {0, 1},
                                                  {0, 999},
                                                  {0, 1000},
                                                  {0, 1001},
                                                  {1500, 5000},
                                                  {19'999, 5},
                                                  {20'000, 5},
                                                  {50'000, 5},
                                                  {3, UINT64_MAX},
                                                  {UINT64_MAX - 5, 100}}) {
    const std::string wanted = offset < body.size() ? body.substr(offset, length) : "";
    CHECK((Store::drain(*store.open({offset, length})) == wanted));
  }
}

TEST_CASE("who reads little makes one request") {
  ObjectServer server(pattern(20'000));
  Store store(server);
  const auto reader = store.open();
  char buffer[100];
  reader->read(buffer, sizeof buffer, FakeCall());
  CHECK(server.server.count() == 1);
}

TEST_CASE("no more is read ahead than allowed") {
  ObjectServer server(pattern(100'000));
  Store store(server);
  const auto reader = store.open({}, {1000, 3});
  std::string buffer(1000, '\0');
  size_t got = 0;
  while (got < 50'000) got += reader->read(buffer.data(), buffer.size(), FakeCall());
  CHECK(server.server.count() <= 50 + 1 + 3);
}

TEST_CASE("without concurrency one stream reads all") {
  const std::string body = pattern(20'000);
  ObjectServer server(body);
  Store store(server);
  CHECK((Store::drain(*store.open({}, {1000, 1})) == body));
  CHECK(server.server.count() == 1);
}

TEST_CASE("ranges that break go on behind their last byte") {
  const std::string body = pattern(10'000);
  ObjectServer server(body, [](int n, Answer& answer) {
    if (n % 2 == 0) answer.cut(300);
  });
  Store store(server);
  CHECK((Store::drain(*store.open()) == body));
}

TEST_CASE("an object that changes under a parallel read is an error, never a mix") {
  for (const bool honoured : {true, false}) {
    ObjectServer server(pattern(50'000));
    server.if_match = honoured;
    Store store(server);
    const auto reader = store.open();
    std::string buffer(1000, '\0');
    reader->read(buffer.data(), buffer.size(), FakeCall());
    server.replace(std::string(50'000, 'z'), "\"v2\"");
    CHECK(error_of([&] { Store::drain(*reader); }).status() == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(server.server.count() <= 1 + 4);  // and nobody asks again
  }
}

TEST_CASE("a service that ignores Range is read in one stream") {
  const std::string body = pattern(20'000);
  ObjectServer server(body);
  server.ranges = false;
  Store store(server);
  CHECK((Store::drain(*store.open()) == body));
  CHECK((Store::drain(*store.open({5000, 3000})) == body.substr(5000, 3000)));
}

TEST_CASE("an empty object is an empty reader") {
  ObjectServer server("");
  Store store(server);
  const auto reader = store.open();
  CHECK(reader->info()->size == 0);
  CHECK(Store::drain(*reader).empty());
}

TEST_CASE("a reader that waits for a range obeys its deadline") {
  ObjectServer server(pattern(20'000), [](int n, Answer& answer) {
    if (n > 1) answer = Answer::silence();
  });
  Store store(server);
  const auto reader = store.open();
  std::string buffer(1000, '\0');
  for (size_t got = 0; got < 1000;) got += reader->read(buffer.data(), buffer.size(), FakeCall());
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + milliseconds(50));
  CHECK(error_of([&] { reader->read(buffer.data(), buffer.size(), call); }).status() ==
        BERTH_STATUS_DEADLINE_EXCEEDED);
}

TEST_CASE("a reader dropped in the middle leaves nothing running") {
  ObjectServer server(pattern(100'000),
                      [](int, Answer& answer) { answer.drip(10, milliseconds(1)); });
  Store store(server);
  auto reader = store.open();
  std::string buffer(1000, '\0');
  for (size_t got = 0; got < 400;) got += reader->read(buffer.data(), buffer.size(), FakeCall());
  const auto start = std::chrono::steady_clock::now();
  reader.reset();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));  // the body takes ten
}

}  // namespace
}  // namespace berth::common
