// SPDX-License-Identifier: Apache-2.0
#include "common/http/stream.hpp"

#include <algorithm>
#include <cstring>

namespace berth::http {

PulledStream::PulledStream(Client::Core& core, const Request& request, bool fresh_connection)
    : core_(core), request_(request), session_(core.acquire()) {
  transfer_.emplace(session_->easy(), core_, request_, static_cast<BodySink*>(this),
                    fresh_connection);
  core_.stream_opened();
}

PulledStream::~PulledStream() {
  close();
}

void PulledStream::close() noexcept {
  if (!session_) return;
  session_->stop();
  transfer_.reset();
  core_.release(std::move(session_));
  core_.stream_closed();
}

bool PulledStream::open(const sdk::Call& call) {
  call.check();
  session_->start();
  const auto enough = [&] {
    return result_ || (transfer_->has_head() && transfer_->response().ok());
  };
  for (result_ = session_->step(); !enough(); result_ = session_->step())
    session_->wait(*transfer_, call);
  if (result_ && transfer_->stale(*result_)) return false;
  if (result_ && !(transfer_->has_head() && transfer_->response().ok())) transfer_->check(*result_);
  head_ = transfer_->response();
  if (core_.crowded() && is_small()) take_all(call);
  return true;
}

bool PulledStream::is_small() const noexcept {
  const auto size = head_.headers.number("Content-Length");
  return size && *size <= Client::Core::small_answer;
}

// So that the connection, with its descriptors, is free for others before the first read.
void PulledStream::take_all(const sdk::Call& call) {
  taking_all_ = true;
  curl_easy_pause(session_->easy(), CURLPAUSE_CONT);
  while (!result_) {
    result_ = session_->step();
    if (!result_) session_->wait(*transfer_, call);
  }
  transfer_->check(*result_);
  close();
}

void PulledStream::write(std::string_view bytes) {
  const size_t direct = std::min(room_, bytes.size());
  if (direct != 0) std::memcpy(target_, bytes.data(), direct);
  target_ += direct;
  room_ -= direct;
  spilled_.append(bytes.substr(direct));
}

// One perform of curl's may read megabytes: more than one piece too many stays with the connection.
bool PulledStream::full() const noexcept {
  return !taking_all_ && room_ == 0 && spilled_at_ != spilled_.size();
}

size_t PulledStream::take_spilled(char* buffer, size_t capacity) {
  const size_t n = std::min(capacity, spilled_.size() - spilled_at_);
  std::memcpy(buffer, spilled_.data() + spilled_at_, n);
  spilled_at_ += n;
  if (spilled_at_ == spilled_.size()) {
    spilled_.clear();
    spilled_at_ = 0;
  }
  return n;
}

size_t PulledStream::read(char* buffer, size_t capacity, const sdk::Call& call) {
  if (spilled_at_ != spilled_.size()) return take_spilled(buffer, capacity);
  if (!session_) return 0;
  call.check();
  target_ = buffer;
  room_ = capacity;
  core_.require_usable();
  transfer_->resume(std::chrono::steady_clock::now());
  curl_easy_pause(session_->easy(), CURLPAUSE_CONT);
  while (!result_) {
    result_ = session_->step();
    if (room_ != capacity) break;
    if (!result_) session_->wait(*transfer_, call);
  }
  const size_t got = capacity - room_;
  room_ = 0;
  if (result_ && got == 0) {
    transfer_->check(*result_);
    close();
  }
  return got;
}

}  // namespace berth::http
