// SPDX-License-Identifier: Apache-2.0
//
// Drivers that break the contract: each way is an error that names driver and operation, none a
// crash.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>
#include <berth/store.hpp>

#include "fake_driver.hpp"
#include "support/captured_log.hpp"

using berth::Entry;
using berth::InternalError;
using berth::Store;
using berth::Visit;
using berth::test::FakeDriver;
using berth::test::Request;

namespace {

constexpr berth_status ok = BERTH_STATUS_OK;

// The text of the InternalError, without the driver's name.
template <class Body>
std::string fault(const FakeDriver& fake, Body&& body) {
  try {
    body();
  } catch (const InternalError& error) {
    const std::string text = error.what(), prefix = fake.name() + ": ";
    const std::string suffix = "; this is a bug in the driver";
    REQUIRE(text.starts_with(prefix));
    REQUIRE(text.ends_with(suffix));
    return text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
  }
  return "nothing was thrown";
}

std::string list_fault(const berth::test::Step& list) {
  FakeDriver fake;
  fake.script.list = list;
  Store store = fake.create();
  return fault(fake, [&] { store.list("/d"); });
}

std::string stat_fault(const berth::test::Step& stat) {
  FakeDriver fake;
  fake.script.stat = stat;
  Store store = fake.create();
  return fault(fake, [&] { store.stat("/a"); });
}

}  // namespace

TEST_CASE("OK without a handle is a fault") {
  FakeDriver fake;
  Store store = fake.create();
  fake.script.no_handle = true;
  CHECK(fault(fake, [&] { store.reader("/a"); }) ==
        "reader_open /a: the driver answered OK but gave no reader");
  CHECK(fault(fake, [&] { store.writer("/a"); }) ==
        "writer_open /a: the driver answered OK but gave no writer");
  CHECK(fault(fake, [&] { fake.create(); }) == "open: the driver answered OK but gave no store");
}

TEST_CASE("a store that is left behind by a failed open is not closed") {
  FakeDriver fake;
  fake.ops().open = [](const berth_params* params, const berth_call*, berth_store** out,
                       berth_error*) noexcept -> berth_status {
    const std::string address(params->items[0].value.data, params->items[0].value.size);
    *out = reinterpret_cast<berth_store*>(std::stoull(address));
    return BERTH_STATUS_IO;
  };
  CHECK_THROWS_AS(fake.create(), berth::IoError);
  CHECK(std::count(fake.log.begin(), fake.log.end(), "close") == 0);
}

TEST_CASE("a reader that reads more than there is room for is a fault") {
  FakeDriver fake;
  fake.objects["/a"] = "x";
  fake.script.reader_read = [](const Request& r) { return *r.got = r.capacity + 1, ok; };
  Store store = fake.create();
  auto reader = store.reader("/a");
  char buffer[8];
  CHECK(fault(fake, [&] { reader.read(buffer, sizeof buffer); }) ==
        "reader_read /a: the driver says it read 9 bytes into a buffer of 8");
}

TEST_CASE("stat must report exactly one entry, and a file with its size") {
  CHECK(stat_fault([](const Request&) { return ok; }) ==
        "stat /a: the driver answered OK but reported nothing");
  CHECK(stat_fault([](const Request& r) { return r.file("/a"), r.file("/a"), ok; }) ==
        "stat /a: the driver reported more than one entry");
  CHECK(stat_fault([](const Request& r) { return r.report("/a", 0), ok; }) ==
        "stat /a: the driver reported a file without its size");
  CHECK(stat_fault([](const Request& r) { return r.emit(r.sink, nullptr), ok; }) ==
        "stat /a: the driver reported no entry where there should be one");
}

TEST_CASE("an entry that is too short is a fault") {
  CHECK(list_fault([](const Request& r) {
          berth_entry entry{};
          entry.struct_size = 8;
          return r.emit(r.sink, &entry), ok;
        }) == "list /d: the driver reported an entry that is too short");
}

TEST_CASE("an entry that points nowhere is a fault") {
  CHECK(list_fault([](const Request& r) {
          const berth_entry entry{sizeof entry, 0, {nullptr, 7}, {}, 0, 0};
          return r.emit(r.sink, &entry), ok;
        }) == "list /d: the driver reported an entry without a path");
  CHECK(list_fault([](const Request& r) {
          const berth_entry entry{
              sizeof entry, BERTH_ENTRY_HAS_ETAG, {"/d/a", 4}, {nullptr, 3}, 0, 0};
          return r.emit(r.sink, &entry), ok;
        }) == "list /d: the driver reported an etag that points nowhere");
}

TEST_CASE("list must report direct children") {
  CHECK(list_fault([](const Request& r) { return r.file("/da"), ok; }) ==
        "list /d: the driver reported \"/da\", which is not below the directory");
  CHECK(list_fault([](const Request& r) { return r.file("a"), ok; }) ==
        "list /d: the driver reported \"a\", which is not below the directory");
  CHECK(list_fault([](const Request& r) { return r.file("/d/a/b"), ok; }) ==
        "list /d: the driver reported \"/d/a/b\", which is not a direct child");
  CHECK(list_fault([](const Request& r) { return r.directory("/d/a/"), ok; }) ==
        "list /d: the driver reported \"/d/a/\", which ends in a slash");
}

TEST_CASE("a faulty entry ends the listing, whatever the driver does next") {
  CHECK(list_fault([](const Request& r) {
          for (int i = 0; i < 3; ++i) r.file("/elsewhere");
          return r.fail(BERTH_STATUS_IO, "and then it failed");
        }).find("which is not below the directory") != std::string::npos);
}

TEST_CASE("a size that no file has is a fault") {
  static constexpr std::uint64_t size = std::uint64_t{1} << 63;
  CHECK(stat_fault([](const Request& r) { return r.file("/a", size), ok; }) ==
        "stat /a: the driver reported a size of more than 2^63 - 1 bytes");
  CHECK(list_fault([](const Request& r) { return r.file("/d/a", size), ok; }) ==
        "list /d: the driver reported a size of more than 2^63 - 1 bytes");
}

TEST_CASE("an etag or a path of absurd length is a fault, and not copied") {
  const auto entry = [](const std::string& path, const std::string& etag) {
    return [=](const Request& r) {
      const berth_entry raw{sizeof raw,
                            BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_ETAG,
                            {path.data(), path.size()},
                            {etag.data(), etag.size()},
                            1,
                            0};
      return r.emit(r.sink, &raw), ok;
    };
  };
  CHECK(stat_fault(entry("/a", std::string(1025, 'e'))) ==
        "stat /a: the driver reported an etag of more than 1024 bytes");
  CHECK(list_fault(entry("/d/" + std::string(1 << 20, 'n'), "e")) ==
        "list /d: the driver reported a path of more than 1 MiB");
}

TEST_CASE("a long path is cut where a fault names it") {
  const std::string text = list_fault(
      [](const Request& r) { return r.file("/elsewhere/" + std::string(5000, 'x')), ok; });
  CHECK(text.size() < 500);
  CHECK(text.find("xxx... (5011 bytes)\", which is not below the directory") != std::string::npos);
}

TEST_CASE("a name longer than the store takes is one that no path can express") {
  const std::string longest = "/" + std::string(1023, 'a'), longer = longest + "a";
  FakeDriver fake;
  fake.script.list = [&](const Request& r) {
    return r.directory(longest), r.directory(longer), ok;
  };
  Store store = fake.create();
  std::vector<std::string> entries, unnameable;
  store.list("/", [&](const Entry& e) { return entries.emplace_back(e.path), Visit::carry_on; },
             {.unnameable = [&](std::string_view name) { unnameable.emplace_back(name); }});
  CHECK(entries == std::vector<std::string>{longest});
  CHECK(unnameable == std::vector<std::string>{longer});
}

TEST_CASE("a composed walk does not enter a directory whose name is too long") {
  FakeDriver fake;
  fake.ops().walk = nullptr;
  const std::string longer = "/" + std::string(9000, 'A');
  std::vector<std::string> listed;
  fake.script.list = [&](const Request& r) {
    listed.push_back(r.path);
    return r.directory(longer), ok;
  };
  Store store = fake.create();
  std::size_t unnameable = 0;
  store.walk("/", [](const Entry&) { return Visit::carry_on; },
             {.start_after = {}, .unnameable = [&](std::string_view) { ++unnameable; }});
  CHECK(unnameable == 1);
  CHECK(listed == std::vector<std::string>{"/"});
}

TEST_CASE("a walk out of order is a fault") {
  const auto walk_fault = [](const berth::test::Step& walk) {
    FakeDriver fake;
    fake.script.walk = walk;
    Store store = fake.create();
    return fault(fake, [&] { store.walk("/", [](const Entry&) { return Visit::carry_on; }); });
  };
  CHECK(walk_fault([](const Request& r) { return r.file("/b"), r.file("/a"), ok; }) ==
        "walk /: the driver reported \"/a\" after \"/b\", which is not the order of a walk");
  CHECK(walk_fault([](const Request& r) { return r.file("/a"), r.file("/a"), ok; }) ==
        "walk /: the driver reported \"/a\" after \"/a\", which is not the order of a walk");
  CHECK(walk_fault([](const Request& r) { return r.directory("/a"), r.file("/a-b"), ok; }) ==
        "walk /: the driver reported \"/a-b\" after \"/a\", which is not the order of a walk");
}

TEST_CASE("an entry that comes after its function returned reaches no visitor") {
  FakeDriver fake;
  Request late;
  fake.script.list = [&](const Request& r) { return late = r, r.file("/a"), ok; };
  Store store = fake.create();
  const berth::test::CapturedLog log;
  CHECK(store.list("/") == std::vector<std::string>{"/a"});
  CHECK(late.file("/b") == BERTH_VISIT_STOP);
  fake.script.list = [&](const Request& r) { return late.file("/c"), r.file("/d"), ok; };
  CHECK(store.list("/") == std::vector<std::string>{"/d"});
  CHECK(log.text().find("a driver reported an entry after its function returned") !=
        std::string::npos);
}

TEST_CASE("a sink that the host never gave is refused") {
  FakeDriver fake;
  fake.script.list = [](const Request& r) {
    const berth_entry raw{sizeof raw, BERTH_ENTRY_DIRECTORY, {"/a", 2}, {}, 0, 0};
    CHECK(r.emit(nullptr, &raw) == BERTH_VISIT_STOP);
    CHECK(r.emit(reinterpret_cast<void*>(~std::uintptr_t{0}), &raw) == BERTH_VISIT_STOP);
    return ok;
  };
  Store store = fake.create();
  CHECK(store.list("/").empty());
}

TEST_CASE("entries from two threads at once are a fault") {
  FakeDriver fake;
  fake.script.list = [](const Request& r) { return r.file("/d/a"), ok; };
  Store store = fake.create();
  Request request;
  fake.script.list = [&](const Request& r) { return request = r, r.file("/d/a"), ok; };
  const auto report_from_elsewhere = [&](const Entry&) {
    std::thread([&] { CHECK(request.file("/d/b") == BERTH_VISIT_STOP); }).join();
    return Visit::carry_on;
  };
  CHECK(fault(fake, [&] { store.list("/d", report_from_elsewhere); }) ==
        "list /d: the driver reported entries from two threads at once");
}

TEST_CASE("entries from another thread of the driver are taken") {
  FakeDriver fake;
  fake.script.list = [](const Request& r) {
    std::thread([&] { r.file("/d/a"); }).join();
    return ok;
  };
  Store store = fake.create();
  CHECK(store.list("/d") == std::vector<std::string>{"/d/a"});
}

TEST_CASE("a call that ended reads as cancelled and past its deadline") {
  FakeDriver fake;
  const berth_call* kept = nullptr;
  fake.script.put = [&](const Request& r) { return kept = r.call, ok; };
  Store store = fake.create();
  store.put_content("/a", "");
  const berth::test::CapturedLog log;
  CHECK(kept->struct_size == 0);
  CHECK(kept->deadline_ns == 0);
  CHECK(kept->cancelled(kept) == 1);
  CHECK(log.text().find("a driver used a berth_call after the function") != std::string::npos);
}

TEST_CASE("a call that ended stays recognisable during the next one") {
  FakeDriver fake;
  const berth_call* kept = nullptr;
  fake.script.put = [&](const Request& r) { return kept = r.call, ok; };
  fake.script.remove = [&](const Request& r) {
    CHECK(kept != r.call);
    CHECK(kept->cancelled(kept) == 1);
    CHECK(r.call->cancelled(r.call) == 0);
    return ok;
  };
  Store store = fake.create();
  store.put_content("/a", "");
  store.remove("/a");
}

TEST_CASE("a stream that is open already is a fault, and closed once") {
  FakeDriver fake;
  fake.objects["/a"] = "x";
  Store store = fake.create();
  auto reader = store.reader("/a");
  auto writer = store.writer("/a");
  fake.script.same_handle = true;
  CHECK(fault(fake, [&] { store.reader("/a"); }) ==
        "reader_open /a: the driver gave a reader that is open already");
  CHECK(fault(fake, [&] { store.writer("/a"); }) ==
        "writer_open /a: the driver gave a writer that is open already");
  CHECK(std::count(fake.log.begin(), fake.log.end(), "reader_close") == 0);
}

TEST_CASE("a read that sets no count is a fault and not the end of the object") {
  FakeDriver fake;
  fake.objects["/a"] = "x";
  fake.script.reader_read = [](const Request&) { return ok; };
  Store store = fake.create();
  CHECK(fault(fake, [&] { store.reader("/a").read_all(); }) ==
        "reader_read /a: the driver answered OK but set no number of bytes");
}

TEST_CASE("a writer's size that no object has is a fault, and the writer closes all the same") {
  FakeDriver fake;
  fake.ops().writer_size = [](berth_writer*) noexcept { return UINT64_MAX; };
  Store store = fake.create();
  auto writer = store.writer("/a");
  CHECK(fault(fake, [&] { static_cast<void>(writer.size()); }) ==
        "writer_size /a: the driver reported a size of more than 2^63 - 1 bytes");
  CHECK_NOTHROW(writer.close());
}

TEST_CASE("a block size that no program can allocate is cut to 64 MiB") {
  FakeDriver fake;
  fake.caps.preferred_io_bytes = UINT64_MAX;
  CHECK(fake.create().capabilities().preferred_io_bytes == 64 << 20);
}

TEST_CASE("a walk must tell the size of files") {
  FakeDriver fake;
  fake.script.walk = [](const Request& r) { return r.report("/d/a", 0), ok; };
  Store store = fake.create();
  CHECK(fault(fake, [&] { store.walk("/", [](const Entry&) { return Visit::carry_on; }); }) ==
        "walk /: the driver reported \"/d/a\", which has no size");
}

TEST_CASE("names that no path can express are left out, with a warning") {
  FakeDriver fake;
  fake.script.list = [](const Request& r) {
    for (const char* name : {"/d/a\nb", "/d/\xFF", "/d/..", "/d/", "/d/good"}) r.file(name);
    return ok;
  };
  Store store = fake.create();
  const berth::test::CapturedLog log;
  CHECK(store.list("/d") == std::vector<std::string>{"/d/good"});
  CHECK(log.text().find("left out an entry below /d whose name no path can express: /d/a\\x0Ab") !=
        std::string::npos);
}

TEST_CASE("names that no path can express reach a program that asks for them, and no entry does") {
  const berth::test::Step names = [](const Request& r) {
    for (const char* name : {"/d/a\nb", "/d/\xFF", "/d/..", "/d/", "/d/good"}) r.file(name);
    return ok;
  };
  const std::vector<std::string> odd{"/d/a\nb", "/d/\xFF", "/d/..", "/d/"};
  FakeDriver fake;
  fake.script.list = names;
  fake.script.walk = names;
  Store store = fake.create();
  const berth::test::CapturedLog log;
  std::vector<std::string> entries, unnameable;
  const auto entry = [&](const Entry& e) { return entries.emplace_back(e.path), Visit::carry_on; };
  const auto odd_name = [&](std::string_view name) { unnameable.emplace_back(name); };
  store.list("/d", entry, {.unnameable = odd_name});
  CHECK(unnameable == odd);
  unnameable.clear();
  store.walk("/d", entry, {.unnameable = odd_name});
  CHECK(unnameable == odd);
  CHECK(entries == std::vector<std::string>{"/d/good", "/d/good"});
  CHECK(log.text().empty());
}

TEST_CASE("an object deep in a walk whose key ends in a slash is a name that no path can express") {
  FakeDriver fake;
  fake.script.walk = [](const Request& r) { return r.file("/d/a/b/"), r.file("/d/a/c"), ok; };
  Store store = fake.create();
  std::vector<std::string> entries, unnameable;
  const auto entry = [&](const Entry& e) { return entries.emplace_back(e.path), Visit::carry_on; };
  const auto odd_name = [&](std::string_view name) { unnameable.emplace_back(name); };
  store.walk("/d", entry, {.unnameable = odd_name});
  CHECK(unnameable == std::vector<std::string>{"/d/a/b/"});
  CHECK(entries == std::vector<std::string>{"/d/a/c"});
}

TEST_CASE("a driver that goes on after STOP is not heard") {
  FakeDriver fake;
  fake.script.list = [](const Request& r) { return r.file("/a"), r.file("/b"), ok; };
  Store store = fake.create();
  int seen = 0;
  store.list("/", [&](const Entry&) { return ++seen, Visit::stop; });
  CHECK(seen == 1);
}

TEST_CASE("a driver that enters a skipped directory is not heard there") {
  FakeDriver fake;
  fake.script.walk = [](const Request& r) {
    return r.directory("/a"), r.file("/a/b"), r.file("/a/c/d"), r.file("/ab"), ok;
  };
  Store store = fake.create();
  std::string seen;
  store.walk("/", [&](const Entry& entry) {
    seen += std::string(entry.path) + " ";
    return entry.is_directory ? Visit::skip_directory : Visit::carry_on;
  });
  CHECK(seen == "/a /ab ");
}

TEST_CASE("skip_directory after a file is no business of the driver's") {
  FakeDriver fake;
  std::int32_t answer = -1;
  fake.script.walk = [&](const Request& r) { return answer = r.file("/a"), ok; };
  Store store = fake.create();
  store.walk("/", [](const Entry&) { return Visit::skip_directory; });
  CHECK(answer == BERTH_VISIT_CONTINUE);
}

TEST_CASE("a status that the host does not know is an error with its number") {
  FakeDriver fake;
  fake.script.remove = [](const Request&) { return static_cast<berth_status>(99); };
  Store store = fake.create();
  const std::string text = fake.name() +
                           ": remove /a: the driver answered with status 99, which this host does "
                           "not know";
  CHECK_THROWS_WITH_AS(store.remove("/a"), text.c_str(), berth::Error);
}

TEST_CASE("texts of a failure that lack their NUL or hold newlines are mended") {
  FakeDriver fake;
  fake.script.remove = [](const Request& r) {
    std::fill(std::begin(r.error->message), std::end(r.error->message), 'm');
    std::fill(std::begin(r.error->code), std::end(r.error->code), '\n');
    return static_cast<berth_status>(BERTH_STATUS_UNAVAILABLE);
  };
  Store store = fake.create();
  try {
    store.remove("/a");
    FAIL("nothing was thrown");
  } catch (const berth::UnavailableError& error) {
    CHECK(error.detail().message == std::string(512, 'm'));
    CHECK(error.service_code() == std::string(64, ' '));
  }
}

TEST_CASE("a URL that is empty is a fault") {
  FakeDriver fake;
  Store store = fake.create();
  CHECK(fault(fake, [&] { store.url_for("/a"); }) ==
        "url_for /a: the driver answered OK but gave no URL");
}

TEST_CASE("a URL that is too long, or holds what no URL holds, is a fault") {
  FakeDriver fake;
  std::string url = std::string(65537, 'u');
  fake.script.url_for = [&](const Request& r) {
    void* const at = r.into->extend(r.into, url.size());
    if (at == nullptr) return r.fail(BERTH_STATUS_NO_SPACE, "no room");
    return std::memcpy(at, url.data(), url.size()), ok;
  };
  Store store = fake.create();
  CHECK(fault(fake, [&] { store.url_for("/a"); }) ==
        "url_for /a: the driver gave a URL of more than 64 KiB");
  url = "http://host/a\r\nHost: elsewhere";
  CHECK(fault(fake, [&] { store.url_for("/a"); }) ==
        "url_for /a: the driver gave a URL that is not visible ASCII");
}

TEST_CASE("a place that is too long is a fault") {
  FakeDriver fake;
  fake.ops().place = [](berth_store*, berth_buffer* into, berth_error*) noexcept -> berth_status {
    return into->extend(into, 65537) == nullptr ? BERTH_STATUS_NO_SPACE : BERTH_STATUS_OK;
  };
  Store store = fake.create();
  CHECK(fault(fake, [&] { static_cast<void>(store.place()); }) ==
        "place: the driver's place has more than 64 KiB");
}

TEST_CASE("a message that is cut within a character stays valid UTF-8") {
  FakeDriver fake;
  fake.script.remove = [](const Request& r) {
    return r.fail(BERTH_STATUS_UNAVAILABLE, std::string(511, 'm') + "\xC3\xA9");
  };
  Store store = fake.create();
  try {
    store.remove("/a");
    FAIL("nothing was thrown");
  } catch (const berth::UnavailableError& error) {
    CHECK(error.detail().message == std::string(511, 'm') + "?");
  }
}

TEST_CASE("a buffer of absurd size is refused, not allocated") {
  FakeDriver fake;
  fake.script.get = [](const Request& r) {
    return r.into->extend(r.into, SIZE_MAX / 2) == nullptr
               ? r.fail(BERTH_STATUS_NO_SPACE, "too large")
               : ok;
  };
  Store store = fake.create();
  CHECK_THROWS_AS(store.get_content("/a"), berth::NoSpaceError);
}
