// SPDX-License-Identifier: Apache-2.0
//
// Whole blobs, where the service answers late, twice, wrongly or not at all.
#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>

#include "common/crypto.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

TEST_CASE("a put is one request that replaces the blob") {
  ScriptedStore store({Answer(201)});
  put(*store.driver, "/a", "hello");
  const SeenRequest request = store.server.requests().at(0);
  CHECK(store.log() == Lines{"PUT /acct/cont/a"});
  CHECK(request.header("x-ms-blob-type") == "BlockBlob");
  CHECK(request.header("x-ms-version") == "2021-08-06");
  CHECK(request.header("Authorization").substr(0, 15) == "SharedKey acct:");
  CHECK(request.body == "hello");
}

TEST_CASE("throttling and time-outs are waited for and repeated") {
  ScriptedStore store({error_answer(503, "ServerBusy").header("Retry-After", "0"),
                       error_answer(500, "OperationTimedOut"), Answer(201)});
  put(*store.driver, "/a", "hello");
  CHECK(store.server.count() == 3);
}

TEST_CASE("throttling without an end is told as such, with code and request id") {
  ScriptedStore store([](const SeenRequest&) { return error_answer(500, "OperationTimedOut"); },
                      {{"max_retries", "2"}});
  try {
    put(*store.driver, "/a", "hello");
    FAIL("nothing was thrown");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
    CHECK(error.retryable());
    CHECK(error.code() == "OperationTimedOut");
    CHECK(error.request_id() == "request-1");
    CHECK(error.message() == "cannot write 'a': Because.");
  }
  CHECK(store.server.count() == 3);
}

TEST_CASE("creating only is refused where a blob is") {
  ScriptedStore store({error_answer(409, "BlobAlreadyExists"), head_answer(1)});
  CHECK(status_of([&] {
          put(*store.driver, "/a", "x", {false, true, {}, {}});
        }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(store.server.requests().at(0).header("If-None-Match") == "*");
}

TEST_CASE("creating only knows its own blob when the answer was lost, and not another's like it") {
  for (const bool ours : {true, false}) {
    std::mutex mutex;  // of the two
    int writes = 0;
    std::string mark;
    ScriptedStore store([&](const SeenRequest& request) {
      const std::lock_guard lock(mutex);
      if (request.method == "HEAD")
        return head_answer(5)
            .header("Content-MD5", common::base64(common::md5("hello")))
            .header("x-ms-meta-berthmark", ours ? mark : "another");
      mark = request.header("x-ms-meta-berthmark");
      return ++writes == 1 ? Answer::hang_up() : error_answer(409, "BlobAlreadyExists");
    });
    CHECK(status_of([&] {
            put(*store.driver, "/a", "hello", {false, true, {}, {}});
          }) == (ours ? BERTH_STATUS_OK : BERTH_STATUS_ALREADY_EXISTS));
    CHECK(store.server.requests().at(0).header("x-ms-meta-berthmark").size() == 16);
  }
}

TEST_CASE("a put that does not create only leaves no mark") {
  ScriptedStore store({Answer(201)});
  put(*store.driver, "/a", "hello");
  CHECK_FALSE(store.server.requests().at(0).has("x-ms-meta-berthmark"));
}

TEST_CASE("what is too large for one request is put by blocks, and seen when all are there") {
  constexpr size_t mib = 1024 * 1024;
  std::mutex mutex;
  std::vector<std::pair<std::string, size_t>> seen;  // the server's own record has the bodies
  ScriptedStore store(
      [&](const SeenRequest& request) {
        const std::lock_guard lock(mutex);
        seen.emplace_back(request.method + ' ' + request.target, request.body.size());
        if (request.method == "HEAD") return missing();
        return request.method == "GET" ? error_answer(404, "BlobNotFound") : Answer(201);
      },
      {{"chunksize", "33554432"}});
  put(*store.driver, "/a", std::string(64 * mib, 'x'));
  put(*store.driver, "/b", std::string(64 * mib + 1, 'x'));
  const std::lock_guard lock(mutex);
  CHECK(seen.front() == std::pair(std::string("PUT /acct/cont/a"), 64 * mib));
  std::vector<size_t> blocks;
  for (const auto& [line, size] : seen)
    if (contains(line, "comp=block&")) blocks.push_back(size);
  std::sort(blocks.begin(), blocks.end());
  CHECK(blocks == std::vector<size_t>{1, 1, 32 * mib, 32 * mib});  // one of them is the marker
  CHECK(contains(seen.at(1).first, " /acct/cont/b"));
  CHECK(seen.back().first == "PUT /acct/cont/b?comp=blocklist");
}

TEST_CASE(
    "an append blob in the way is deleted, that version only, and the "
    "put repeated") {
  ScriptedStore store({error_answer(409, "InvalidBlobType"), head_answer(3, "AppendBlob", "\"v\""),
                       Answer(202), Answer(201)});
  put(*store.driver, "/a", "x");
  CHECK(store.log() ==
        Lines{"PUT /acct/cont/a", "HEAD /acct/cont/a", "DELETE /acct/cont/a", "PUT /acct/cont/a"});
  CHECK(store.server.requests().at(2).header("If-Match") == "\"v\"");
}

TEST_CASE("a page blob in the way is an error and stays, for it is no registry's") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD" && contains(request.target, "cont/a"))
      return head_answer(512, "PageBlob");
    if (request.method == "HEAD") return head_answer(1);
    return request.method == "GET" ? list_answer("") : error_answer(409, "InvalidBlobType");
  });
  const std::string told = "cannot write 'a': the blob that is there is of another type";
  CHECK(message_of([&] { put(*store.driver, "/a", "x"); }) == told);
  CHECK(message_of([&] { keep(*writer(*store.driver, "/a")); }) == told);
  CHECK(message_of([&] { move(*store.driver, "/b", "/a"); }) ==
        "cannot copy to 'a': the blob that is there is of another type");
  for (const std::string& line : store.log()) CHECK_FALSE(contains(line, "DELETE"));
}

TEST_CASE("a lease on a blob of another type that is in the way is told") {
  ScriptedStore store({error_answer(409, "InvalidBlobType"), head_answer(3, "AppendBlob"),
                       error_answer(412, "LeaseIdMissing")});
  CHECK(message_of([&] { put(*store.driver, "/a", "x"); }) ==
        "cannot delete 'a': another program holds a lease on it; end or break the lease first");
}

TEST_CASE("only a missing blob is path-not-found; a missing container is told") {
  ScriptedStore store({error_answer(404, "BlobNotFound"), error_answer(404, "ContainerNotFound")});
  CHECK(status_of([&] { get(*store.driver, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(message_of([&] { get(*store.driver, "/a"); }) ==
        "cannot read 'a': the container does not exist; create it, or set "
        "createcontainer");
}

TEST_CASE("a missing container is created when that is wanted") {
  ScriptedStore store({error_answer(404, "ContainerNotFound"), Answer(201), Answer(201)},
                      {{"createcontainer", "true"}});
  put(*store.driver, "/a", "x");
  CHECK(store.log() ==
        Lines{"PUT /acct/cont/a", "PUT /acct/cont?restype=container", "PUT /acct/cont/a"});
}

TEST_CASE("snapshots and leases in the way are told with what to do") {
  const auto removal = [](const char* code, int status) {
    ScriptedStore store([=](const SeenRequest& request) {
      return request.method == "GET" ? list_answer(listed("a")) : error_answer(status, code);
    });
    return message_of([&] { remove(*store.driver, "/a"); });
  };
  CHECK(removal("SnapshotsPresent", 409) ==
        "cannot delete 'a': it has snapshots; delete them first, or set "
        "deletesnapshots");
  CHECK(removal("LeaseIdMissing", 412) ==
        "cannot delete 'a': another program holds a lease on it; end or break "
        "the lease first");
}

TEST_CASE("snapshots are deleted with the blob when that is wanted") {
  ScriptedStore store(
      {list_answer(listed("a")), Answer(200, "<BlockList></BlockList>"), Answer(202)},
      {{"deletesnapshots", "true"}});
  remove(*store.driver, "/a");
  CHECK(store.server.requests().at(2).header("x-ms-delete-snapshots") == "include");
}

TEST_CASE("a read that breaks goes on behind the last byte, of the same version") {
  ScriptedStore store(
      {Answer(200, "hello world").header("ETag", "\"v\"").cut(5),
       Answer(206, " world").header("ETag", "\"v\"").header("Content-Range", "bytes 5-10/11")});
  CHECK(get(*store.driver, "/a") == "hello world");
  CHECK(store.server.requests().at(1).header("Range") == "bytes=5-10");
  CHECK(store.server.requests().at(1).header("If-Match") == "\"v\"");
}

TEST_CASE("a range that begins at the end is empty, however the service says so") {
  ScriptedStore real({error_answer(416, "InvalidRange")});
  CHECK(read(*real.driver, "/a", {10, 5}).empty());
  ScriptedStore emulator({Answer(206).header("Content-Range", "bytes 10-9/10")});
  CHECK(read(*emulator.driver, "/a", {10, 5}).empty());
}

TEST_CASE("the service's clock is taken over when it refuses ours") {
  ScriptedStore store(
      {error_answer(403, "AuthenticationFailed").header("Date", "Sun, 06 Nov 1994 08:00:00 GMT"),
       Answer(201)});
  put(*store.driver, "/a", "x");
  CHECK(contains(store.server.requests().at(1).header("x-ms-date"), "Sun, 06 Nov 1994 08:"));
}

TEST_CASE("URLs are signed for three methods, and a SAS signs none") {
  ScriptedStore store(std::vector<Answer>{});
  const std::string url =
      store.driver->url_for("/a b", {"GET", std::chrono::minutes(20)}, FakeCall());
  CHECK(contains(url, "/acct/cont/a%20b?sv=2021-08-06&spr=https%2Chttp&se="));
  CHECK(status_of([&] {
          store.driver->url_for("/a", {"DELETE", std::chrono::minutes(1)}, FakeCall());
        }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  ScriptedStore sas({Answer(200, "x")}, {{"accountkey", ""}, {"sastoken", "?sv=1&sig=a%2Bb"}});
  CHECK(status_of([&] {
          sas.driver->url_for("/a", {"GET", std::chrono::minutes(1)}, FakeCall());
        }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  CHECK(get(*sas.driver, "/a") == "x");
  CHECK(sas.log() == Lines{"GET /acct/cont/a?sv=1&sig=a%2Bb"});
}

TEST_CASE("a proxy is asked for the service by its whole URL, with the signature of the service") {
  ScriptedServer proxy({Answer(200, "hello").header("ETag", "\"e\"")});
  azure::AzureDriver::init();
  const auto store =
      open_driver<azure::AzureDriver>({{"serviceurl", "http://acct.blob.example.invalid"},
                                       {"accountname", "acct"},
                                       {"accountkey", "a2V5"},
                                       {"container", "cont"},
                                       {"legacyleadingslash", "false"},
                                       {"proxy", proxy.url()}});
  CHECK(get(*store, "/a") == "hello");
  CHECK(proxy.requests().at(0).target == "http://acct.blob.example.invalid/cont/a");
  CHECK(proxy.requests().at(0).header("Host") == "acct.blob.example.invalid");
}
