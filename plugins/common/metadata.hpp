// SPDX-License-Identifier: Apache-2.0
//
// The JSON document in which containers and instances hand out keys.
#ifndef BERTH_COMMON_METADATA_HPP
#define BERTH_COMMON_METADATA_HPP

#include <string_view>

#include "common/credentials.hpp"
#include "common/http.hpp"

namespace berth::common {

// What a service calls the members.
struct MetadataNames {
  const char* access_key = "AccessKeyId";
  const char* secret_key = "SecretAccessKey";
  const char* token = "Token";
};

[[nodiscard]] Found read_metadata_document(std::string_view json, const MetadataNames& names = {});

// A client for services on the machine itself: they answer at once or are not there. No proxy.
[[nodiscard]] http::ClientOptions metadata_client_options();

// Whether the service may answer otherwise a little later.
[[nodiscard]] bool may_pass(const http::Response& answer) noexcept;

}  // namespace berth::common

#endif  // BERTH_COMMON_METADATA_HPP
