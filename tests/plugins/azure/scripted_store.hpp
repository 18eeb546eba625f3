// SPDX-License-Identifier: Apache-2.0
//
// A driver over a scripted server: what a test of a misbehaving service begins
// with.
#ifndef BERTH_TESTS_AZURE_SCRIPTED_STORE_HPP
#define BERTH_TESTS_AZURE_SCRIPTED_STORE_HPP

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "azure_driver.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

// Account "acct", container "cont", names without a slash, pauses of a
// millisecond.
class ScriptedStore {
 public:
  using Given = std::map<std::string, std::string>;

  explicit ScriptedStore(std::vector<Answer> script, Given given = {})
      : server(std::move(script)), driver(open(std::move(given))) {}
  explicit ScriptedStore(ScriptedServer::Handler handler, Given given = {})
      : server(std::move(handler)), driver(open(std::move(given))) {}

  // "PUT /acct/cont/k?comp=block", one a request.
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    for (const SeenRequest& request : server.requests())
      lines.push_back(request.method + ' ' + request.target);
    return lines;
  }

  ScriptedServer server;
  std::unique_ptr<azure::AzureDriver> driver;

 private:
  std::unique_ptr<azure::AzureDriver> open(Given given) {
    azure::AzureDriver::init();
    given.emplace("serviceurl", server.url() + "/acct");
    given.emplace("accountname", "acct");
    given.emplace("accountkey", "a2V5");
    given.emplace("container", "cont");
    given.emplace("legacyleadingslash", "false");
    given.emplace("retry_delay", "1");
    given.emplace("proxy", "none");
    return open_driver<azure::AzureDriver>(given);
  }
};

// ---- Answers of the service

inline Answer error_answer(int status, const std::string& code) {
  return Answer(status, "\xEF\xBB\xBF<?xml version=\"1.0\"?><Error><Code>" + code +
                            "</Code><Message>Because.\nRequestId:r</Message></Error>")
      .header("x-ms-error-code", code)
      .header("x-ms-request-id", "request-1");
}
inline Answer list_answer(const std::string& blobs, const std::string& marker = {}) {
  return Answer(200, "\xEF\xBB\xBF<?xml version=\"1.0\"?><EnumerationResults><Blobs>" + blobs +
                         "</Blobs><NextMarker>" + marker + "</NextMarker></EnumerationResults>");
}
inline std::string listed(const std::string& name, const std::string& more = {}) {
  return "<Blob><Name>" + name + "</Name><Properties><Content-Length>1</Content-Length>" + more +
         "</Properties></Blob>";
}
inline Answer head_answer(uint64_t size, const std::string& type = "BlockBlob",
                          const std::string& etag = "\"e\"") {
  return Answer(200)
      .announce(size)
      .no_body()
      .header("ETag", etag)
      .header("x-ms-blob-type", type)
      .header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
}
inline Answer missing() {
  return Answer(404).no_body().header("x-ms-error-code", "BlobNotFound");
}
inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace berth::test

#endif  // BERTH_TESTS_AZURE_SCRIPTED_STORE_HPP
