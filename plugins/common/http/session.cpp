// SPDX-License-Identifier: Apache-2.0
#include "common/http/session.hpp"

#include <algorithm>

#include "common/http/signals.hpp"

namespace berth::http {
namespace {

using std::chrono::milliseconds;

// How long to sleep at most. Without a descriptor to watch, cancelling is noticed by looking.
milliseconds poll_timeout(const CurlRequest& transfer, const sdk::Call& call) {
  milliseconds time = transfer.tick();
  if (call.has_deadline()) time = std::min(time, std::chrono::ceil<milliseconds>(call.remaining()));
  if (call.cancel_fd() < 0) time = std::min(time, milliseconds(50));
  return time;
}

void check(const CurlRequest& transfer, const sdk::Call& call) {
  if (!call.cancelled() && call.has_deadline() && call.remaining().count() == 0)
    throw sdk::Error(BERTH_STATUS_DEADLINE_EXCEEDED, "the deadline of the call passed while " +
                                                         transfer.peer() + " was waited for");
  call.check();
}

}  // namespace

Session::Session(const Client::Core& core)
    : core_(core), multi_(core.make_multi()), easy_(core.make_easy()) {
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 4L);
}

Session::~Session() {
  stop();
  if (core_.usable()) return;
  static_cast<void>(easy_.release());  // to close a connection would write to the parent's
  static_cast<void>(multi_.release());
}

void Session::start() {
  const CURLMcode code = curl_multi_add_handle(multi_.get(), easy_.get());
  if (code != CURLM_OK) throw sdk::Error(BERTH_STATUS_INTERNAL, curl_multi_strerror(code));
  started_ = first_step_ = true;
}

std::optional<CURLcode> Session::step() {
  core_.require_usable();
  // Only the first step can start the thread that looks a name up.
  std::optional<SignalBlock> block;
  if (first_step_) block.emplace();
  first_step_ = false;
  int running = 0;
  const CURLMcode code = curl_multi_perform(multi_.get(), &running);
  if (code != CURLM_OK) throw sdk::Error(BERTH_STATUS_INTERNAL, curl_multi_strerror(code));
  if (running != 0) return std::nullopt;
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
  return message ? message->data.result : CURLE_OK;
}

void Session::wait(CurlRequest& transfer, const sdk::Call& call) {
  curl_waitfd cancel{call.cancel_fd(), CURL_WAIT_POLLIN, 0};
  const unsigned extra = call.cancel_fd() < 0 ? 0 : 1;
  const auto time = static_cast<int>(poll_timeout(transfer, call).count());
  curl_multi_poll(multi_.get(), &cancel, extra, time, nullptr);
  check(transfer, call);
  if (auto error = transfer.overdue(std::chrono::steady_clock::now())) throw *error;
}

void Session::stop() noexcept {
  if (started_ && core_.usable()) curl_multi_remove_handle(multi_.get(), easy_.get());
  started_ = false;
}

CURLcode Session::run(CurlRequest& transfer, const sdk::Call& call) {
  start();
  std::optional<CURLcode> result;
  while (!(result = step())) wait(transfer, call);
  return *result;
}

}  // namespace berth::http
