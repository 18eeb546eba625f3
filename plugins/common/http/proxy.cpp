// SPDX-License-Identifier: Apache-2.0
#include "common/http/proxy.hpp"

#include <curl/curl.h>

#include <array>
#include <berth/driver.hpp>
#include <cstdlib>
#include <memory>
#include <vector>

namespace berth::http {
namespace {

struct UrlFree {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
  void operator()(char* text) const noexcept { curl_free(text); }
};

struct Setting {
  std::string name;
  std::string value;
};

Setting first_set(const std::vector<const char*>& names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value && *value) return {name, value};
  }
  return {};
}

// HTTP_PROXY in capitals is left out on purpose: a CGI program gets it from its caller's headers.
Setting from_environment(std::string_view scheme) {
  if (scheme == "https") return first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  return first_set({"http_proxy", "all_proxy", "ALL_PROXY"});
}

sdk::Error bad_proxy(const Setting& setting, const std::string& why) {
  std::string message = setting.name;
  if (setting.name != "proxy") message = "the environment variable " + message;
  if (setting.value.find('@') == std::string::npos) message += "='" + setting.value + "'";
  return sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                    message + " is no proxy: " + why + "; write http://HOST:PORT or leave it out");
}

std::string part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* raw = nullptr;
  if (curl_url_get(url, what, &raw, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, UrlFree> owned(raw);
  return raw;
}

bool known_scheme(std::string_view scheme) noexcept {
  constexpr std::array known{"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  for (const char* one : known)
    if (scheme == one) return true;
  return false;
}

// Host and port of the proxy, or the complaint.
std::string checked(const Setting& setting) {
  const std::unique_ptr<CURLU, UrlFree> url(curl_url());
  if (!url) throw std::bad_alloc();
  std::string full = setting.value;
  if (full.find("://") == std::string::npos) full = "http://" + full;
  const CURLUcode code =
      curl_url_set(url.get(), CURLUPART_URL, full.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) throw bad_proxy(setting, curl_url_strerror(code));
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  if (!known_scheme(scheme)) throw bad_proxy(setting, "'" + scheme + "' is not spoken to proxies");
  const std::string port = part(url.get(), CURLUPART_PORT);
  return part(url.get(), CURLUPART_HOST) + ":" + (port.empty() ? "1080" : port);
}

}  // namespace

Proxy Proxy::choose(std::string_view parameter, std::string_view scheme) {
  if (parameter == "none") return {};
  const Setting setting =
      parameter.empty() ? from_environment(scheme) : Setting{"proxy", std::string(parameter)};
  if (setting.value.empty()) return {};
  return {setting.value, first_set({"no_proxy", "NO_PROXY"}).value, setting.name, checked(setting)};
}

}  // namespace berth::http
