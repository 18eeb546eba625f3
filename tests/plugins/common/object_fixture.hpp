// SPDX-License-Identifier: Apache-2.0
//
// An object behind a scripted server that honours Range and If-Match, and a source that reads it.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "common/object_stream.hpp"
#include "http/fixture.hpp"

namespace berth::test {

inline std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

class ObjectServer {
 public:
  // What to do to the good answer to request number n (1 is the first).
  using Twist = std::function<void(int n, Answer& answer)>;

  explicit ObjectServer(std::string object, Twist twist = {})
      : object_(std::move(object)),
        twist_(std::move(twist)),
        server([this](const SeenRequest& seen) { return answer(seen); }) {}

  // From now on another object is served.
  void replace(std::string object, std::string etag) {
    const std::lock_guard lock(mutex_);
    object_ = std::move(object);
    etag_ = std::move(etag);
  }
  bool ranges = true;    // honour Range
  bool if_match = true;  // honour If-Match
  bool etags = true;

 private:
  Answer answer(const SeenRequest& seen) {
    const std::lock_guard lock(mutex_);
    Answer answer = plain(seen);
    if (etags) answer.header("ETag", etag_);
    answer.header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    ++count_;
    if (twist_) twist_(count_, answer);
    return answer;
  }
  Answer plain(const SeenRequest& seen) const {
    const std::string match = seen.header("If-Match");
    if (if_match && !match.empty() && match != etag_) return Answer(412);
    const std::string range = seen.header("Range");
    if (!ranges || range.empty()) return Answer(200, object_);
    const size_t first = std::stoull(range.substr(6));
    const std::string last = range.substr(range.find('-') + 1);
    const std::string size = std::to_string(object_.size());
    if (first >= object_.size()) return Answer(416).header("Content-Range", "bytes */" + size);
    const size_t end =
        last.empty() ? object_.size() : std::min<size_t>(std::stoull(last) + 1, object_.size());
    return Answer(206, object_.substr(first, end - first))
        .header("Content-Range",
                "bytes " + std::to_string(first) + "-" + std::to_string(end - 1) + "/" + size);
  }

  std::mutex mutex_;
  std::string object_;
  std::string etag_ = "\"v1\"";
  int count_ = 0;
  const Twist twist_;

 public:
  ScriptedServer server;
};

class Source final : public common::ObjectSource {
 public:
  explicit Source(const ScriptedServer& server) : server_(server) {}
  http::Request get(const http::Headers& conditions, const sdk::Call*) const override {
    http::Request request = request_to(server_);
    for (const auto& header : conditions) request.headers.add(header.name, header.value);
    return request;
  }
  void fail(const http::Response& answer) const override {
    if (answer.status == 404) throw sdk::path_not_found();
    sdk::Error error(BERTH_STATUS_UNAVAILABLE, "status " + std::to_string(answer.status));
    throw error;
  }

 private:
  const ScriptedServer& server_;
};

inline http::RetryPolicy quick_retries() {
  http::RetryPolicy policy;
  policy.base = policy.throttle_base = milliseconds(2);
  return policy;
}

}  // namespace berth::test
