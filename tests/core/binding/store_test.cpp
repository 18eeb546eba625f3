// SPDX-License-Identifier: Apache-2.0
//
// Store over a driver that behaves, and what the host composes where it has no operation.
#include <berth/store.hpp>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "fake_driver.hpp"

using berth::Entry;
using berth::Store;
using berth::Visit;
using berth::test::FakeDriver;
using berth::test::Request;

namespace {

std::string walked(Store& store, const std::string& from, const std::string& start_after = {}) {
  std::string order;
  store.walk(from,
             [&order](const Entry& entry) {
               order += std::string(entry.path) + (entry.is_directory ? "/ " : " ");
               return Visit::carry_on;
             },
             {.start_after = start_after});
  return order;
}

}  // namespace

TEST_CASE("what is put can be read back, whole and in part") {
  FakeDriver fake;
  Store store = fake.create();
  store.put_content("/a/b", "hello");
  CHECK(store.get_content("/a/b") == "hello");
  CHECK(store.reader("/a/b", 1, 3).read_all() == "ell");
  CHECK(store.stat("/a/b").size == 5);
  CHECK(store.stat("/a").is_directory);
  CHECK(store.list("/") == std::vector<std::string>{"/a"});
}

TEST_CASE("a store reports the containers that enclose it") {
  FakeDriver fake;
  CHECK(FakeDriver().create().place().empty());
  fake.ops().place = [](berth_store*, berth_buffer* into, berth_error*) noexcept -> berth_status {
    constexpr std::string_view lines = "fake:1\t\nfake:1/a\ta\n";
    std::memcpy(into->extend(into, lines.size()), lines.data(), lines.size());
    return BERTH_STATUS_OK;
  };
  CHECK(fake.create().place() == berth::StorePlace{{"fake:1", ""}, {"fake:1/a", "a"}});
}

TEST_CASE("a place that is not made of lines with a tab is the driver's fault") {
  FakeDriver fake;
  fake.ops().place = [](berth_store*, berth_buffer* into, berth_error*) noexcept -> berth_status {
    return *static_cast<char*>(into->extend(into, 1)) = 'x', BERTH_STATUS_OK;
  };
  Store store = fake.create();
  CHECK_THROWS_WITH_AS(store.place(), doctest::Contains("a line without a tab"), berth::Error);
}

TEST_CASE("the path that a driver gets ends in a NUL") {
  FakeDriver fake;
  fake.script.put = [](const Request& r) {
    return r.raw_path[r.path.size()] == '\0' ? BERTH_STATUS_OK
                                             : r.fail(BERTH_STATUS_INTERNAL, "no NUL");
  };
  Store store = fake.create();
  CHECK_NOTHROW(store.put_content(std::string_view("/a/bXXXX", 4), "x"));
}

TEST_CASE("a bad path never reaches the driver, and the offset is looked at first") {
  FakeDriver fake;
  Store store = fake.create();
  fake.log.clear();
  CHECK_THROWS_AS(store.get_content("/a/"), berth::InvalidPathError);
  CHECK_THROWS_AS(store.put_content("/", ""), berth::InvalidPathError);
  CHECK_THROWS_AS(store.reader("nonsense", -1), berth::InvalidOffsetError);
  CHECK(fake.log.empty());
}

TEST_CASE("a missing path is named with driver and path") {
  FakeDriver fake;
  Store store = fake.create();
  const std::string text = fake.name() + ": Path not found: /x";
  CHECK_THROWS_WITH_AS(store.get_content("/x"), text.c_str(), berth::PathNotFoundError);
}

TEST_CASE("get is composed from the reader") {
  FakeDriver fake;
  fake.ops().get = nullptr;
  Store store = fake.create();
  const std::string large(300000, 'x');
  store.put_content("/a", large);
  CHECK(store.get_content("/a") == large);
  CHECK_THROWS_AS(store.get_content("/b"), berth::PathNotFoundError);
}

TEST_CASE("copy is composed from reader and writer") {
  FakeDriver fake;
  fake.ops().copy = nullptr;
  Store store = fake.create();
  store.put_content("/a", "bytes");
  store.copy("/a", "/b");
  CHECK(fake.objects["/b"] == "bytes");
}

TEST_CASE("a composed copy that fails discards what it wrote") {
  FakeDriver fake;
  fake.ops().copy = nullptr;
  fake.objects["/a"] = "bytes";
  fake.script.reader_read = [](const Request& r) { return r.fail(BERTH_STATUS_IO, "disk"); };
  Store store = fake.create();
  fake.log.clear();
  CHECK_THROWS_AS(store.copy("/a", "/b"), berth::IoError);
  CHECK(fake.log == std::vector<std::string>{"reader_open", "reader_info", "writer_open",
                                             "reader_read", "writer_cancel", "writer_close",
                                             "reader_close"});
}

TEST_CASE("moving or copying an object onto itself leaves it alone") {
  FakeDriver fake;
  Store store = fake.create();
  store.put_content("/a", "x");
  fake.log.clear();
  store.move("/a", "/a");
  store.copy("/a", "/a");
  CHECK(fake.log == std::vector<std::string>{"stat", "stat"});
  CHECK_THROWS_AS(store.move("/b", "/b"), berth::PathNotFoundError);
}

TEST_CASE("walk is composed from list and stat, in the one order") {
  FakeDriver fake;
  fake.ops().walk = nullptr;
  Store store = fake.create();
  for (const char* path : {"/a/x", "/a-b", "/a.b", "/a0", "/b/c/d"}) store.put_content(path, "1");
  CHECK(walked(store, "/") == "/a-b /a.b /a/ /a/x /a0 /b/ /b/c/ /b/c/d ");
  CHECK(walked(store, "/b") == "/b/c/ /b/c/d ");
  CHECK_THROWS_AS(walked(store, "/missing"), berth::PathNotFoundError);
}

TEST_CASE("a visitor may call into the store that it walks, whatever the limits") {
  for (const std::uint16_t model :
       {BERTH_THREADS_SERIAL_DRIVER, BERTH_THREADS_SERIAL_STORE, BERTH_THREADS_PARALLEL}) {
    FakeDriver fake(model);
    Store store = fake.create({.parallel = 1});
    store.put_content("/a", "1");
    std::uint64_t size = 0;
    store.list("/", [&](const Entry& entry) {
      size = store.stat(entry.path).size;
      return Visit::carry_on;
    });
    CHECK(size == 1);
  }
}

TEST_CASE("what a visitor throws reaches the caller") {
  FakeDriver fake;
  Store store = fake.create();
  store.put_content("/a", "1");
  const auto thrower = [](const Entry&) -> Visit { throw std::logic_error("mine"); };
  CHECK_THROWS_WITH_AS(store.list("/", thrower), "mine", std::logic_error);
}

TEST_CASE("a reader keeps its store alive") {
  FakeDriver fake;
  auto reader = [&] {
    Store store = fake.create();
    store.put_content("/a", "kept");
    return store.reader("/a");
  }();
  CHECK(fake.log.back() == "reader_open");
  CHECK(reader.read_all() == "kept");
}

TEST_CASE("a URL is given where the driver has one") {
  FakeDriver fake;
  fake.script.url_for = [](const Request& r) {
    if (r.second != "GET") return static_cast<berth_status>(BERTH_STATUS_UNSUPPORTED_METHOD);
    *static_cast<char*>(r.into->extend(r.into, 1)) = 'u';
    return static_cast<berth_status>(BERTH_STATUS_OK);
  };
  Store store = fake.create();
  CHECK(store.url_for("/a") == "u");
  CHECK_FALSE(store.url_for("/a", {.method = "PUT"}).has_value());
}

TEST_CASE("a driver without URLs gives none") {
  FakeDriver fake;
  fake.ops().url_for = nullptr;
  CHECK_FALSE(fake.create().url_for("/a").has_value());
}
