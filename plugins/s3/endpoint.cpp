// SPDX-License-Identifier: Apache-2.0
#include "endpoint.hpp"

namespace berth::s3 {
namespace {

bool is_address(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

// A certificate for *.s3.amazonaws.com covers one label, so a dot in the name breaks https.
bool fits_host_name(const std::string& bucket, bool tls) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  if (bucket.size() < 3 || bucket.size() > 63) return false;
  if (bucket.find_first_not_of(allowed) != std::string::npos) return false;
  if (bucket.front() == '-' || bucket.back() == '-') return false;
  return !tls || bucket.find('.') == std::string::npos;
}

std::string amazon_host(const Settings& settings, const std::string& region) {
  const std::string suffix =
      region.compare(0, 3, "cn-") == 0 ? ".amazonaws.com.cn" : ".amazonaws.com";
  if (settings.accelerate)
    return std::string("s3-accelerate") + (settings.dual_stack ? ".dualstack" : "") + suffix;
  return std::string("s3") + (settings.fips ? "-fips" : "") +
         (settings.dual_stack ? ".dualstack." : ".") + region + suffix;
}

void drop_last_slash(std::string& path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
}

}  // namespace

Endpoint::Endpoint(const Settings& settings, std::string region)
    : bucket_(settings.bucket.name), region_(std::move(region)), amazon_(!settings.endpoint) {
  if (settings.endpoint) {
    base_ = *settings.endpoint;
  } else {
    base_.scheme = settings.secure ? "https" : "http";
    base_.host = amazon_host(settings, region_);
  }
  drop_last_slash(base_.path);
  const bool possible = !is_address(base_.host) && fits_host_name(bucket_, base_.tls());
  path_style_ = !possible || settings.path_style.value_or(!amazon_);
}

Endpoint Endpoint::at(const http::Url& place) const {
  Endpoint other = *this;
  other.base_ = place;
  drop_last_slash(other.base_.path);
  other.path_style_ = path_style_ || is_address(place.host);
  return other;
}

http::Url Endpoint::url(std::string_view key, const common::Query& query) const {
  http::Url url = base_;
  if (path_style_)
    url.path += '/' + bucket_;
  else
    url.host = bucket_ + '.' + url.host;
  if (!key.empty() || !path_style_) url.path += '/' + common::percent_encode_path(key);
  url.query = common::encode_query(query);
  return url;
}

}  // namespace berth::s3
