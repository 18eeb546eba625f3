// SPDX-License-Identifier: Apache-2.0
//
// Keys that expire while the store is in use, and fixed keys.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>

#include "common/dates.hpp"
#include "scripted_store.hpp"
#include "support/temp_dir.hpp"
#include "support/variable.hpp"

using namespace berth;
using namespace berth::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr seconds used_up{-60};  // a lifetime: such keys are used for one request

// A token service whose keys W1, W2 ... have the given lifetime, for clients with a web identity.
class TokenService {
 public:
  explicit TokenService(seconds life) : life_(life) { std::ofstream(token_) << "x"; }

  int asked() const noexcept { return asked_; }

  // The number of further requests that get no answer.
  void ignore(int questions) noexcept { ignored_ = questions; }

  // Whether the request is signed with keys that have not expired.
  bool accepts(const SeenRequest& request) {
    const std::string authorization = request.header("Authorization");
    const std::size_t at = authorization.find("Credential=") + 11;
    const std::string key = authorization.substr(at, authorization.find('/', at) - at);
    const std::lock_guard lock(mutex_);
    return request.header("X-Amz-Security-Token") == "t" && system_clock::now() < ends_.at(key);
  }

 private:
  Answer give() {
    const std::string key = "W" + std::to_string(++asked_);
    if (ignored_ > 0) return --ignored_, Answer::silence();
    const auto end = std::chrono::floor<seconds>(system_clock::now() + life_);
    const std::lock_guard lock(mutex_);
    ends_[key] = end;
    return Answer(200, "<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>" + key +
                           "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                           "</SessionToken><Expiration>" +
                           common::iso_date(end) +
                           "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></R>");
  }

  const seconds life_;
  const TempDir folder_;
  const std::string token_ = (folder_.path() / "token").string();
  std::atomic<int> asked_{0};
  std::atomic<int> ignored_{0};
  std::mutex mutex_;  // guards ends_
  std::map<std::string, system_clock::time_point> ends_;
  ScriptedServer server_{[this](const SeenRequest&) { return give(); }};
  const Variable key_{"AWS_ACCESS_KEY_ID", std::nullopt};
  const Variable file_{"AWS_WEB_IDENTITY_TOKEN_FILE", token_};
  const Variable role_{"AWS_ROLE_ARN", "arn:x"};
  const Variable place_{"AWS_ENDPOINT_URL_STS", server_.url()};
};

Given without_keys(Given given = {}) {
  given.emplace("accesskey", "");
  given.emplace("secretkey", "");
  return given;
}

// Checks that an operation that gets no keys ends with its call.
void check_ends_with_call(const std::function<void(const sdk::Call&)>& operation) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  FakeCall call;
  call.expire_at(start + milliseconds(300));
  CHECK(status_of([&] { operation(call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(Clock::now() - start < seconds(3));
}

// The requested range of an object.
Answer range_answer(const SeenRequest& request, const std::string& object) {
  const std::string range = request.header("Range").substr(6);
  const std::size_t first = std::stoull(range);
  const std::size_t last =
      std::min<std::size_t>(std::stoull(range.substr(range.find('-') + 1)), object.size() - 1);
  return Answer(206, object.substr(first, last + 1 - first))
      .header("ETag", "\"e\"")
      .header("Content-Range", "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' +
                                   std::to_string(object.size()));
}

}  // namespace

TEST_CASE("an expired token of fixed keys is an error, without a second attempt") {
  ScriptedStore store({error_answer(400, "ExpiredToken")});
  CHECK(status_of([&] { put(*store.driver, "/k", "x"); }) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(store.server.count() == 1);
}

TEST_CASE("an expired token is renewed within the operation, and the request is signed again") {
  const TokenService tokens(seconds(3600));
  ScriptedStore store({error_answer(400, "ExpiredToken"), Answer(200)}, without_keys());
  put(*store.driver, "/k", "x");
  const auto requests = store.server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(contains(requests[0].header("Authorization"), "Credential=W1/"));
  CHECK(contains(requests[1].header("Authorization"), "Credential=W2/"));
  CHECK(requests[1].header("X-Amz-Security-Token") == "t");
}

TEST_CASE("a token that is refused again after it was renewed is an error") {
  const TokenService tokens(seconds(3600));
  ScriptedStore store([](const SeenRequest&) { return error_answer(400, "ExpiredToken"); },
                      without_keys());
  CHECK(status_of([&] { put(*store.driver, "/k", "x"); }) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(store.server.count() == 2);
}

TEST_CASE("keys that expire many times during a slow upload are renewed in time") {
  TokenService tokens(seconds(2));
  std::atomic<int> refused{0};
  UploadService service;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (!tokens.accepts(request)) return ++refused, error_answer(400, "ExpiredToken");
    if (request.method != "PUT") return std::nullopt;
    return Answer(200)
        .header("ETag", '"' + common::hex(common::md5(request.body)) + '"')
        .delay(milliseconds(500));
  };
  ScriptedStore store(service.handler(),
                      without_keys({{"chunksize", "5242880"}, {"uploadconcurrency", "1"}}));
  write_parts(*store.driver, std::string(10 * 5 * mib, 'x'));
  CHECK(service.completions == 1);
  CHECK(refused == 0);
  CHECK(tokens.asked() >= 3);
}

TEST_CASE("a call waits for keys until its deadline, no longer") {
  TokenService tokens(seconds(3600));
  tokens.ignore(1000);
  ScriptedStore store([](const SeenRequest&) { return Answer(200); }, without_keys());
  sdk::Driver& driver = *store.driver;
  check_ends_with_call([&](const sdk::Call& call) {
    GrowingBuffer into;
    driver.get("/k", into.buffer(), call);
  });
  check_ends_with_call([&](const sdk::Call& call) { driver.reader("/k", {}, call); });
  check_ends_with_call([&](const sdk::Call& call) { driver.put("/k", "x", {}, call); });
  check_ends_with_call([&](const sdk::Call& call) {
    sdk::WriteOptions options;
    options.append = true;
    driver.writer("/k", options, call);
  });
  CHECK(store.server.count() == 0);
}

TEST_CASE("the reading call waits for the keys of ranges that are read ahead") {
  TokenService tokens(used_up);
  const std::string object(std::size_t{12} * mib, 'x');
  ScriptedStore store([&](const SeenRequest& request) { return range_answer(request, object); },
                      without_keys({{"chunksize", "5242880"}, {"downloadconcurrency", "2"}}));
  const auto reader = store.driver->reader("/k", {}, FakeCall());
  tokens.ignore(1);
  std::string bytes, buffer(mib, '\0');
  check_ends_with_call([&](const sdk::Call& call) {
    while (const std::size_t got = reader->read(buffer.data(), buffer.size(), call))
      bytes.append(buffer, 0, got);
  });
  CHECK(bytes.size() < object.size());
  bytes += read_all(*reader);  // nothing was lost
  CHECK(bytes == object);
}

TEST_CASE("the writing call waits for the keys of a part") {
  TokenService tokens(used_up);
  UploadService service;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "?uploads=") && request.method == "POST") tokens.ignore(1);
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), without_keys(small_parts()));
  const auto w = writer(*store.driver, "/k");
  const std::string bytes(6 * mib, 'x');
  check_ends_with_call([&](const sdk::Call& call) { w->write(bytes, call); });
  CHECK(service.aborts == 1);
}

TEST_CASE("the appending call waits for the keys of a part's copy") {
  TokenService tokens(used_up);
  UploadService service;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "?uploads=") && request.method == "POST") tokens.ignore(1);
    if (request.method == "HEAD") return head_answer(10 * mib);
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), without_keys(small_parts()));
  check_ends_with_call([&](const sdk::Call& call) {
    sdk::WriteOptions options;
    options.append = true;
    store.driver->writer("/k", options, call);
  });
  CHECK(service.aborts == 1);
}

TEST_CASE("fixed keys send no request to the instance's metadata service") {
  ScriptedServer metadata(std::vector<Answer>{});
  const Variable place("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url());
  ScriptedStore store({Answer(200)});
  put(*store.driver, "/k", "x");
  CHECK(metadata.count() == 0);
}
