// SPDX-License-Identifier: Apache-2.0
//
// The address of a bucket: host, addressing style and the region for signatures.
#pragma once

#include <string>
#include <string_view>

#include "common/http/http.hpp"
#include "common/uri.hpp"
#include "settings.hpp"

namespace berth::s3 {

class Endpoint {
 public:
  explicit Endpoint(const Settings& settings) : Endpoint(settings, settings.region) {}
  Endpoint(const Settings& settings, std::string region);

  // The URL of an object, or of the bucket when the key is empty.
  [[nodiscard]] http::Url url(std::string_view key, const common::Query& query = {}) const;

  // The same bucket on another host; for redirects and for redirectendpoint.
  [[nodiscard]] Endpoint at(const http::Url& place) const;

  // The bucket, with the same spelling for all hosts that are known to be one service:
  // "s3://gateway.example:7480/archive", "s3://amazonaws.com/archive".
  [[nodiscard]] std::string identity() const;

  [[nodiscard]] const std::string& region() const noexcept { return region_; }
  [[nodiscard]] bool is_path_style() const noexcept { return path_style_; }
  [[nodiscard]] const http::Url& base() const noexcept { return base_; }

  // The bucket if it is part of the host name, else empty; signature version 2 includes it.
  [[nodiscard]] std::string_view virtual_bucket() const noexcept {
    return path_style_ ? std::string_view() : std::string_view(bucket_);
  }

 private:
  std::string bucket_;
  std::string region_;
  bool amazon_ = false;
  bool path_style_ = true;
  http::Url base_;  // without the bucket; its path has no trailing slash
};

}  // namespace berth::s3
