// SPDX-License-Identifier: Apache-2.0
//
// Hosts and addressing styles. The bucket is part of the host name only where that is a valid name
// and, over https, where the certificate covers it.
#include "endpoint.hpp"

#include <algorithm>

#include "common/place.hpp"

namespace berth::s3 {
namespace {

bool is_address(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

// A certificate for *.s3.amazonaws.com covers one label, so https fails for a name with a dot.
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

// The owner of a load balancer or a virtual machine can choose a name that looks like S3's.
bool is_label_of_s3(std::string_view label) {
  return label == "s3" || label.starts_with("s3-") || label.starts_with("s3express-");
}
bool is_label_of_others(std::string_view label) {
  return label == "elb" || label.starts_with("compute");
}

bool is_host_of_s3(std::string_view host) {
  bool found = false;
  while (!host.empty()) {
    const std::string_view label = host.substr(0, host.find('.'));
    if (is_label_of_others(label)) return false;
    found |= is_label_of_s3(label);
    host.remove_prefix(std::min(label.size() + 1, host.size()));
  }
  return found;
}

// The partition of Amazon's in which bucket names are unique, for all its regions and hosts. Empty:
// not a host of Amazon S3.
std::string_view partition_of(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!is_host_of_s3(host)) return {};
  if (host.ends_with(".amazonaws.com.cn")) return "amazonaws.com.cn";
  if (!host.ends_with(".amazonaws.com")) return {};
  return host.find("us-gov-") == std::string_view::npos ? "amazonaws.com" : "us-gov.amazonaws.com";
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

std::string Endpoint::identity() const {
  const std::string_view partition = partition_of(base_.host);
  const std::string service =
      partition.empty() ? common::host_identity(base_) : std::string(partition);
  return "s3://" + service + '/' + bucket_;
}

}  // namespace berth::s3
