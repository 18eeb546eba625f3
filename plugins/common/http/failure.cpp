// SPDX-License-Identifier: Apache-2.0
#include "common/http/failure.hpp"

#include <cerrno>

namespace berth::http {
namespace {

constexpr const char* login_hint =
    "; put its user and password into its URL: http://USER:PASSWORD@HOST:PORT";
constexpr const char* descriptor_hint =
    "; the process has no file descriptor left: raise its limit (ulimit -n), or keep fewer readers "
    "and writers open";

std::string with_detail(std::string text, const Outcome& outcome) {
  if (outcome.os_errno != 0)
    return text + ": " + std::generic_category().message(static_cast<int>(outcome.os_errno));
  const std::string detail =
      outcome.detail.empty() ? curl_easy_strerror(outcome.code) : outcome.detail;
  return text + ": " + detail;
}

sdk::Error unavailable(std::string text, bool retryable) {
  sdk::Error error(BERTH_STATUS_UNAVAILABLE, std::move(text));
  return error.retryable(retryable);
}

std::string through(const Proxy& proxy) {
  return proxy.url.empty() ? "" : " through the proxy " + proxy.shown;
}

sdk::Error short_body(const Outcome& outcome, const std::string& peer) {
  std::string text = peer + " closed the connection after " + std::to_string(outcome.received);
  text += outcome.size ? " of " + std::to_string(*outcome.size) + " bytes"
                       : " bytes, before the end of the answer";
  return unavailable(text, outcome.safe_to_repeat);
}

sdk::Error refused_certificate(const Outcome& outcome, const Client::Core& core,
                               const std::string& peer) {
  return unavailable(with_detail("the certificate of " + peer + " was not accepted", outcome) +
                         "; it was checked against " + core.trust().shown() +
                         "; name the right one with cafile",
                     false);
}

sdk::Error proxy_failed(const Outcome& outcome, const Proxy& proxy, const std::string& peer) {
  std::string text = "the proxy " + proxy.shown + " (" + proxy.origin + ") ";
  if (outcome.proxy_status == 0) return unavailable(with_detail(text + "failed", outcome), true);
  text += "refused a tunnel to " + peer + " with status " + std::to_string(outcome.proxy_status);
  if (outcome.proxy_status == 407) text += login_hint;
  return unavailable(text, outcome.proxy_status >= 500);
}

sdk::Error not_connected(const Outcome& outcome, const Client::Core& core, const Proxy& proxy,
                         const std::string& peer) {
  if (outcome.code == CURLE_OPERATION_TIMEDOUT)
    return unavailable("no connection to " + peer + through(proxy) + " within " +
                           in_words(core.options().connect_timeout) + " (connect time-out)",
                       true);
  std::string text = with_detail("cannot connect to " + peer + through(proxy), outcome);
  if (outcome.os_errno == EMFILE || outcome.os_errno == ENFILE) text += descriptor_hint;
  return unavailable(text, true);
}

std::string least(uint64_t bytes) {
  return bytes == 1 ? "not a byte" : "fewer than " + std::to_string(bytes) + " bytes";
}

}  // namespace

std::string in_words(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

sdk::Error proxy_login_required(const Client::Core& core, const Url& url) {
  const Proxy& proxy = core.proxy(url);
  const std::string name = proxy.url.empty()
                               ? "a proxy between here and " + url.authority()
                               : "the proxy " + proxy.shown + " (" + proxy.origin + ")";
  const std::string hint = proxy.url.empty()
                               ? "; name it with the parameter proxy, with a user and password"
                               : login_hint;
  return unavailable(name + " requires a user and password (status 407)" + hint, false)
      .protocol_status(407);
}

sdk::Error describe(const Outcome& outcome, const Client::Core& core, const Url& url) {
  const Proxy& proxy = core.proxy(url);
  const std::string peer = url.authority();
  switch (outcome.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      if (outcome.detail.find("thread failed to start") != std::string::npos)
        return unavailable("no thread can be started to resolve the host name '" + url.host +
                               "'; see the limits on processes of the user (ulimit -u) and of the "
                               "control group (pids.max)",
                           false);
      return unavailable("the host name '" + url.host +
                             "' cannot be resolved; check the endpoint and the name service",
                         true);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return proxy_failed(outcome, proxy, peer);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return refused_certificate(outcome, core, peer);
    case CURLE_SSL_CACERT_BADFILE:
      return sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                        core.trust().shown() + " holds no certificate that can be read");
    case CURLE_SSL_CONNECT_ERROR:
      return unavailable(with_detail("no TLS connection to " + peer, outcome) +
                             "; does it speak https (1.2 or newer)?",
                         true);
    case CURLE_PARTIAL_FILE:
      return short_body(outcome, peer);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return unavailable(peer + " does not answer in HTTP; check scheme and port of the endpoint",
                         false);
    case CURLE_URL_MALFORMAT:
      return sdk::Error(BERTH_STATUS_INVALID_PATH, "curl takes '" + url.place() + "' for no URL");
    case CURLE_OUT_OF_MEMORY:
      return sdk::Error(BERTH_STATUS_INTERNAL, "curl ran out of memory");
    default:
      break;
  }
  if (outcome.proxy_status >= 300) return proxy_failed(outcome, proxy, peer);
  if (!outcome.connected) return not_connected(outcome, core, proxy, peer);
  if (outcome.received != 0 && outcome.size) return short_body(outcome, peer);
  return unavailable(with_detail("the connection to " + peer + " broke", outcome),
                     outcome.safe_to_repeat);
}

sdk::Error describe(Watchdog::Alarm alarm, const Watchdog::Limits& limits, const Request& request) {
  const std::string peer = request.url.authority();
  switch (alarm) {
    case Watchdog::Alarm::first_byte:
      return unavailable(
          peer + " did not answer within " + in_words(limits.first_byte) + " (first-byte time-out)",
          request.repeatable);
    case Watchdog::Alarm::stall:
      return unavailable("the transfer with " + peer + " stalled: " + least(limits.stall_bytes) +
                             " in " + in_words(limits.stall) + " (stall time-out)",
                         request.repeatable);
    default:
      return unavailable("the request to " + peer + " was not done within " +
                             in_words(limits.attempt) + " (time-out of one attempt)",
                         request.repeatable);
  }
}

}  // namespace berth::http
