// SPDX-License-Identifier: Apache-2.0
//
// The JSON document in which containers and instances hand out keys.
#ifndef BERTH_S3_METADATA_HPP
#define BERTH_S3_METADATA_HPP

#include <string_view>

#include "common/http.hpp"
#include "credentials/credentials.hpp"

namespace berth::s3 {

[[nodiscard]] Found read_metadata_document(std::string_view json);

// A client for services on the machine itself: they answer at once or are not there. No proxy.
[[nodiscard]] http::ClientOptions metadata_client_options();

}  // namespace berth::s3

#endif  // BERTH_S3_METADATA_HPP
