// SPDX-License-Identifier: Apache-2.0
//
// The address of a bucket. The bucket is the first label of the host name, except for hosts that
// cannot have one (IP addresses, localhost) and for hosts that the operator has bound to the
// bucket.
#pragma once

#include <string>
#include <string_view>

#include "common/http/http.hpp"
#include "common/uri.hpp"
#include "settings.hpp"

namespace berth::oss {

class Endpoint {
 public:
  explicit Endpoint(const Settings& settings);

  // The URL of an object, or of the bucket when the key is empty.
  [[nodiscard]] http::Url url(std::string_view key, const common::Query& query = {}) const;

  // The same with the public host, where url() uses the internal one.
  [[nodiscard]] http::Url public_url(std::string_view key) const;

  // The bucket: "oss://aliyuncs.com/archive" for every region and host of the service, since bucket
  // names are unique there; "oss://files.example:443/archive" on another host.
  [[nodiscard]] std::string identity() const;

 private:
  std::string bucket_;
  http::Url base_;
  std::string public_host_;
  std::string path_;  // before the key: "/" or "/bucket/"
};

// "a=1&uploads": a name without a value has no equals sign, and version 4 signs it so.
[[nodiscard]] std::string encode_flags_and_values(const common::Query& query);

}  // namespace berth::oss
