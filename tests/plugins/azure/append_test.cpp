// SPDX-License-Identifier: Apache-2.0
//
// Append blobs: the uploads that registries left. An append sent twice must
// land once.
#include <doctest/doctest.h>

#include <atomic>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {
std::unique_ptr<sdk::Writer> append_to(ScriptedStore& store, const char* path = "/up") {
  sdk::WriteOptions options;
  options.append = true;
  return writer(*store.driver, path, options);
}
}  // namespace

TEST_CASE("an append goes to the position where the blob ended") {
  ScriptedStore store({head_answer(3, "AppendBlob"), Answer(201), Answer(201)});
  const auto w = append_to(store);
  CHECK(w->size() == 3);
  write(*w, std::string(4 * 1024 * 1024 + 1, 'x'));
  commit(*w);
  CHECK(w->size() == 3 + 4 * 1024 * 1024 + 1);
  CHECK(store.log() == Lines{"HEAD /acct/cont/up", "PUT /acct/cont/up?comp=appendblock",
                             "PUT /acct/cont/up?comp=appendblock"});
  CHECK(store.server.requests().at(1).header("x-ms-blob-condition-appendpos") == "3");
  CHECK(store.server.requests().at(2).header("x-ms-blob-condition-appendpos") == "4194307");
}

TEST_CASE("an append whose answer was lost is found to have landed") {
  ScriptedStore store({head_answer(3, "AppendBlob"), Answer::hang_up(),
                       error_answer(412, "AppendPositionConditionNotMet"),
                       head_answer(8, "AppendBlob"),
                       Answer(206, "hello").header("Content-Range", "bytes 3-7/8")});
  const auto w = append_to(store);
  write(*w, "hello");
  commit(*w);
  CHECK(store.server.requests().at(4).header("Range") == "bytes=3-7");
}

TEST_CASE("what another writer appended is not taken for ours") {
  ScriptedStore other({head_answer(3, "AppendBlob"), Answer::hang_up(),
                       error_answer(412, "AppendPositionConditionNotMet"),
                       head_answer(8, "AppendBlob"),
                       Answer(206, "other").header("Content-Range", "bytes 3-7/8")});
  const auto w = append_to(other);
  write(*w, "hello");
  CHECK(status_of([&] { commit(*w); }) == BERTH_STATUS_PRECONDITION_FAILED);

  ScriptedStore at_once(
      {head_answer(3, "AppendBlob"), error_answer(412, "AppendPositionConditionNotMet")});
  const auto v = append_to(at_once);
  write(*v, "hello");
  CHECK(status_of([&] { commit(*v); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(at_once.server.count() == 2);
}

TEST_CASE(
    "a cancel before anything landed leaves the blob, and later says "
    "what stays") {
  ScriptedStore store({head_answer(3, "AppendBlob")});
  const auto w = append_to(store);
  write(*w, "hello");
  cancel(*w);
  CHECK(store.server.count() == 1);

  ScriptedStore late({head_answer(3, "AppendBlob"), Answer(201)});
  const auto v = append_to(late);
  write(*v, std::string(4 * 1024 * 1024, 'x'));
  CHECK(message_of([&] { cancel(*v); }) ==
        "the writer was cancelled, but 'up' is an append blob, so the 4194304 "
        "bytes that were "
        "added to it stay; remove it to be rid of them");
}

TEST_CASE("a cancel after a block whose fate is unknown looks what has become of it") {
  for (const uint64_t size : {3, 8}) {
    std::atomic<bool> sent{false};
    ScriptedStore store(
        [&](const SeenRequest& request) {
          if (request.method == "HEAD") return head_answer(sent ? size : 3, "AppendBlob");
          return sent = true, Answer::hang_up();
        },
        {{"max_retries", "1"}});
    const auto w = append_to(store);
    write(*w, "hello");
    CHECK(status_of([&] { commit(*w); }) == BERTH_STATUS_UNAVAILABLE);
    const std::string told = message_of([&] { cancel(*w); });
    CHECK(contains(told, "the 5 bytes that were added to it stay") == (size == 8));
    CHECK(told.empty() == (size == 3));
  }
}

TEST_CASE("a full append blob is told as such") {
  ScriptedStore store({head_answer(3, "AppendBlob"), error_answer(409, "BlockCountExceedsLimit")});
  const auto w = append_to(store);
  write(*w, "hello");
  CHECK(status_of([&] { commit(*w); }) == BERTH_STATUS_NO_SPACE);
}

TEST_CASE("nothing is appended to a page blob") {
  ScriptedStore store({head_answer(512, "PageBlob")});
  CHECK(message_of([&] { append_to(store); }) ==
        "'up' is a page blob, which this driver cannot append to");
}
