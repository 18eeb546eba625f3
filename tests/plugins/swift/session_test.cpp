// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "small_swift.hpp"

namespace berth::test {
namespace {

constexpr size_t mebibyte = 1024 * 1024;

// Opens container "c", whose HEAD is answered with `status`; what was asked of it.
std::vector<std::string> asked_at_open(int status) {
  std::vector<std::string> methods;
  ScriptedServer server([&](const SeenRequest& request) {
    if (request.target == "/auth/v1.0")
      return Answer(200)
          .header("X-Auth-Token", "t")
          .header("X-Storage-Url", "http://" + request.header("Host") + "/v1/AUTH_a");
    if (request.target == "/info") return Answer(200, swift_info);
    methods.push_back(request.method + ' ' + request.target);
    return request.method == "HEAD" ? Answer(status).no_body() : Answer(201);
  });
  swift::SwiftDriver::init();
  open_driver<swift::SwiftDriver>({{"authurl", server.url() + "/auth/v1.0"},
                                   {"username", "a:u"},
                                   {"password", "p"},
                                   {"container", "c"},
                                   {"proxy", "none"}});
  return methods;
}

}  // namespace

TEST_CASE("a container is created only when it is missing") {
  CHECK(asked_at_open(204) == std::vector<std::string>{"HEAD /v1/AUTH_a/c"});
  CHECK(asked_at_open(404) == std::vector<std::string>{"HEAD /v1/AUTH_a/c", "PUT /v1/AUTH_a/c"});
  CHECK(message_of([] { asked_at_open(403); }) ==
        "cannot open container 'c': access denied; has the user a role that may do this?");
}

TEST_CASE("a write that is refused with 401 is sent again, from its start, with a new token") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return not_found();
    return request.header("X-Auth-Token") == "t1" ? Answer(401) : Answer(201);
  });
  put(*store.driver, "/a", "content");
  CHECK(store.logins() == 2);
  CHECK(store.server.requests().back().body == "content");
  CHECK(store.server.requests().back().header("X-Auth-Token") == "t2");
}

TEST_CASE("a request that Swift limits by its own number is sent again") {
  std::atomic<int> asked{0};
  ScriptedStore store(
      [&](const SeenRequest&) { return ++asked == 1 ? Answer(498).no_body() : head_answer(1); });
  CHECK(stat(*store.driver, "/a").size == 1);
  ScriptedStore limited([](const SeenRequest&) { return Answer(498).no_body(); },
                        {{"maxretries", "0"}});
  CHECK(status_of([&] { stat(*limited.driver, "/a"); }) == BERTH_STATUS_RATE_LIMITED);
}

TEST_CASE("a token that worked and is taken back does not count as one that never works") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return not_found();
    return request.header("X-Auth-Token") == "t3" ? Answer(201) : Answer(401);
  });
  put(*store.driver, "/a", "content");
  CHECK(store.logins() == 3);
  CHECK(store.server.requests().back().body == "content");
}

TEST_CASE("a new token that is refused too is an error that says so") {
  ScriptedStore store([](const SeenRequest&) { return Answer(401).no_body(); });
  CHECK(message_of([&] { stat(*store.driver, "/a"); }) ==
        "cannot read 'files/a': the service refuses a new token too; has the user access to this "
        "account?");
  CHECK(status_of([&] { stat(*store.driver, "/a"); }) == BERTH_STATUS_UNAUTHENTICATED);
}

TEST_CASE("calls that are refused at the same time log in once") {
  ScriptedStore store([](const SeenRequest& request) {
    return request.header("X-Auth-Token") == "t1" ? Answer(401).no_body() : head_answer(1);
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { stat(*store.driver, "/a"); });
  for (std::thread& thread : threads) thread.join();
  CHECK(store.logins() == 2);
}

TEST_CASE("ranges that were sent with a token that is taken back do not speak for the new one") {
  const std::string bytes(8 * mebibyte, 'x');
  std::atomic<int> refusals{0};
  ScriptedStore store(
      [&](const SeenRequest& request) {
        size_t first = 0;
        size_t last = 0;
        std::sscanf(request.header("Range").c_str(), "bytes=%zu-%zu", &first, &last);
        const bool old = request.header("X-Auth-Token") == "t1";
        // One after the other, while the first of the new token still waits for its answer.
        if (old && first >= 4 * mebibyte)
          return Answer(401).delay(std::chrono::milliseconds(100 + 50 * refusals++));
        return Answer(206, bytes.substr(first, last - first + 1))
            .header("ETag", "\"e\"")
            .header("Content-Range", "bytes " + std::to_string(first) + '-' + std::to_string(last) +
                                         '/' + std::to_string(bytes.size()))
            .delay(std::chrono::milliseconds(old ? 0 : 300));
      },
      {{"downloadconcurrency", "3"}, {"chunksize", "1048576"}});
  CHECK((read(*store.driver, "/a") == bytes));
  CHECK(refusals >= 2);  // 3, unless the machine is busy
  CHECK(store.logins() == 2);
}

TEST_CASE("version 2 of Keystone opens the account, and its token is renewed ahead of time") {
  std::atomic<int> logins{0};
  ScriptedServer* self = nullptr;
  ScriptedServer server([&](const SeenRequest& request) {
    if (request.target != "/v2.0/tokens")
      return request.method == "HEAD" ? head_answer(7) : Answer(201);
    // The first two tokens are at their end as soon as they are given.
    const char* expires = ++logins < 3 ? "2014-01-01T00:00:00Z" : "2099-01-01T00:00:00Z";
    return Answer(200, R"({"access": {"token": {"id": "t)" + std::to_string(logins) +
                           R"(", "expires": ")" + expires +
                           R"("}, "serviceCatalog": [{"type": "object-store", "endpoints": [
                             {"region": "other", "publicURL": "http://127.0.0.1:1/v1/AUTH_a"},
                             {"region": "here", "publicURL": ")" +
                           self->url() + R"(/v1/AUTH_a"}]}]}})");
  });
  self = &server;
  swift::SwiftDriver::init();
  const auto driver = open_driver<swift::SwiftDriver>({{"authurl", server.url() + "/v2.0"},
                                                       {"username", "u"},
                                                       {"password", "p"},
                                                       {"tenant", "project"},
                                                       {"region", "here"},
                                                       {"container", "c"},
                                                       {"proxy", "none"}});
  CHECK(stat(*driver, "/a").size == 7);
  const int taken = logins;
  CHECK(stat(*driver, "/a").size == 7);
  CHECK(logins == taken);  // one that lives on is kept
  CHECK(taken == 3);
  CHECK(
      server.requests().front().body ==
      R"({"auth":{"passwordCredentials":{"password":"p","username":"u"},"tenantName":"project"}})");
  CHECK(server.requests().back().header("X-Auth-Token") == "t3");
}

TEST_CASE("version 3 of Keystone: a token is renewed before it expires") {
  std::atomic<int> logins{0};
  ScriptedServer* self = nullptr;
  ScriptedServer server([&](const SeenRequest& request) {
    if (request.target != "/v3/auth/tokens")
      return request.method == "HEAD" ? head_answer(7) : Answer(201);
    // The first two tokens are at their end as soon as they are given.
    const char* expires = ++logins < 3 ? "2014-01-01T00:00:00Z" : "2099-01-01T00:00:00Z";
    return Answer(201, R"({"token": {"expires_at": ")" + std::string(expires) +
                           R"(", "catalog": [{"type": "object-store", "endpoints": [
                             {"region_id": "here", "interface": "public", "url": ")" +
                           self->url() + R"(/v1/AUTH_a"}]}]}})")
        .header("X-Subject-Token", "t" + std::to_string(logins));
  });
  self = &server;
  swift::SwiftDriver::init();
  const auto driver = open_driver<swift::SwiftDriver>({{"authurl", server.url() + "/v3"},
                                                       {"username", "u"},
                                                       {"password", "p"},
                                                       {"tenant", "project"},
                                                       {"container", "c"},
                                                       {"proxy", "none"}});
  CHECK(stat(*driver, "/a").size == 7);
  CHECK(stat(*driver, "/a").size == 7);
  CHECK(logins == 3);  // the one that lives on is kept
  CHECK(server.requests().back().header("X-Auth-Token") == "t3");
}

TEST_CASE("logging in anew ends with the deadline of the call that waits for it") {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  std::atomic<bool> silent{false};  // the identity service; and the service refuses its tokens
  SmallSwift swift;
  ScriptedServer server([&](const SeenRequest& request) {
    if (request.target == "/auth/v1.0")
      return Answer(200)
          .header("X-Auth-Token", "t")
          .header("X-Storage-Url", "http://" + request.header("Host") + "/v1/AUTH_a")
          .delay(milliseconds(silent ? 3'000 : 0));
    if (request.target == "/info") return Answer(200, swift_info);
    if (request.target == "/v1/AUTH_a/c") return Answer(201);
    return silent ? Answer(401).no_body() : swift(request);
  });
  swift::SwiftDriver::init();
  const auto driver = open_driver<swift::SwiftDriver>({{"authurl", server.url() + "/auth/v1.0"},
                                                       {"username", "a:u"},
                                                       {"password", "p"},
                                                       {"container", "c"},
                                                       {"chunksize", "1048576"},
                                                       {"proxy", "none"}});
  const auto ends_in_time = [](const std::function<void(const sdk::Call&)>& act) {
    FakeCall call;
    const auto start = steady_clock::now();
    call.expire_at(start + milliseconds(300));
    CHECK(status_of([&] { act(call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
    CHECK(steady_clock::now() - start < milliseconds(1'500));
  };
  keep(*writer(*driver, "/a"));
  const auto writing = appender(*driver, "/a");  // which leaves what was kept when it fails
  silent = true;
  ends_in_time([&](const sdk::Call& call) { driver->stat("/a", call); });  // loses the token
  const std::string bytes(2 * mebibyte, 'x');
  ends_in_time([&](const sdk::Call& call) { writing->write(bytes, call); });
  ends_in_time([&](const sdk::Call& call) { driver->reader("/a", {}, call); });
  GrowingBuffer into;
  ends_in_time([&](const sdk::Call& call) { driver->get("/a", into.buffer(), call); });
}

TEST_CASE("the place of a store is the account's container, then its prefix and files") {
  const auto none = [](const SeenRequest&) { return not_found(); };
  const ScriptedStore store(none, {{"prefix", "reg"}});
  const std::string container =
      "swift://" + store.server.url().substr(std::string("http://").size()) + "/v1/AUTH_a/c";
  CHECK(store.driver->place() ==
        container + "\t\n" + container + "/reg\treg\n" + container + "/reg/files\tfiles\n");
}

}  // namespace berth::test
