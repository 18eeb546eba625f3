// SPDX-License-Identifier: Apache-2.0
//
// Batch deletions: requests, answers, and services that refuse a batch or parts of it.
#include "batch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

http::Request part(const std::string& path, http::Headers headers = {}) {
  http::Request request;
  request.method = "DELETE";
  request.url.path = path;
  request.headers = std::move(headers);
  return request;
}

struct Part {
  size_t id;
  int status;
  std::string code = {};
};

Answer batch_answer(const std::vector<Part>& parts) {
  std::string body;
  for (const Part& p : parts) {
    body += "--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: " +
            std::to_string(p.id) + "\r\n\r\nHTTP/1.1 " + std::to_string(p.status) +
            " Word\r\nx-ms-request-id: part-1\r\n";
    if (!p.code.empty())
      body += "x-ms-error-code: " + p.code + "\r\n\r\n<?xml version=\"1.0\"?><Error><Code>" +
              p.code + "</Code><Message>Because.</Message></Error>\r\n";
    body += "\r\n";
  }
  return Answer(202, body + "--batchresponse_1--")
      .header("Content-Type", "multipart/mixed; boundary=batchresponse_1");
}

http::Response response_of(std::string body, const std::string& boundary) {
  http::Response answer;
  answer.status = 202;
  answer.headers.add("Content-Type", "multipart/mixed; boundary=" + boundary);
  answer.body = std::move(body);
  return answer;
}

size_t parts_in(const std::string& body) {
  size_t count = 0;
  for (size_t at = 0; (at = body.find("\nContent-ID: ", at)) != std::string::npos; ++at) ++count;
  return count;
}

std::string list_of(size_t count) {
  std::string blobs;
  for (size_t i = 0; i < count; ++i) blobs += listed("d/" + std::to_string(10'000 + i));
  return blobs;
}

bool is_list(const SeenRequest& request) {
  return request.method == "GET" && contains(request.target, "comp=list");
}

bool is_batch(const SeenRequest& request) {
  return request.method == "POST" &&
         request.target.find("/acct/cont?restype=container&comp=batch") == 0;
}

// Lists `count` blobs, answers batches so, and deletes what is asked for singly.
ScriptedServer::Handler service(size_t count, Answer answer) {
  return [=](const SeenRequest& request) {
    if (is_list(request)) return list_answer(list_of(count));
    if (is_batch(request)) return answer;
    return Answer(202);
  };
}

Lines deletions(const ScriptedStore& store) {
  Lines lines;
  for (const std::string& line : store.log())
    if (line.find("DELETE ") == 0) lines.push_back(line.substr(line.rfind('/') + 1));
  std::sort(lines.begin(), lines.end());
  return lines;
}

size_t batches(const ScriptedStore& store) {
  const auto seen = store.server.requests();
  return static_cast<size_t>(std::count_if(seen.begin(), seen.end(), is_batch));
}

// Holds up the first requests until so many are there at the same time.
class Meeting {
 public:
  explicit Meeting(size_t size) : size_(size) {}

  void attend() {
    std::unique_lock lock(mutex_);
    if (++present_ >= size_) changed_.notify_all();
    given_up_ |= !changed_.wait_for(lock, std::chrono::seconds(given_up_ ? 0 : 30),
                                    [&] { return present_ >= size_; });
  }
  bool took_place() {
    const std::lock_guard lock(mutex_);
    return present_ >= size_ && !given_up_;
  }

 private:
  const size_t size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t present_ = 0;
  bool given_up_ = false;
};

}  // namespace

TEST_CASE("a batch is one body of numbered requests") {
  CHECK(
      azure::batch_document({part("/c/a%20b", {{"x-ms-date", "now"}}), part("/c/d")}) ==
      "--berth-batch\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
      "Content-ID: 0\r\n\r\nDELETE /c/a%20b HTTP/1.1\r\nx-ms-date: now\r\nContent-Length: 0\r\n\r\n"
      "--berth-batch\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
      "Content-ID: 1\r\n\r\nDELETE /c/d HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
      "--berth-batch--\r\n");
}

TEST_CASE("answers are matched to parts by number, in any order") {
  const auto parts = azure::read_batch(
      response_of(
          "--x\r\nContent-ID: 1\r\n\r\nHTTP/1.1 404 Gone\r\nx-ms-error-code: BlobNotFound\r\n"
          "\r\n<Error/>\r\n--x\r\nContent-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n--x--",
          "\"x\""),
      3);
  REQUIRE(parts.size() == 3);
  REQUIRE((parts[0] && parts[1]));
  CHECK(parts[0]->status == 202);
  CHECK(parts[1]->status == 404);
  CHECK(parts[1]->headers.get("x-ms-error-code") == "BlobNotFound");
  CHECK(parts[1]->body == "<Error/>\r\n");
  CHECK_FALSE(parts[2]);
}

TEST_CASE("malformed answers to a part are rejected") {
  for (const char* body :
       {"", "--x", "--x\r\n", "--x\r\nContent-ID: 0", "--x\r\nContent-ID: 0\r\n\r\nHTTP/1.1",
        "--x\r\nContent-ID: 7\r\n\r\nHTTP/1.1 202 OK\r\n", "--x\r\n\r\nHTTP/1.1 202 OK\r\n--x--"})
    CHECK_FALSE(azure::read_batch(response_of(body, "x"), 1).at(0));
  http::Response page;
  page.body = "--x\r\nContent-ID: 0\r\n\r\nHTTP/1.1 202 OK\r\n";
  CHECK_FALSE(azure::read_batch(page, 1).at(0));
}

TEST_CASE("many blobs are deleted by one request, each part with its own signature") {
  ScriptedStore store(service(2, batch_answer({{0, 202}, {1, 202}})));
  remove(*store.driver, "/d");
  CHECK(deletions(store).empty());
  REQUIRE(batches(store) == 1);
  const SeenRequest batch = store.server.requests().back();
  CHECK(batch.header("Content-Type") == "multipart/mixed; boundary=berth-batch");
  CHECK(batch.header("Authorization").find("SharedKey acct:") == 0);
  CHECK(contains(batch.body, "\r\nDELETE /acct/cont/d/10000 HTTP/1.1\r\nx-ms-date: "));
  const size_t first = batch.body.find("Authorization: SharedKey acct:");
  const size_t second = batch.body.find("Authorization: SharedKey acct:", first + 1);
  REQUIRE(second != std::string::npos);
  CHECK(batch.body.substr(first, 75) != batch.body.substr(second, 75));
  CHECK_FALSE(contains(batch.body, "x-ms-version"));
}

TEST_CASE("with a SAS, each part contains it") {
  ScriptedStore store(service(2, batch_answer({{0, 202}, {1, 202}})),
                      {{"accountkey", ""}, {"sastoken", "sv=1&sig=x%2B"}});
  remove(*store.driver, "/d");
  const SeenRequest batch = store.server.requests().back();
  CHECK(batch.target == "/acct/cont?restype=container&comp=batch&sv=1&sig=x%2B");
  CHECK(contains(batch.body, "DELETE /acct/cont/d/10001?sv=1&sig=x%2B HTTP/1.1\r\n"));
}

TEST_CASE("each part includes snapshots if deletesnapshots is set") {
  ScriptedStore store(service(2, batch_answer({{0, 202}, {1, 202}})),
                      {{"deletesnapshots", "true"}});
  remove(*store.driver, "/d");
  CHECK(contains(store.server.requests().back().body, "x-ms-delete-snapshots: include\r\n"));
}

TEST_CASE("a batch has at most 256 parts") {
  std::vector<Part> all;
  for (size_t i = 0; i < 256; ++i) all.push_back({i, 202});
  ScriptedStore store(service(600, batch_answer(all)));
  remove(*store.driver, "/d");
  CHECK(batches(store) == 3);
  CHECK(deletions(store).empty());
  size_t largest = 0, sum = 0;
  for (const SeenRequest& request : store.server.requests()) {
    largest = std::max(largest, parts_in(request.body));
    sum += parts_in(request.body);
  }
  CHECK(largest == 256);
  CHECK(sum == 600);
}

TEST_CASE("a part that is throttled or has no answer is deleted singly") {
  ScriptedStore store(service(4, batch_answer({{0, 202}, {1, 503, "ServerBusy"}, {3, 202}})));
  remove(*store.driver, "/d");
  CHECK(deletions(store) == Lines{"10001", "10002"});
}

TEST_CASE("a part that is refused is named, with its code") {
  ScriptedStore store([](const SeenRequest& request) {
    if (is_list(request)) return list_answer(list_of(2));
    if (is_batch(request)) return batch_answer({{0, 202}, {1, 412, "LeaseIdMissing"}});
    return error_answer(412, "LeaseIdMissing");
  });
  try {
    remove(*store.driver, "/d");
    FAIL("nothing was thrown");
  } catch (const sdk::Error& error) {
    CHECK(error.code() == "LeaseIdMissing");
    CHECK(error.message() ==
          "cannot delete 'd/10001': another program holds a lease on it; end or break the lease "
          "first");
  }
}

TEST_CASE("a blob that is already deleted is not an error") {
  ScriptedStore store([](const SeenRequest& request) {
    if (is_list(request)) return list_answer(list_of(2));
    if (is_batch(request)) return batch_answer({{0, 404, "BlobNotFound"}, {1, 202}});
    return missing();
  });
  remove(*store.driver, "/d");
  CHECK(deletions(store).empty());
}

TEST_CASE("a removal finds and drops the blocks of blobs that have nothing else, many at once") {
  constexpr size_t count = 40;
  std::vector<Part> gone;
  for (size_t i = 0; i < count; ++i) gone.push_back({i, 404, "BlobNotFound"});
  Meeting meeting(16);
  ScriptedStore store([&](const SeenRequest& request) {
    if (is_list(request)) return list_answer(list_of(count));
    if (is_batch(request)) return batch_answer(gone);
    if (request.method == "DELETE") return Answer(202);
    if (request.method == "PUT") return Answer(201).header("ETag", "\"e\"");
    meeting.attend();
    return contains(request.target, "10007")
               ? Answer(200,
                        "<BlockList><UncommittedBlocks><Block><Name>YQ==</Name><Size>1</Size>"
                        "</Block></UncommittedBlocks></BlockList>")
               : missing();
  });
  remove(*store.driver, "/d");
  CHECK(meeting.took_place());
  CHECK(store.log().size() == 2 + count + 2);
  CHECK(deletions(store) == Lines{"10007"});
}

TEST_CASE("folders that were not empty are deleted after the batch, the deepest first") {
  ScriptedStore store([](const SeenRequest& request) {
    const std::string folder = "<ResourceType>directory</ResourceType>";
    if (is_list(request))
      return list_answer(listed("d", folder) + listed("d/e", folder) + listed("d/e/f"));
    if (!is_batch(request)) return Answer(202);
    return batch_answer(
        {{0, 409, "DirectoryIsNotEmpty"}, {1, 409, "DirectoryIsNotEmpty"}, {2, 202}});
  });
  remove(*store.driver, "/d");
  const Lines log = store.log();
  REQUIRE(log.size() == 4);
  CHECK(log[2] == "DELETE /acct/cont/d/e");
  CHECK(log[3] == "DELETE /acct/cont/d");
}

TEST_CASE("a service without batches gets single deletions, and no further batch") {
  const std::vector<Answer> refusals{
      error_answer(400, "InvalidQueryParameterValue"), error_answer(405, "UnsupportedHttpVerb"),
      error_answer(409, "FeatureNotYetSupportedForHierarchicalNamespaceAccounts"),
      error_answer(501, "NotImplemented")};
  for (const Answer& refusal : refusals) {
    ScriptedStore store(service(2, refusal));
    remove(*store.driver, "/d");
    CHECK(deletions(store) == Lines{"10000", "10001"});
    remove(*store.driver, "/d");
    CHECK(deletions(store).size() == 4);
    CHECK(batches(store) == 1);
  }
}

TEST_CASE("a batch that the service refuses with a single part is deleted one by one") {
  const Answer whole = Answer(202,
                              "--x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad\r\n"
                              "x-ms-error-code: InvalidInput\r\n\r\n--x--")
                           .header("Content-Type", "multipart/mixed; boundary=x");
  ScriptedStore store(service(2, whole));
  remove(*store.driver, "/d");
  CHECK(deletions(store) == Lines{"10000", "10001"});
}

TEST_CASE("a batch whose answer was lost is sent again") {
  ScriptedStore store({list_answer(list_of(2)), Answer::hang_up(), error_answer(503, "ServerBusy"),
                       batch_answer({{0, 404, "BlobNotFound"}, {1, 202}}), missing()});
  remove(*store.driver, "/d");
  CHECK(batches(store) == 3);
  CHECK(deletions(store).empty());
}

TEST_CASE("a refused or failed batch is deleted one by one, and the next batch is tried again") {
  for (const Answer& failure :
       {error_answer(500, "InternalError"), error_answer(502, ""),
        error_answer(400, "InvalidInput"), error_answer(403, "AuthorizationPermissionMismatch")}) {
    std::atomic<int> tried{0};
    ScriptedStore store([&](const SeenRequest& request) {
      if (is_list(request)) return list_answer(list_of(2));
      if (!is_batch(request)) return Answer(202);
      return ++tried == 1 ? failure : batch_answer({{0, 202}, {1, 202}});
    });
    remove(*store.driver, "/d");
    CHECK(deletions(store) == Lines{"10000", "10001"});
    CHECK(batches(store) == 1);
    remove(*store.driver, "/d");
    CHECK(deletions(store).size() == 2);
    CHECK(batches(store) == 2);
  }
}

TEST_CASE("a batch that is throttled repeatedly is an error") {
  const Answer busy = error_answer(503, "ServerBusy").header("Retry-After", "0");
  ScriptedStore store(service(2, busy), {{"max_retries", "1"}});
  CHECK(message_of([&] { remove(*store.driver, "/d"); }) ==
        "cannot delete the blobs of a batch: Because.");
  CHECK(deletions(store).empty());
}
