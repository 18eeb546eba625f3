// SPDX-License-Identifier: Apache-2.0
//
// The MD5 of an object's content, read from its ETag where that is one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::cli {

// In lower-case hex; empty: the ETag is not an MD5 of the content. s3, oss and swift use one for
// objects that were stored in one piece. An encrypted object may have an ETag of the same form that
// is not its MD5, so only equality proves something.
std::string md5_of_etag(std::string_view driver, std::string_view etag, std::uint64_t size);

}  // namespace berth::cli
