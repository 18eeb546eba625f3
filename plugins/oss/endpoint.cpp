// SPDX-License-Identifier: Apache-2.0
//
// Hosts. The bucket is the first label of the host name, or part of the path.
#include "endpoint.hpp"

#include "common/place.hpp"

namespace berth::oss {
namespace {

constexpr std::string_view domain = ".aliyuncs.com";

bool is_address(const std::string& host) {
  return host == "localhost" || host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

// Whether it is the service's host of a region, without a bucket.
bool is_regional(const std::string& host) {
  return host.compare(0, 4, "oss-") == 0 && host.ends_with(domain) &&
         host.find('.') == host.size() - domain.size();
}

}  // namespace

Endpoint::Endpoint(const Settings& settings) : bucket_(settings.bucket.name), path_("/") {
  const std::string& bucket = bucket_;
  if (settings.endpoint) {
    base_ = *settings.endpoint;
    base_.path.clear();
    if (is_address(base_.host)) path_ = '/' + bucket + '/';
    if (is_regional(base_.host)) base_.host = bucket + '.' + base_.host;
    public_host_ = base_.host;
    return;
  }
  base_.scheme = settings.secure ? "https" : "http";
  public_host_ = bucket + '.' + settings.region + std::string(domain);
  base_.host = settings.internal
                   ? bucket + '.' + settings.region + "-internal" + std::string(domain)
                   : public_host_;
}

http::Url Endpoint::url(std::string_view key, const common::Query& query) const {
  http::Url url = base_;
  url.path = path_ + common::percent_encode_path(key);
  url.query = encode_flags_and_values(query);
  return url;
}

http::Url Endpoint::public_url(std::string_view key) const {
  http::Url url = this->url(key);
  url.host = public_host_;
  return url;
}

std::string Endpoint::identity() const {
  std::string_view host = base_.host;
  if (host.ends_with('.')) host.remove_suffix(1);
  http::Url service = base_;
  service.path.clear();
  const bool own = host.ends_with(domain);
  return "oss://" + (own ? std::string(domain.substr(1)) : common::host_identity(service)) + '/' +
         bucket_;
}

std::string encode_flags_and_values(const common::Query& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    text += common::percent_encode(name);
    if (!value.empty()) text += '=' + common::percent_encode(value);
  }
  return text;
}

}  // namespace berth::oss
