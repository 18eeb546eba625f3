// SPDX-License-Identifier: Apache-2.0
#include "endpoint.hpp"

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

}  // namespace berth::azure
