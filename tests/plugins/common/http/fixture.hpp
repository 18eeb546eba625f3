// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the transport share: short time-outs, requests to a scripted server, and a call
// that another thread cancels.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <berth/driver.hpp>
#include <string>
#include <thread>

#include "common/http/http.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"
#include "support/variable.hpp"

namespace berth::test {

using std::chrono::milliseconds;

inline http::ClientOptions quick_options() {
  http::ClientOptions options;
  options.connect_timeout = milliseconds(2000);
  options.first_byte_timeout = milliseconds(400);
  options.stall_timeout = milliseconds(400);
  options.proxy = "none";
  return options;
}

inline http::Request request_to(const ScriptedServer& server, std::string method = "GET",
                                std::string path = "/bucket/key") {
  http::Request request;
  request.method = std::move(method);
  request.url = http::Url::parse(server.url(), "url");
  request.url.path = std::move(path);
  return request;
}

// A call with a descriptor, cancelled from elsewhere after a time.
class CancelledCall {
 public:
  explicit CancelledCall(milliseconds after) : fd_(::eventfd(0, EFD_CLOEXEC)) {
    raw_.struct_size = sizeof raw_;
    raw_.deadline_ns = INT64_MAX;
    raw_.cancel_fd = fd_;
    raw_.host_data = this;
    raw_.cancelled = [](const berth_call* call) noexcept -> int32_t {
      return static_cast<CancelledCall*>(call->host_data)->cancelled_ ? 1 : 0;
    };
    thread_ = std::thread([this, after] {
      std::this_thread::sleep_for(after);
      cancelled_ = true;
      const uint64_t one = 1;
      if (::write(fd_, &one, sizeof one) < 0) std::abort();
    });
  }
  ~CancelledCall() {
    thread_.join();
    ::close(fd_);
  }
  CancelledCall(const CancelledCall&) = delete;
  CancelledCall& operator=(const CancelledCall&) = delete;
  operator sdk::Call() const noexcept { return sdk::Call(&raw_); }  // NOLINT: stands for a call

 private:
  const int fd_;
  berth_call raw_{};
  std::atomic<bool> cancelled_{false};
  std::thread thread_;
};

// The error that body throws.
template <class Body>
sdk::Error error_of(Body&& body) {
  try {
    body();
  } catch (const sdk::Error& error) {
    return error;
  }
  return sdk::Error(BERTH_STATUS_OK, "nothing was thrown");
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

// Takes a body into a string.
class StringSink final : public http::BodySink {
 public:
  void begin(const http::Response& head) override {
    ++begun;
    status = head.status;
  }
  void write(std::string_view piece) override { bytes.append(piece); }
  std::string bytes;
  int begun = 0;
  int status = 0;
};

}  // namespace berth::test
