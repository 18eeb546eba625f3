// SPDX-License-Identifier: Apache-2.0
//
// A driver over a scripted server: what a test of misbehaving services begins with.
#ifndef BERTH_TESTS_OSS_SCRIPTED_STORE_HPP
#define BERTH_TESTS_OSS_SCRIPTED_STORE_HPP

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "oss_driver.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

// Bucket "b", keys below no root, four repetitions as by default.
class ScriptedStore {
 public:
  using Given = std::map<std::string, std::string>;

  explicit ScriptedStore(std::vector<Answer> script, Given given = {})
      : server(std::move(script)), driver(open(std::move(given))) {}
  explicit ScriptedStore(ScriptedServer::Handler handler, Given given = {})
      : server(std::move(handler)), driver(open(std::move(given))) {}

  // "PUT /b/k?uploads=", one a request.
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    for (const SeenRequest& request : server.requests())
      lines.push_back(request.method + ' ' + request.target);
    return lines;
  }

  ScriptedServer server;
  std::unique_ptr<oss::OssDriver> driver;

 private:
  std::unique_ptr<oss::OssDriver> open(Given given) {
    oss::OssDriver::init();
    given.emplace("endpoint", server.url());
    given.emplace("region", "oss-cn-hangzhou");
    given.emplace("bucket", "b");
    given.emplace("accesskeyid", "a");
    given.emplace("accesskeysecret", "s");
    return open_driver<oss::OssDriver>(given);
  }
};

// ---- Answers of the service

inline Answer error_answer(int status, const std::string& code, const std::string& more = {}) {
  return Answer(status, "<Error><Code>" + code + "</Code><Message></Message>" + more + "</Error>");
}
inline Answer list_answer(const std::string& content) {
  return Answer(200, "<ListBucketResult>" + content + "</ListBucketResult>");
}
inline Answer head_answer(uint64_t size, const std::string& etag = "\"e\"") {
  return Answer(200)
      .announce(size)
      .no_body()
      .header("ETag", etag)
      .header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
}
inline Answer object_answer(const std::string& body, const std::string& etag = "\"e\"") {
  return Answer(200, body)
      .header("ETag", etag)
      .header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
}
inline Answer not_found() {
  return Answer(404).no_body();
}
inline Answer no_uploads() {
  return Answer(200, "<ListMultipartUploadsResult></ListMultipartUploadsResult>");
}

}  // namespace berth::test

#endif  // BERTH_TESTS_OSS_SCRIPTED_STORE_HPP
