// SPDX-License-Identifier: Apache-2.0
//
// An answer that is pulled: curl is driven only while somebody reads. Private to plugins/common.
#ifndef BERTH_COMMON_HTTP_STREAM_HPP
#define BERTH_COMMON_HTTP_STREAM_HPP

#include <string>

#include "common/http/core.hpp"
#include "common/http/curl_request.hpp"
#include "common/http/http.hpp"
#include "common/http/session.hpp"

namespace berth::http {

class PulledStream final : public Stream, private BodySink {
 public:
  PulledStream(Client::Core& core, const Request& request, bool fresh_connection);
  ~PulledStream() override;

  // Until the head is there; false: the connection was stale, make another stream.
  bool open(const sdk::Call& call);

  const Response& head() const noexcept override { return head_; }
  size_t read(char* buffer, size_t capacity, const sdk::Call& call) override;

 private:
  void write(std::string_view bytes) override;
  bool full() const noexcept override;
  size_t take_spilled(char* buffer, size_t capacity);
  bool is_small() const noexcept;
  void take_all(const sdk::Call& call);
  void close() noexcept;

  Client::Core& core_;
  const Request request_;  // ours: curl asks for its parts until the end
  std::unique_ptr<Session> session_;
  std::optional<CurlRequest> transfer_;
  std::optional<CURLcode> result_;
  Response head_;

  char* target_ = nullptr;  // where the reader wants its bytes
  size_t room_ = 0;
  bool taking_all_ = false;  // into spilled_
  std::string spilled_;      // what came beyond the reader's capacity: one piece of curl's at most
  size_t spilled_at_ = 0;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_STREAM_HPP
