// SPDX-License-Identifier: Apache-2.0
#include "common/http/url.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <berth/driver.hpp>
#include <memory>

#include "common/text.hpp"

namespace berth::http {
namespace {

struct CurlFree {
  void operator()(char* text) const noexcept { curl_free(text); }
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

// One part of a parsed URL; empty when it is not there.
std::string part(CURLU* url, CURLUPart what) {
  char* raw = nullptr;
  if (curl_url_get(url, what, &raw, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, CurlFree> owned(raw);
  return raw;
}

sdk::Error not_a_url(std::string_view text, std::string_view parameter, const std::string& why) {
  std::string message(parameter);
  // Whatever stands before an '@' may be a password.
  if (text.find('@') == std::string_view::npos) message.append("='").append(text).append("'");
  message.append(" is no URL of a service: ").append(why);
  return sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                    message + "; write https://HOST or http://HOST:PORT");
}

// "[::1]" as curl returns it, without its brackets.
std::string bare_host(std::string host) {
  if (host.size() > 2 && host.front() == '[') return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

Url Url::parse(std::string_view text, std::string_view parameter, std::string_view default_scheme) {
  std::string full(text);
  if (full.find("://") == std::string::npos) full = std::string(default_scheme) + "://" + full;
  const std::unique_ptr<CURLU, CurlFree> handle(curl_url());
  if (!handle) throw std::bad_alloc();
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, full.c_str(), CURLU_PATH_AS_IS);
  if (code != CURLUE_OK) throw not_a_url(text, parameter, curl_url_strerror(code));

  Url url;
  url.scheme = part(handle.get(), CURLUPART_SCHEME);
  if (url.scheme != "http" && url.scheme != "https")
    throw not_a_url(text, parameter, "only http and https are spoken");
  if (!part(handle.get(), CURLUPART_USER).empty() ||
      !part(handle.get(), CURLUPART_PASSWORD).empty() ||
      full.find('@') < full.find('/', full.find("://") + 3))
    throw not_a_url("@", parameter, "it holds credentials, which belong in their own parameters");
  url.host = common::lower_case(bare_host(part(handle.get(), CURLUPART_HOST)));
  const std::string port = part(handle.get(), CURLUPART_PORT);
  if (!port.empty()) url.port = static_cast<uint16_t>(std::stoul(port));
  url.path = part(handle.get(), CURLUPART_PATH);
  url.query = part(handle.get(), CURLUPART_QUERY);
  return url;
}

bool Url::is_local() const noexcept {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

uint16_t Url::effective_port() const noexcept {
  if (port != 0) return port;
  return tls() ? 443 : 80;
}

std::string Url::host_header() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (effective_port() != (tls() ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::authority() const {
  const std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return text + ":" + std::to_string(effective_port());
}

std::string Url::target() const {
  return query.empty() ? path : path + "?" + query;
}

std::string Url::text() const {
  return scheme + "://" + host_header() + target();
}

std::string Url::place() const {
  return scheme + "://" + host_header() + path;
}

}  // namespace berth::http
