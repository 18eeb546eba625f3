// SPDX-License-Identifier: Apache-2.0
//
// The URLs of one container. The account is part of the host name at the real service, and of the
// path at emulators; nothing here needs to know which.
#pragma once

#include <string>
#include <string_view>

#include "common/http/http.hpp"
#include "common/uri.hpp"

namespace berth::azure {

class Endpoint {
 public:
  Endpoint(http::Url service, std::string container)
      : service_(std::move(service)), container_(std::move(container)) {}

  [[nodiscard]] http::Url service(const common::Query& query = {}) const;
  [[nodiscard]] http::Url container(const common::Query& query = {}) const;
  // A name that begins with '/' makes a path with two of them, which is how registries 2.x did it.
  [[nodiscard]] http::Url blob(std::string_view name, const common::Query& query = {}) const;

 private:
  http::Url service_;
  std::string container_;
};

// The container, spelled the same for each host of the account that is known to be one:
// "azure://account.blob.core.windows.net:443/archive".
[[nodiscard]] std::string identity_of(const http::Url& service, const std::string& container);

}  // namespace berth::azure
