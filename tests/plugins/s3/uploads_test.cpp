// SPDX-License-Identifier: Apache-2.0
//
// Uploads and copies by parts, where the service answers late, twice, wrongly or not at all.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>

#include "common/crypto.hpp"
#include "scripted_store.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

// Variables of the process, as they were before when the test ends.
class Variables {
 public:
  explicit Variables(const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values) {
      const char* before = std::getenv(name.c_str());
      before_[name] = before ? std::optional<std::string>(before) : std::nullopt;
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  ~Variables() {
    for (const auto& [name, value] : before_)
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

constexpr size_t mib = 1024 * 1024;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Answer upload_started() {
  return Answer(200,
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
                "</InitiateMultipartUploadResult>");
}
Answer completed() {
  return Answer(200,
                "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>");
}
Answer part_copied() {
  return Answer(200, "<CopyPartResult><ETag>\"p\"</ETag></CopyPartResult>");
}

// A service of one upload. `complete` answers the n-th completion, counted from 1; `other`
// may answer instead of the service.
struct Service {
  std::function<Answer(int)> complete = [](int) { return completed(); };
  std::function<std::optional<Answer>(const SeenRequest&)> other = [](const SeenRequest&) {
    return std::optional<Answer>();
  };
  std::atomic<int> completions{0};
  std::atomic<int> aborts{0};

  ScriptedServer::Handler handler() {
    return [this](const SeenRequest& request) {
      if (const auto answer = other(request)) return *answer;
      if (request.method == "GET") return no_uploads();
      if (request.method == "DELETE") return ++aborts, Answer(204);
      if (request.method == "POST" && contains(request.target, "uploads=")) return upload_started();
      if (request.method == "POST") return complete(++completions);
      if (request.has("x-amz-copy-source")) return part_copied();
      return Answer(200).header("ETag", '"' + common::hex(common::md5(request.body)) + '"');
    };
  }
};

ScriptedStore::Given small_parts() {
  return {{"chunksize", "5242880"}, {"maxretries", "2"}};
}

void write_parts(sdk::Driver& driver, const std::string& bytes) {
  const auto w = writer(driver, "/k");
  for (size_t at = 0; at < bytes.size(); at += 777'777)
    write(*w, std::string_view(bytes).substr(at, 777'777));
  commit(*w);
}

}  // namespace

TEST_CASE(
    "parts are of exactly the chunk size, the last is the rest, and nothing is added or lost") {
  Service service;
  ScriptedStore store(service.handler(), small_parts());
  const std::string bytes(11 * mib, 'x');
  write_parts(*store.driver, bytes);
  std::map<std::string, size_t> sizes;
  for (const SeenRequest& request : store.server.requests())
    if (request.method == "PUT") sizes[request.target] = request.body.size();
  CHECK(sizes == std::map<std::string, size_t>{{"/b/k?partNumber=1&uploadId=u1", 5 * mib},
                                               {"/b/k?partNumber=2&uploadId=u1", 5 * mib},
                                               {"/b/k?partNumber=3&uploadId=u1", 1 * mib}});
}

TEST_CASE("an exact multiple of the chunk size has no empty last part") {
  Service service;
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, std::string(10 * mib, 'x'));
  int parts = 0;
  for (const SeenRequest& request : store.server.requests()) parts += request.method == "PUT";
  CHECK(parts == 2);
}

TEST_CASE("a small object goes in one request, without an upload") {
  Service service;
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, "hello");
  CHECK(store.log().back() == "PUT /b/k");
  CHECK(service.completions == 0);
}

TEST_CASE("a completion whose 200 carries an error, behind white space, is repeated") {
  Service service;
  service.complete = [](int n) {
    return n == 1
               ? Answer(200,
                        "<?xml version=\"1.0\"?>\n   \n<Error><Code>InternalError</Code></Error>")
               : completed();
  };
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, std::string(6 * mib, 'x'));
  CHECK(service.completions == 2);
  CHECK(service.aborts == 0);
}

TEST_CASE("a completion that keeps failing is told with the service's code, and aborted") {
  Service service;
  service.complete = [](int) { return Answer(200, "\n<Error><Code>InternalError</Code></Error>"); };
  ScriptedStore store(service.handler(), small_parts());
  try {
    write_parts(*store.driver, std::string(6 * mib, 'x'));
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_UNAVAILABLE);
    CHECK(error.code() == "InternalError");
  }
  CHECK(service.aborts == 1);
}

TEST_CASE("a completion that was carried out, but whose answer was lost, is recognised") {
  const std::string bytes(6 * mib, 'x');
  const std::string digests =
      common::md5(bytes.substr(0, 5 * mib)) + common::md5(bytes.substr(5 * mib));
  const std::string etag = '"' + common::hex(common::md5(digests)) + "-2\"";
  for (const bool ours : {true, false}) {
    Service service;
    service.complete = [](int n) {
      return n == 1 ? Answer::hang_up() : error_answer(404, "NoSuchUpload");
    };
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method != "HEAD") return std::nullopt;
      return head_answer(6 * mib, ours ? etag : "\"another-2\"");
    };
    ScriptedStore store(service.handler(), small_parts());
    const berth_status status = status_of([&] { write_parts(*store.driver, bytes); });
    CHECK(status == (ours ? BERTH_OK : BERTH_UNKNOWN));
  }
}

TEST_CASE("a part whose connection is reset half-way is sent whole again") {
  Service service;
  std::atomic<int> seen{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "PUT" && seen++ == 0) return Answer::hang_up().read_only(mib).reset();
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  std::string bytes(6 * mib, 'x');
  for (size_t i = 0; i < bytes.size(); i += 4096) bytes[i] = static_cast<char>(i >> 12);
  write_parts(*store.driver, bytes);
  bool whole = false;
  for (const SeenRequest& request : store.server.requests())
    whole |= request.body == bytes.substr(0, 5 * mib);
  CHECK(whole);
}

TEST_CASE("a part that is refused ends the upload, which is aborted") {
  Service service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "partNumber=2")) return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  CHECK(status_of([&] { write_parts(*store.driver, std::string(16 * mib, 'x')); }) ==
        BERTH_PERMISSION_DENIED);
  CHECK(service.aborts == 1);
  CHECK(service.completions == 0);
}

TEST_CASE("an upload that cannot be aborted is named in the error") {
  Service service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "partNumber=1")) return error_answer(403, "AccessDenied");
    if (request.method == "DELETE") return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  const std::string text =
      message_of([&] { write_parts(*store.driver, std::string(11 * mib, 'x')); });
  CHECK(contains(text, "u1"));
}

TEST_CASE("all pages of parts count when an upload goes on") {
  Service service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return not_found();
    if (request.method == "GET" && contains(request.target, "uploads="))
      return Answer(200,
                    "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u1</UploadId>"
                    "<Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>"
                    "</ListMultipartUploadsResult>");
    if (request.method != "GET") return std::nullopt;
    const bool second = contains(request.target, "part-number-marker=1000");
    std::string content = second ? "" : "<IsTruncated>true</IsTruncated>";
    for (int i = second ? 1001 : 1; i <= (second ? 1500 : 1000); ++i)
      content += "<Part><PartNumber>" + std::to_string(i) +
                 "</PartNumber><Size>5242880</Size><ETag>e</ETag></Part>";
    return Answer(200, "<ListPartsResult>" + content + "</ListPartsResult>");
  };
  ScriptedStore store(service.handler(), small_parts());
  const auto w = appender(*store.driver, "/k");
  CHECK(w->size() == 1500 * 5 * mib);
  write(*w, "tail");
  commit(*w);
  const std::string body = store.server.requests().back().body;
  CHECK(contains(body, "<PartNumber>1501</PartNumber>"));
  CHECK(body.find("<PartNumber>9</PartNumber>") < body.find("<PartNumber>10</PartNumber>"));
}

TEST_CASE("a large copy goes by parts of the source's version, and the source goes last") {
  Service service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(40 * mib).header("Content-Type", "text/x");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"multipartcopythresholdsize", "16777216"},
                                          {"multipartcopychunksize", "16777216"}});
  move(*store.driver, "/a", "/k");
  const auto requests = store.server.requests();
  CHECK(requests.at(1).header("Content-Type") == "text/x");
  std::vector<std::string> ranges;
  for (const SeenRequest& request : requests)
    if (request.has("x-amz-copy-source-range")) {
      ranges.push_back(request.header("x-amz-copy-source-range"));
      CHECK(request.header("x-amz-copy-source-if-match") == "\"e\"");
    }
  std::sort(ranges.begin(), ranges.end());
  CHECK(ranges == Lines{"bytes=0-16777215", "bytes=16777216-33554431", "bytes=33554432-41943039"});
  CHECK(store.log().back() == "DELETE /b/a");
}

TEST_CASE("a copy that loses one part is aborted, and the source stays") {
  Service service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(40 * mib);
    if (contains(request.target, "partNumber=3")) return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"multipartcopythresholdsize", "16777216"},
                                          {"multipartcopychunksize", "16777216"}});
  CHECK(status_of([&] { move(*store.driver, "/a", "/k"); }) == BERTH_PERMISSION_DENIED);
  CHECK(store.log().back() == "DELETE /b/k?uploadId=u1");
  CHECK(service.completions == 0);
}

TEST_CASE("an expired token of fixed keys is told, not repeated") {
  Service service;
  std::atomic<int> refused{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "PUT" && refused++ == 0) return error_answer(400, "ExpiredToken");
    return std::nullopt;
  };
  ScriptedStore fixed(service.handler(), small_parts());
  CHECK(status_of([&] { put(*fixed.driver, "/k", "x"); }) == BERTH_UNAUTHENTICATED);
  CHECK(refused == 1);
}

TEST_CASE("an expired token is renewed within the operation, and the request signed anew") {
  std::atomic<int> tokens{0};
  ScriptedServer sts([&](const SeenRequest&) {
    const std::string key = "W" + std::to_string(++tokens);
    return Answer(200, "<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>" + key +
                           "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                           "</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>"
                           "</Credentials></AssumeRoleWithWebIdentityResult></R>");
  });
  const TempDir folder;
  const std::string token = (folder.path() / "token").string();
  std::ofstream(token) << "x";
  const Variables variables({{"AWS_ACCESS_KEY_ID", ""},
                             {"AWS_WEB_IDENTITY_TOKEN_FILE", token},
                             {"AWS_ROLE_ARN", "arn:x"},
                             {"AWS_ENDPOINT_URL_STS", sts.url()}});
  ScriptedStore store({error_answer(400, "ExpiredToken"), Answer(200)},
                      {{"accesskey", ""}, {"secretkey", ""}});
  put(*store.driver, "/k", "x");
  const auto requests = store.server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(contains(requests[0].header("Authorization"), "Credential=W1/"));
  CHECK(contains(requests[1].header("Authorization"), "Credential=W2/"));
  CHECK(requests[1].header("X-Amz-Security-Token") == "t");
}
