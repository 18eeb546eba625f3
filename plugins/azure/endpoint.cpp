// SPDX-License-Identifier: Apache-2.0
#include "endpoint.hpp"

#include "common/place.hpp"

namespace berth::azure {

http::Url Endpoint::service(const common::Query& query) const {
  http::Url url = service_;
  url.path += '/';
  url.query = common::encode_query(query);
  return url;
}

http::Url Endpoint::container(const common::Query& query) const {
  http::Url url = service(query);
  url.path += common::percent_encode(container_);
  return url;
}

http::Url Endpoint::blob(std::string_view name, const common::Query& query) const {
  http::Url url = container(query);
  url.path += '/' + common::percent_encode_path(name);
  return url;
}

// "account-secondary" reads a copy of the same account. No account has a hyphen in its name.
std::string identity_of(const http::Url& service, const std::string& container) {
  constexpr std::string_view secondary = "-secondary.";
  http::Url url = service;
  const size_t found = url.host.find(secondary);
  if (found < url.host.find('.')) url.host.erase(found, secondary.size() - 1);
  return "azure://" + common::host_identity(url) + '/' + container;
}

}  // namespace berth::azure
