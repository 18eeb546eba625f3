// SPDX-License-Identifier: Apache-2.0
//
// The JSON document in which containers and instances hand out keys, and what it means when none
// comes.
#ifndef BERTH_COMMON_METADATA_HPP
#define BERTH_COMMON_METADATA_HPP

#include <string_view>

#include "common/credentials.hpp"
#include "common/http/http.hpp"

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

// In a catch clause: what a place comes to that gave no answer. Throws on when it is the call that
// ended, or that ends before another attempt: that says nothing about the place.
[[nodiscard]] Found no_answer(const sdk::Error& error, const sdk::Call& call,
                              bool must_answer = true);

}  // namespace berth::common

#endif  // BERTH_COMMON_METADATA_HPP
