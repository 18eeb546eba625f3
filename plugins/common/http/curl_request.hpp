// SPDX-License-Identifier: Apache-2.0
//
// One attempt of one request on one curl handle: sets it up, takes what curl delivers, and turns
// the outcome into an answer or an error. Who drives the handle (session.hpp, transfers.hpp) is
// not its business. Private to plugins/common.
#ifndef BERTH_COMMON_HTTP_TRANSFER_HPP
#define BERTH_COMMON_HTTP_TRANSFER_HPP

#include <curl/curl.h>

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "common/http/core.hpp"
#include "common/http/http.hpp"
#include "common/http/watchdog.hpp"

namespace berth::http {

// The headers of a request as curl reads them, in two allocations.
class HeaderList {
 public:
  void build(const Request& request);
  curl_slist* get() noexcept { return nodes_.empty() ? nullptr : nodes_.data(); }

 private:
  void add(std::string_view name, std::string_view value);
  std::string text_;
  std::vector<size_t> starts_;
  std::vector<curl_slist> nodes_;
};

class CurlRequest {
 public:
  // Sets up the handle. Everything is borrowed until the transfer is destroyed, which must come
  // after the handle left its multi handle. sink may be NULL.
  CurlRequest(CURL* easy, const Client::Core& core, const Request& request, BodySink* sink,
              bool fresh_connection);
  ~CurlRequest();
  CurlRequest(const CurlRequest&) = delete;
  CurlRequest& operator=(const CurlRequest&) = delete;

  bool has_head() const noexcept { return head_done_; }
  const Response& response() const noexcept { return response_; }
  std::string peer() const { return request_.url.authority(); }

  // The error when the transfer waits in vain; ask at least every tick().
  std::optional<sdk::Error> overdue(Watchdog::Time now);
  std::chrono::milliseconds tick() const noexcept { return watchdog_.tick(); }
  void resume(Watchdog::Time now) noexcept { watchdog_.resume(now); }

  // Whether curl's result means that the kept connection was of no use, and that the request can be
  // sent again by a fresh one.
  bool stale(CURLcode code) const noexcept;

  // The answer, or throws what curl's result or the sink demands.
  Response finish(CURLcode code);
  void check(CURLcode code);  // the same without the answer

 private:
  static size_t on_header(char* data, size_t, size_t size, void* self) noexcept;
  static size_t on_body(char* data, size_t, size_t size, void* self) noexcept;
  static size_t on_read(char* buffer, size_t, size_t size, void* self) noexcept;
  static int on_departure(void* self, char*, char*, int, int) noexcept;
  static int on_seek(void* self, curl_off_t offset, int origin) noexcept;

  void set_method();
  void set_upload(uint64_t size);
  void take_header(std::string_view line);
  void take_body(std::string_view bytes);
  void keep_body(std::string_view bytes);
  size_t fill(char* buffer, size_t capacity) noexcept;
  uint64_t body_size() const;
  uint64_t uploaded() const noexcept;
  Watchdog::Seen seen() const noexcept;
  sdk::Error failure(CURLcode code);
  bool connected() const noexcept;

  CURL* const easy_;
  const Client::Core& core_;
  const Request& request_;
  BodySink* const sink_;
  HeaderList headers_;
  Response response_;
  bool head_done_ = false;
  bool begun_ = false;  // the sink knows the head
  bool cut_ = false;    // an error's body was longer than anyone wants
  int departures_ = 0;  // how often the request was begun to be sent
  uint64_t received_ = 0;
  uint64_t body_received_ = 0;
  size_t position_ = 0;  // in request_.body
  std::exception_ptr thrown_;
  Watchdog watchdog_;
  int socket_error_ = 0;  // why no socket could be made; 0: none was refused
  char detail_[CURL_ERROR_SIZE] = {};
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_TRANSFER_HPP
