// SPDX-License-Identifier: Apache-2.0
//
// Answers of S3 and OSS for scripted servers, and a service that receives a multipart upload.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/crypto.hpp"
#include "common/etag.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

inline constexpr std::size_t mib = 1024 * 1024;

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

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
inline Answer upload_started() {
  return Answer(200,
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
                "</InitiateMultipartUploadResult>");
}
inline Answer completed(const std::string& etag = "e") {
  return Answer(200, "<CompleteMultipartUploadResult><ETag>" + etag +
                         "</ETag></CompleteMultipartUploadResult>");
}

// The ETag of the object that a completing request makes; empty if the parts' ETags are no digests.
inline std::string joined_etag_of(const std::string& document) {
  std::vector<std::string> etags;
  for (std::size_t at = 0; (at = document.find("<ETag>", at)) != document.npos;) {
    at += 6;
    std::string etag = document.substr(at, document.find('<', at) - at);
    for (const std::string quote : {"&quot;", "&#34;"})
      for (std::size_t q = 0; (q = etag.find(quote)) != etag.npos;) etag.erase(q, quote.size());
    etags.push_back(std::move(etag));
  }
  return common::joined_etag(etags);
}
inline Answer part_copied() {
  return Answer(
      200, "<CopyPartResult><ETag>\"83878c91171338902e0fe0fb97a8c47a\"</ETag></CopyPartResult>");
}

// ---- An upload

inline bool is_copy(const SeenRequest& request) {
  return request.has("x-amz-copy-source") || request.has("x-oss-copy-source");
}

// A service with one upload. `complete`, if set, answers the n-th completing request, counted from
// 1; `other` can answer any request instead of the service.
struct UploadService {
  std::function<Answer(int)> complete;
  std::function<std::optional<Answer>(const SeenRequest&)> other = [](const SeenRequest&) {
    return std::optional<Answer>();
  };
  std::atomic<int> completions{0};
  std::atomic<int> aborts{0};

  ScriptedServer::Handler handler() {
    return [this](const SeenRequest& request) { return answer(request); };
  }

 private:
  Answer answer(const SeenRequest& request) {
    if (const auto instead = other(request)) return *instead;
    if (request.method == "GET" && contains(request.target, "uploadId=")) return list_parts();
    if (request.method == "GET") return no_uploads();
    if (request.method == "DELETE") return ++aborts, Answer(204);
    if (request.method == "POST" && contains(request.target, "?uploads")) return upload_started();
    if (request.method == "POST") return join(request, ++completions);
    if (request.method == "HEAD" && joined_) return head_answer(size());
    if (is_copy(request)) return take_copy(request);
    if (contains(request.target, "partNumber=")) hold(request, request.body.size());
    return Answer(200).header("ETag", '"' + common::hex(common::md5(request.body)) + '"');
  }

  Answer join(const SeenRequest& request, int number) {
    const Answer answer = complete ? complete(number) : completed(joined_etag_of(request.body));
    joined_ = answer.status() == 200;
    return answer;
  }

  Answer take_copy(const SeenRequest& request) {
    for (const char* name : {"x-amz-copy-source-range", "x-oss-copy-source-range"}) {
      const std::string range = request.header(name);  // "bytes=0-9"
      const std::size_t dash = range.find('-');
      if (dash == range.npos) continue;
      hold(request, std::stoull(range.substr(dash + 1)) - std::stoull(range.substr(6)) + 1);
    }
    return part_copied();
  }

  void hold(const SeenRequest& request, uint64_t size) {
    const std::lock_guard lock(mutex_);
    parts_[std::stoi(request.target.substr(request.target.find("Number=") + 7))] = size;
  }
  uint64_t size() {
    const std::lock_guard lock(mutex_);
    uint64_t sum = 0;
    for (const auto& [number, size] : parts_) sum += size;
    return sum;
  }
  Answer list_parts() {
    const std::lock_guard lock(mutex_);
    std::string content;
    for (const auto& [number, size] : parts_)
      content += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><Size>" +
                 std::to_string(size) + "</Size><ETag>e</ETag></Part>";
    return Answer(200, "<ListPartsResult>" + content + "</ListPartsResult>");
  }

  std::mutex mutex_;  // guards parts_
  std::map<int, uint64_t> parts_;
  std::atomic<bool> joined_{false};
};

// Sends no answer to the first write and refuses the second one. The object is that of the first
// write, or another writer's of the same content. `mark`: the header by which a writer recognises
// its own object.
class ForgetfulService {
 public:
  ForgetfulService(std::string mark, bool ours, Answer refusal)
      : mark_(std::move(mark)), ours_(ours), refusal_(std::move(refusal)) {}

  Answer write(const SeenRequest& request) {
    remember(request);
    return writes_++ == 0 ? Answer::hang_up() : refusal_;
  }
  void remember(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.has(mark_)) seen_ = request.header(mark_);
  }
  Answer head(uint64_t size, const std::string& etag) {
    const std::lock_guard lock(mutex_);
    return head_answer(size, etag).header(mark_, ours_ ? seen_ : "another");
  }
  int writes() const noexcept { return writes_; }

 private:
  const std::string mark_;
  const bool ours_;
  const Answer refusal_;
  std::mutex mutex_;  // guards seen_
  std::string seen_;
  std::atomic<int> writes_{0};
};

inline std::map<std::string, std::string> small_parts() {
  return {{"chunksize", "5242880"}, {"maxretries", "2"}};
}

inline sdk::WriteOptions create_only() {
  sdk::WriteOptions options;
  options.create_only = true;
  return options;
}

// Writes pieces whose size divides no part.
inline void write_parts(sdk::Driver& driver, const std::string& bytes,
                        const sdk::WriteOptions& options = {}) {
  const auto w = writer(driver, "/k", options);
  for (std::size_t at = 0; at < bytes.size(); at += 777'777)
    write(*w, std::string_view(bytes).substr(at, 777'777));
  commit(*w);
}

}  // namespace berth::test
