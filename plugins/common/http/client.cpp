// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <mutex>

#include "common/crypto.hpp"
#include "common/http/core.hpp"
#include "common/http/curl_request.hpp"
#include "common/http/http.hpp"
#include "common/http/session.hpp"
#include "common/http/stream.hpp"

namespace berth::http {
namespace {

// Puts the session back however the transfer ends.
class Lease {
 public:
  explicit Lease(Client::Core& core) : core_(core), session_(core.acquire()) {}
  ~Lease() { core_.release(std::move(session_)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Session& operator*() const noexcept { return *session_; }

 private:
  Client::Core& core_;
  std::unique_ptr<Session> session_;
};

// Ends the use of the handle before the transfer that it points to goes.
class Attempt {
 public:
  Attempt(Session& session, const Client::Core& core, const Request& request, BodySink* sink,
          bool fresh_connection)
      : session_(session), transfer_(session.easy(), core, request, sink, fresh_connection) {}
  ~Attempt() { session_.stop(); }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  CURLcode run(const sdk::Call& call) { return session_.run(transfer_, call); }
  CurlRequest& transfer() noexcept { return transfer_; }

 private:
  Session& session_;
  CurlRequest transfer_;
};

// Without the query, which may hold a signature.
void trace(const Request& request, int status, std::chrono::steady_clock::time_point start) {
  if (!sdk::log_enabled(BERTH_LOG_DEBUG)) return;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  sdk::log(BERTH_LOG_DEBUG, request.method + " " + request.url.place() + " -> " +
                                std::to_string(status) + " in " + std::to_string(took.count()) +
                                " ms");
}

Response exchange(Client::Core& core, const Request& request, BodySink* sink,
                  const sdk::Call& call) {
  call.check();
  const auto start = std::chrono::steady_clock::now();
  Lease lease(core);
  for (const bool fresh : {false, true}) {
    Attempt attempt(*lease, core, request, sink, fresh);
    const CURLcode code = attempt.run(call);
    if (!fresh && attempt.transfer().stale(code)) continue;
    Response answer = attempt.transfer().finish(code);
    answer.resent = answer.resent || fresh;
    trace(request, answer.status, start);
    return answer;
  }
  throw sdk::Error(BERTH_STATUS_INTERNAL, "a fresh connection was taken for a kept one");
}

}  // namespace

void init() {
  static const CURLcode result = [] {
    common::keep_openssl_at_exit();  // before curl uses it
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  if (result != CURLE_OK)
    throw sdk::Error(BERTH_STATUS_INTERNAL, std::string("curl: ") + curl_easy_strerror(result));
}

Client::Client(ClientOptions options) {
  init();
  core_ = std::make_unique<Core>(std::move(options));
}

Client::~Client() = default;

const ClientOptions& Client::options() const noexcept {
  return core_->options();
}

Response Client::send(const Request& request, const sdk::Call& call) {
  return exchange(*core_, request, nullptr, call);
}

Response Client::send(const Request& request, BodySink& sink, const sdk::Call& call) {
  return exchange(*core_, request, &sink, call);
}

std::unique_ptr<Stream> Client::open(const Request& request, const sdk::Call& call) {
  const auto start = std::chrono::steady_clock::now();
  auto stream = std::make_unique<PulledStream>(*core_, request, false);
  if (!stream->open(call)) {
    stream = std::make_unique<PulledStream>(*core_, request, true);
    stream->open(call);
  }
  trace(request, stream->head().status, start);
  return stream;
}

}  // namespace berth::http
