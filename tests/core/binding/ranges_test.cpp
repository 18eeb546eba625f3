// SPDX-License-Identifier: Apache-2.0
//
// read_ranges: the plan of its requests, what the host composes from readers, and what it demands
// of a driver that has its own.
#include <algorithm>
#include <functional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>
#include <berth/ranges.hpp>
#include <berth/store.hpp>

#include "fake_driver.hpp"

using berth::InternalError;
using berth::InvalidParametersError;
using berth::PathNotFoundError;
using berth::PreconditionFailedError;
using berth::Range;
using berth::RangesOptions;
using berth::Store;
using berth::UnsupportedMethodError;
using berth::sdk::RangePlan;
using berth::sdk::RangeRequest;
using berth::sdk::RangeScatter;
using berth::test::FakeDriver;
using berth::test::Request;

namespace {

constexpr berth_status ok = BERTH_STATUS_OK;

// ---- The plan -----------------------------------------------------------------------------------

// Random ranges of a random object, their memory, and what each of them has to come to.
struct Case {
  explicit Case(std::mt19937& random) {
    const auto up_to = [&](std::uint64_t most) { return random() % (most + 1); };
    object.resize(up_to(300));
    for (char& byte : object) byte = static_cast<char>(random());
    join_gap = up_to(40);
    largest_request = up_to(120);
    memory.resize(up_to(12));
    for (std::string& into : memory) {
      into.assign(up_to(3) == 0 ? 0 : up_to(60), '?');
      ranges.push_back({up_to(320), into.size(), into.data(), 0});
      const std::size_t begin = std::min<std::size_t>(ranges.back().offset, object.size());
      expected.push_back(object.substr(begin, into.size()));
    }
  }

  std::string object;
  std::uint64_t join_gap = 0, largest_request = 0;
  std::vector<std::string> memory;
  std::vector<berth_range> ranges;
  std::vector<std::string> expected;
};

// Delivers one request in pieces of random sizes, half of them directly into the ranges' memory.
template <class Done>
void deliver(Case& test, const RangePlan& plan, const RangeRequest& request, std::mt19937& random,
             Done&& done) {
  RangeScatter scatter(test.ranges.data(), plan, request);
  const std::uint64_t end =
      std::min<std::uint64_t>(request.offset + request.length, test.object.size());
  while (scatter.position() < end) {
    std::uint64_t wanted = 0;
    char* const place = scatter.place(&wanted);
    REQUIRE(wanted != 0);
    std::size_t size = 1 + random() % 50;
    size = std::min<std::uint64_t>(size, end - scatter.position());
    const char* bytes = test.object.data() + scatter.position();
    if (place != nullptr && random() % 2 == 0) {
      size = std::min<std::uint64_t>(size, wanted);
      std::copy_n(bytes, size, place);
      bytes = place;
    }
    scatter.take(bytes, size, done);
  }
  scatter.finish(done);
}

TEST_CASE("100,000 random sets of ranges get their bytes, each range once, in bounded requests") {
  std::mt19937 random(20'261'201);
  for (int round = 0; round < 100'000; ++round) {
    CAPTURE(round);
    Case test(random);
    const RangePlan plan(test.ranges.data(), test.ranges.size(), test.join_gap,
                         test.largest_request);
    std::vector<int> completed(test.ranges.size());
    std::uint64_t last_offset = 0;
    for (const RangeRequest& request : plan.requests()) {
      REQUIRE(request.length != 0);
      REQUIRE(request.offset >= last_offset);
      last_offset = request.offset;
      const berth_range& first = test.ranges[plan.order()[request.first]];
      REQUIRE((request.length <= test.largest_request || request.length == first.length));
      deliver(test, plan, request, random, [&](std::size_t index) { ++completed[index]; });
    }
    for (std::size_t i = 0; i < test.ranges.size(); ++i) {
      REQUIRE(completed[i] == (test.ranges[i].length == 0 ? 0 : 1));
      REQUIRE(test.ranges[i].got == test.expected[i].size());
      REQUIRE(std::string_view(test.memory[i]).substr(0, test.ranges[i].got) == test.expected[i]);
    }
  }
}

TEST_CASE("ranges share a request up to the gap and the size, and not beyond") {
  const auto requests = [](std::vector<berth_range> ranges, std::uint64_t gap, std::uint64_t most) {
    const RangePlan plan(ranges.data(), ranges.size(), gap, most);
    std::string text;
    for (const RangeRequest& request : plan.requests())
      text += std::to_string(request.offset) + "+" + std::to_string(request.length) + " ";
    return text;
  };
  const std::vector<berth_range> two{{20, 10, nullptr, 0}, {0, 10, nullptr, 0}};
  CHECK(requests(two, 10, 30) == "0+30 ");
  CHECK(requests(two, 9, 30) == "0+10 20+10 ");
  CHECK(requests(two, 10, 29) == "0+10 20+10 ");
  CHECK(requests({{0, 100, nullptr, 0}, {10, 5, nullptr, 0}}, 0, 1) == "0+100 ");
  CHECK(requests({{5, 0, nullptr, 0}}, 0, 1).empty());
}

TEST_CASE("100,000 ranges are planned in one pass") {
  std::vector<berth_range> ranges;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    ranges.push_back({i * 7919 % 1'000'003, 3, nullptr, 0});
  const RangePlan plan(ranges.data(), ranges.size(), UINT64_MAX, UINT64_MAX);
  CHECK(plan.requests().size() == 1);
  CHECK(plan.order().size() == 100'000);
}

// ---- Composed -----------------------------------------------------------------------------------

// A driver whose readers report an etag.
struct VersionedDriver : FakeDriver {
  VersionedDriver() {
    objects["/a"] = "0123456789";
    script.reader_info = [this](const Request& request) {
      berth_entry entry{};
      entry.struct_size = sizeof entry;
      entry.flags = BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_ETAG;
      entry.size = objects["/a"].size();
      entry.etag = {etag.data(), etag.size()};
      request.emit(request.sink, &entry);
      return ok;
    };
  }
  std::string etag = "one";
};

TEST_CASE("ranges come from readers where the driver has no read_ranges") {
  VersionedDriver fake;
  Store store = fake.create();
  std::string a(3, '?'), b(4, '?'), c(5, '?');
  std::vector<Range> ranges{{8, 3, a.data()}, {1, 4, b.data()}, {40, 5, c.data()}, {3, 0}};
  std::vector<std::size_t> completed;
  const auto info = store.read_ranges("/a", ranges, {.join_gap = 0, .done = [&](std::size_t index) {
                                                       completed.push_back(index);
                                                     }});
  CHECK(ranges[0].got == 2);
  CHECK(a == "89?");
  CHECK(ranges[1].got == 4);
  CHECK(b == "1234");
  CHECK(ranges[2].got == 0);
  CHECK(completed == std::vector<std::size_t>{3, 1, 0, 2});
  REQUIRE(info);
  CHECK(info->etag == "one");
  CHECK(info->path == "/a");
}

TEST_CASE("one request is enough where one can serve all ranges") {
  VersionedDriver fake;
  Store store = fake.create();
  std::string a(1, '?'), b(1, '?');
  std::vector<Range> ranges{{0, 1, a.data()}, {9, 1, b.data()}};
  store.read_ranges("/a", ranges);
  CHECK(std::ranges::count(fake.log, std::string("reader_open")) == 1);
  CHECK(a + b == "09");
}

TEST_CASE("an object that is replaced between two requests is an error") {
  VersionedDriver fake;
  Store store = fake.create();
  std::string a(1, '?'), b(1, '?');
  std::vector<Range> ranges{{0, 1, a.data()}, {9, 1, b.data()}};
  CHECK_THROWS_AS(
      store.read_ranges("/a", ranges,
                        {.join_gap = 0, .done = [&](std::size_t) { fake.etag = "two"; }}),
      PreconditionFailedError);
}

TEST_CASE("another version than if_match names is not read") {
  VersionedDriver fake;
  Store store = fake.create();
  std::string a(1, '?');
  std::vector<Range> ranges{{0, 1, a.data()}};
  CHECK_NOTHROW(store.read_ranges("/a", ranges, {.if_match = "one"}));
  CHECK_THROWS_AS(store.read_ranges("/a", ranges, {.if_match = "two"}), PreconditionFailedError);
}

TEST_CASE("one reader serves all ranges where the driver reports no versions") {
  FakeDriver fake;
  fake.objects["/a"] = "0123456789";
  fake.ops().reader_info = nullptr;
  Store store = fake.create();
  std::string a(1, '?'), b(1, '?');
  std::vector<Range> ranges{{9, 1, b.data()}, {2, 1, a.data()}};
  store.read_ranges("/a", ranges, {.join_gap = 0, .largest_request = 1});
  CHECK(a + b == "29");
  CHECK_THROWS_AS(store.read_ranges("/a", ranges, {.if_match = "one"}), UnsupportedMethodError);
}

TEST_CASE("ranges that cannot be are refused before the driver is called") {
  VersionedDriver fake;
  Store store = fake.create();
  std::string memory(10, '?');
  const auto refused = [&](std::vector<Range> ranges) {
    fake.log.clear();
    CHECK_THROWS_AS(store.read_ranges("/a", ranges), InvalidParametersError);
    CHECK(fake.log.empty());
  };
  refused({{UINT64_MAX, 1, memory.data()}});
  refused({{INT64_MAX, 1, memory.data()}});
  refused({{1, UINT64_MAX, memory.data()}});
  refused({{0, 1, nullptr}});
  refused({{0, 2, memory.data()}, {5, 2, memory.data() + 1}});
  std::vector<Range> one{{0, 1, memory.data()}};
  CHECK_THROWS_AS(store.read_ranges("/missing", one), PathNotFoundError);
}

TEST_CASE("no range is no request") {
  VersionedDriver fake;
  Store store = fake.create();
  fake.log.clear();
  CHECK_FALSE(store.read_ranges("/a", {}));
  CHECK(fake.log.empty());
}

// ---- By the driver ------------------------------------------------------------------------------

struct NativeCall {
  std::span<berth_range> ranges;
  const berth_ranges_options& options;
  berth_range_fn done;
  berth_entry_fn emit;
  void* sink;
};

std::function<berth_status(const NativeCall&)> native;

berth_status read_ranges(berth_store*, const berth_call*, berth_str, berth_range* ranges,
                         std::size_t count, const berth_ranges_options* options,
                         berth_range_fn done, berth_entry_fn emit, void* sink,
                         berth_error*) noexcept {
  return native({{ranges, count}, *options, done, emit, sink});
}

// What the host says of a driver whose read_ranges does this with two ranges of 2 bytes.
std::string native_fault(const std::function<berth_status(const NativeCall&)>& behaviour) {
  FakeDriver fake;
  fake.ops().read_ranges = &read_ranges;
  native = behaviour;
  Store store = fake.create();
  std::string memory(4, '?');
  std::vector<Range> ranges{{0, 2, memory.data()}, {2, 2, memory.data() + 2}};
  try {
    store.read_ranges("/a", ranges);
  } catch (const InternalError& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("a driver's own read_ranges gets the options and reports the object") {
  FakeDriver fake;
  fake.ops().read_ranges = &read_ranges;
  native = [](const NativeCall& call) {
    CHECK(call.options.struct_size == sizeof(berth_ranges_options));
    CHECK(call.options.join_gap == UINT64_MAX);
    CHECK(call.options.largest_request == 7);
    CHECK(call.options.parallel == 3);
    CHECK(std::string(call.options.if_match.data) == "v");
    berth_entry entry{};
    entry.struct_size = sizeof entry;
    entry.flags = BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_ETAG;
    entry.size = 9;
    entry.etag = {"v", 1};
    call.emit(call.sink, &entry);
    call.ranges[0].got = 1;
    *static_cast<char*>(call.ranges[0].into) = 'x';
    call.done(call.sink, 0);
    return ok;
  };
  Store store = fake.create();
  std::string memory(2, '?');
  std::vector<Range> ranges{{8, 2, memory.data()}};
  const auto info =
      store.read_ranges("/a", ranges, {.largest_request = 7, .parallel = 3, .if_match = "v"});
  CHECK(memory == "x?");
  CHECK(ranges[0].got == 1);
  REQUIRE(info);
  CHECK(info->size == 9);
}

TEST_CASE("a driver that breaks the contract of read_ranges is an error") {
  const auto complete = [](const NativeCall& call, std::size_t index) {
    call.ranges[index].got = 2;
    call.done(call.sink, index);
  };
  CHECK(native_fault([&](const NativeCall& call) {
          return complete(call, 0), complete(call, 1), ok;
        }).empty());
  CHECK(native_fault([&](const NativeCall& call) {
          return complete(call, 0), ok;
        }).find("answered OK without completing range 1") != std::string::npos);
  CHECK(native_fault([&](const NativeCall& call) {
          return complete(call, 0), complete(call, 0), ok;
        }).find("completed range 0 twice") != std::string::npos);
  CHECK(native_fault([&](const NativeCall& call) {
          return call.done(call.sink, 2), ok;
        }).find("completed a range that was not asked for") != std::string::npos);
  CHECK(native_fault([&](const NativeCall& call) {
          complete(call, 0), complete(call, 1);
          call.ranges[1].got = 3;
          return ok;
        }).find("says it read more bytes than fit into range 1") != std::string::npos);
  CHECK(native_fault([&](const NativeCall& call) {
          return call.emit(call.sink, nullptr), ok;
        }).find("reported no entry") != std::string::npos);
}

TEST_CASE("a driver that takes one call at a time gets none from within its read_ranges") {
  FakeDriver fake(BERTH_THREADS_SERIAL_STORE);
  fake.objects["/a"] = "0123456789";
  fake.ops().read_ranges = &read_ranges;
  bool inside = false;
  native = [&](const NativeCall& call) {
    inside = true;
    call.ranges[0].got = 1;
    call.done(call.sink, 0);
    inside = false;
    return ok;
  };
  int calls = 0;
  fake.script.stat = [&](const Request& request) {
    ++calls;
    CHECK_FALSE(inside);
    request.file("/a");
    return ok;
  };
  Store store = fake.create();
  char byte = 0;
  std::vector<Range> ranges{{0, 1, &byte}};
  store.read_ranges("/a", ranges, {.done = [&](std::size_t) { store.stat("/a"); }});
  CHECK(calls == 1);
}

TEST_CASE("what the program's done() throws reaches the caller") {
  FakeDriver fake;
  fake.ops().read_ranges = &read_ranges;
  native = [](const NativeCall& call) {
    call.done(call.sink, 0);
    return BERTH_STATUS_CANCELLED;
  };
  Store store = fake.create();
  char byte = 0;
  std::vector<Range> ranges{{0, 1, &byte}};
  CHECK_THROWS_WITH(
      store.read_ranges("/a", ranges,
                        {.done = [](std::size_t) { throw std::runtime_error("enough"); }}),
      "enough");
}

}  // namespace
