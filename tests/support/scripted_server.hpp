// SPDX-License-Identifier: Apache-2.0
//
// An HTTP server in the process of the test, on a loopback port, with scripted answers: wrong
// lengths, broken connections, slow bytes, no answer. It records the requests.
//
//   ScriptedServer server({Answer(503).header("Retry-After", "1"), Answer(200, "hello")});
//   ... two requests to server.url() ...
//   CHECK(server.requests().at(1).target == "/bucket/key");
//
// The answers of a list are sent in order over all connections, then HTTP 500; a handler computes
// the answer from the request. The threads end with the object, also during a delay.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct ssl_ctx_st;

namespace berth::test {

struct SeenRequest {
  std::string method;
  std::string target;  // as in the request line
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int connection = 0;  // 1 is the first that was accepted
  std::chrono::steady_clock::time_point at;

  std::string header(std::string_view name) const;  // ignores case; empty: not sent
  bool has(std::string_view name) const;
};

// One answer, and how it is sent. By default with Content-Length, and the connection stays open.
class Answer {
 public:
  explicit Answer(int status = 200, std::string body = {})
      : status_(status), body_(std::move(body)) {}

  Answer& header(std::string name, std::string value);
  Answer& announce(uint64_t length) { return length_ = static_cast<int64_t>(length), *this; }
  Answer& chunked() { return chunked_ = true, *this; }
  Answer& until_close() { return no_length_ = true, close_ = true, *this; }  // without a length
  Answer& delay(std::chrono::milliseconds t) {
    return delay_ = t, *this;
  }                                                            // before the status line
  Answer& drip(size_t bytes, std::chrono::milliseconds each);  // the body, piece by piece
  Answer& cut(size_t bytes) { return cut_ = static_cast<int64_t>(bytes), close_ = true, *this; }
  Answer& reset() { return reset_ = close_ = true, *this; }  // the close is an RST
  Answer& close() { return close_ = true, *this; }           // without "Connection: close"
  // Answers after this many bytes of the request body, and reads no more.
  Answer& read_only(size_t bytes) { return read_only_ = static_cast<int64_t>(bytes), *this; }
  int status() const noexcept { return status_; }
  // Sends no body, whatever Content-Length says: for HEAD, and after read_only.
  Answer& no_body() { return no_body_ = true, *this; }

  static Answer silence();  // reads the request and never answers
  static Answer hang_up();  // reads the request and closes without an answer

 private:
  friend class Connection;
  int status_;
  std::string body_;
  std::string headers_;
  int64_t length_ = -1;
  int64_t cut_ = -1;
  int64_t read_only_ = -1;
  bool chunked_ = false, no_length_ = false, close_ = false, reset_ = false;
  bool silent_ = false, mute_ = false, no_body_ = false;
  size_t drip_bytes_ = 0;
  std::chrono::milliseconds drip_each_{0}, delay_{0};
};

class ScriptedServer {
 public:
  using Handler = std::function<Answer(const SeenRequest&)>;  // called by many threads

  explicit ScriptedServer(std::vector<Answer> script);
  explicit ScriptedServer(Handler handler);
  // The same over TLS; see certificate.hpp.
  ScriptedServer(Handler handler, std::shared_ptr<ssl_ctx_st> tls);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  uint16_t port() const noexcept;
  std::string url() const;  // "http://127.0.0.1:PORT", or https
  std::vector<SeenRequest> requests() const;
  size_t count() const { return requests().size(); }
  int connections() const;

  class State;

 private:
  void start();
  std::unique_ptr<State> state_;
};

// A loopback port on which no process listens.
uint16_t closed_port();

}  // namespace berth::test
