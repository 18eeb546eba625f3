// SPDX-License-Identifier: Apache-2.0
//
// The state machine of a writer: what the host refuses never reaches the driver.
#include <algorithm>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>
#include <berth/store.hpp>

#include "fake_driver.hpp"
#include "support/captured_log.hpp"

using berth::Store;
using berth::Writer;
using berth::WrongStateError;
using berth::test::FakeDriver;
using berth::test::Request;

namespace {

// Why the operation is refused.
template <class Body>
std::string refusal(Body&& body) {
  try {
    body();
  } catch (const WrongStateError& error) {
    return error.detail().message;
  }
  return "nothing was thrown";
}

berth_status fail_io(const Request& request) {
  return request.fail(BERTH_STATUS_IO, "disk");
}

}  // namespace

TEST_CASE("a committed writer takes only close, once") {
  FakeDriver fake;
  Store store = fake.create();
  Writer writer = store.writer("/a");
  writer.write("bytes");
  writer.commit();
  CHECK(fake.objects["/a"] == "bytes");
  CHECK(refusal([&] { writer.write("x"); }) == "already committed");
  CHECK(refusal([&] { writer.commit(); }) == "already committed");
  CHECK(refusal([&] { writer.cancel(); }) == "already committed");
  writer.close();
  CHECK(refusal([&] { writer.close(); }) == "already closed");
}

TEST_CASE("a cancelled writer takes only close") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  writer.cancel();
  CHECK(refusal([&] { writer.write("x"); }) == "already cancelled");
  CHECK(refusal([&] { writer.commit(); }) == "already cancelled");
  CHECK(refusal([&] { writer.cancel(); }) == "already cancelled");
  CHECK_NOTHROW(writer.close());
}

TEST_CASE("a closed writer takes nothing, but still knows its size") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  writer.write("12345");
  CHECK(writer.size() == 5);
  writer.close();
  CHECK(writer.size() == 5);
  CHECK(refusal([&] { writer.write("x"); }) == "already closed");
  CHECK(refusal([&] { writer.commit(); }) == "already closed");
  CHECK(refusal([&] { writer.cancel(); }) == "already closed");
}

TEST_CASE("after a failed write only cancel and close remain") {
  FakeDriver fake;
  fake.script.writer_write = fail_io;
  Writer writer = fake.create().writer("/a");
  CHECK_THROWS_AS(writer.write("x"), berth::IoError);
  CHECK(refusal([&] { writer.write("x"); }) ==
        "a write failed before: only cancel and close are possible");
  CHECK(refusal([&] { writer.commit(); }) ==
        "a write failed before: only cancel and close are possible");
  CHECK_NOTHROW(writer.cancel());
}

TEST_CASE("after a failed commit only close remains") {
  FakeDriver fake;
  fake.script.writer_commit = fail_io;
  Writer writer = fake.create().writer("/a");
  CHECK_THROWS_AS(writer.commit(), berth::IoError);
  CHECK(refusal([&] { writer.commit(); }) ==
        "commit or cancel failed before: only close is possible");
  CHECK(refusal([&] { writer.cancel(); }) ==
        "commit or cancel failed before: only close is possible");
  CHECK_NOTHROW(writer.close());
}

TEST_CASE("a write that never reached the driver leaves a hole all the same") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  const berth::CallOptions late{.deadline = std::chrono::steady_clock::time_point{}};
  CHECK_THROWS_AS(writer.write("x", late), berth::DeadlineExceededError);
  CHECK(refusal([&] { writer.commit(); }) ==
        "a write failed before: only cancel and close are possible");
  CHECK_NOTHROW(writer.cancel());
}

TEST_CASE("an end that never reached the driver can be tried again") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  writer.write("x");
  const berth::CallOptions late{.deadline = std::chrono::steady_clock::time_point{}};
  CHECK_THROWS_AS(writer.commit(late), berth::DeadlineExceededError);
  CHECK_THROWS_AS(writer.cancel(late), berth::DeadlineExceededError);
  SUBCASE("it can still be cancelled") {
    writer.cancel();
    CHECK(fake.log.back() == "writer_cancel");
  }
  SUBCASE("or committed") {
    writer.commit();
    CHECK(fake.objects["/a"] == "x");
  }
}

TEST_CASE("a copy that is cancelled at its commit discards what it wrote") {
  FakeDriver fake;
  fake.ops().copy = nullptr;
  fake.objects["/a"] = "bytes";
  std::stop_source stop;
  fake.script.reader_read = [&](const Request& request) {
    *request.got = 0;
    stop.request_stop();  // at the end of the source
    return BERTH_STATUS_OK;
  };
  CHECK_THROWS_AS(fake.create().copy("/a", "/b", {.stop = stop.get_token()}),
                  berth::CancelledError);
  CHECK(std::count(fake.log.begin(), fake.log.end(), "writer_cancel") == 1);
}

TEST_CASE("a close that fails has closed all the same") {
  FakeDriver fake;
  fake.script.writer_close = fail_io;
  Writer writer = fake.create().writer("/a");
  CHECK_THROWS_AS(writer.close(), berth::IoError);
  CHECK(refusal([&] { writer.close(); }) == "already closed");
}

TEST_CASE("a writer that is dropped is closed, and a failure is logged") {
  FakeDriver fake;
  fake.script.writer_close = fail_io;
  const berth::test::CapturedLog log;
  { const Writer writer = fake.create().writer("/a"); }
  CHECK(log.text() == "error " + fake.name() + ": writer_close /a: disk\n");
}

TEST_CASE("a writer closes even when its deadline has passed") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  CHECK_NOTHROW(writer.close({.deadline = std::chrono::steady_clock::time_point{}}));
  CHECK(fake.log.back() == "writer_close");
}

TEST_CASE("empty writes do not bother the driver") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  fake.log.clear();
  writer.write("");
  CHECK(fake.log.empty());
}

TEST_CASE("a refusal names driver, operation and path") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  writer.close();
  const std::string text = fake.name() + ": writer_write /a: already closed";
  CHECK_THROWS_WITH_AS(writer.write("x"), text.c_str(), WrongStateError);
}

TEST_CASE("a handle that was moved from says so") {
  FakeDriver fake;
  Writer writer = fake.create().writer("/a");
  const Writer taken = std::move(writer);
  CHECK_THROWS_AS(writer.write("x"), WrongStateError);  // NOLINT: that is the point
}
