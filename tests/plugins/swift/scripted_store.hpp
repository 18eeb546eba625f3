// SPDX-License-Identifier: Apache-2.0
//
// A driver over a scripted service: what a test of misbehaving services begins with. Logging in and
// opening the container are answered here, the rest by the test.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "driver.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

inline constexpr const char* swift_info =
    R"({"swift": {"version": "2.30.1", "max_object_name_length": 1024, "max_file_size": 5368709122},
        "slo": {"max_manifest_segments": 1000, "min_segment_size": 1},
        "bulk_delete": {"max_deletes_per_request": 2},
        "tempurl": {"methods": ["GET", "HEAD", "PUT"], "allowed_digests": ["sha1", "sha256"]}})";

// Container "c"; the tokens are t1, t2, ... in the order of the logins.
class ScriptedStore {
 public:
  using Given = std::map<std::string, std::string>;
  using Handler = ScriptedServer::Handler;

  explicit ScriptedStore(Handler handler, Given given = {}, std::string info = swift_info)
      : handler_(std::move(handler)),
        info_(std::move(info)),
        server([this](const SeenRequest& request) { return answer(request); }),
        driver(open(std::move(given))) {}

  int logins() const { return logins_; }

  // "PUT /v1/AUTH_a/c/files/k", one a request, without what opening took.
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    for (const SeenRequest& request : server.requests()) {
      const bool own = request.target == "/auth/v1.0" || request.target == "/info" ||
                       request.target == "/v1/AUTH_a/c";
      if (!own) lines.push_back(request.method + ' ' + request.target);
    }
    return lines;
  }

 private:
  Answer answer(const SeenRequest& request) {
    if (request.target == "/auth/v1.0")
      return Answer(200)
          .header("X-Auth-Token", "t" + std::to_string(++logins_))
          .header("X-Storage-Url", "http://" + request.header("Host") + "/v1/AUTH_a");
    if (request.target == "/info") return info_.empty() ? Answer(404) : Answer(200, info_);
    if (request.target == "/v1/AUTH_a/c") return Answer(201);
    return handler_(request);
  }

  std::unique_ptr<swift::SwiftDriver> open(Given given) {
    swift::SwiftDriver::init();
    given.emplace("authurl", server.url() + "/auth/v1.0");
    given.emplace("container", "c");
    given.emplace("username", "a:u");
    given.emplace("password", "p");
    given.emplace("proxy", "none");
    return open_driver<swift::SwiftDriver>(given);
  }

  Handler handler_;
  std::string info_;
  std::atomic<int> logins_{0};

 public:
  ScriptedServer server;
  std::unique_ptr<swift::SwiftDriver> driver;
};

// ---- Answers of the service

inline Answer head_answer(uint64_t size, const std::string& etag = "e") {
  return Answer(200)
      .announce(size)
      .no_body()
      .header("ETag", etag)
      .header("X-Timestamp", "1400000000.12345");
}
inline Answer not_found() {
  return Answer(404).no_body();
}
inline std::string listed(const std::string& name, uint64_t size,
                          const std::string& hash = "0123456789abcdef0123456789abcdef") {
  return R"({"name": ")" + name + R"(", "bytes": )" + std::to_string(size) + R"(, "hash": ")" +
         hash + R"(", "last_modified": "2014-05-13T16:53:20.123450"})";
}
inline constexpr const char* digest_of_nothing = "d41d8cd98f00b204e9800998ecf8427e";

}  // namespace berth::test
