// SPDX-License-Identifier: Apache-2.0
//
// A driver over a scripted server: what a test of a misbehaving service begins
// with.
#pragma once

#include <string>

#include "driver.hpp"
#include "support/scripted_store.hpp"

namespace berth::test {

// Account "acct", container "cont", names without a slash, pauses of a
// millisecond.
struct AzureDefaults {
  using Driver = azure::AzureDriver;

  static Given parameters(const std::string& url) {
    return {{"serviceurl", url + "/acct"},
            {"accountname", "acct"},
            {"accountkey", "a2V5"},
            {"container", "cont"},
            {"legacyleadingslash", "false"},
            {"retry_delay", "1"},
            {"proxy", "none"}};
  }
};
using ScriptedStore = ScriptedStoreOf<AzureDefaults>;

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
