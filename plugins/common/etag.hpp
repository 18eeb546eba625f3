// SPDX-License-Identifier: Apache-2.0
//
// ETags of services that make them of MD5 digests.
#ifndef BERTH_COMMON_ETAG_HPP
#define BERTH_COMMON_ETAG_HPP

#include <string>
#include <string_view>
#include <vector>

namespace berth::common {

// Without its quotes and in lower case.
[[nodiscard]] std::string bare_etag(std::string_view etag);

// The ETag, bare, of an object joined of parts with these: the digest of their digests. Empty where
// they are not digests, as with a key of a key service.
[[nodiscard]] std::string joined_etag(const std::vector<std::string>& parts);

}  // namespace berth::common

#endif  // BERTH_COMMON_ETAG_HPP
