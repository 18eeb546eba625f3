// SPDX-License-Identifier: Apache-2.0
//
// The driver's parameters: their rows, and the values in the form the code wants. Names are the
// registry's; the additions keep its style.
#pragma once

#include <array>
#include <berth/driver.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "bucket/settings.hpp"
#include "common/http/http.hpp"
#include "common/parameters.hpp"

namespace berth::oss {

inline constexpr uint64_t kibibyte = 1024;
inline constexpr uint64_t mebibyte = 1024 * kibibyte;
inline constexpr uint64_t smallest_part = 100 * kibibyte;  // that the service joins
inline constexpr uint64_t smallest_chunk = 5 * mebibyte;   // that the registry allows
inline constexpr uint64_t largest_part = 5 * 1024 * mebibyte;
inline constexpr uint64_t largest_single_copy = 1024 * mebibyte;
inline constexpr size_t longest_key = 1'023;
inline constexpr uint32_t most_parts = 10'000;
// The service holds 48.8 TiB; more than this is not to be reached with parts that begin small.
inline constexpr uint64_t largest_object = 5 * 1024 * 1024 * mebibyte;

using sdk::Param;

inline constexpr std::array parameter_rows{
    Param::text("accesskeyid", "Access key; needed unless ecsramrole is given."),
    Param::text("accesskeysecret", "Secret of the access key.").secret(),
    Param::text("securitytoken", "Security token of temporary keys.").secret(),
    Param::text("ecsramrole",
                "Role of the ECS instance whose keys are used, or auto for the one it has."),
    Param::text("region", "Region, such as oss-cn-hangzhou.").required(),
    Param::text("bucket", "Bucket; it must exist.").required(),
    Param::boolean("internal", "The endpoint inside Alibaba Cloud's network.")
        .with_default("false"),
    Param::text("endpoint",
                "Host that replaces the computed one, the bucket included; a name of your own too. "
                "An address, or localhost, gets the bucket into the path."),
    Param::boolean("encrypt", "Encrypt at rest, by AES256 or by the key of encryptionkeyid.")
        .with_default("false"),
    Param::text("encryptionkeyid", "Key of the key service to encrypt with."),
    Param::boolean("secure", "https; counts where endpoint names no scheme.").with_default("true"),
    Param::bytes("chunksize", "Size of the parts of an upload.")
        .with_default("10485760")
        .range(smallest_chunk, largest_part),
    Param::bytes("multipartcopychunksize", "Size of the parts of a copy.")
        .with_default("134217728")
        .range(smallest_part, largest_part),
    Param::integer("multipartcopymaxconcurrency", "Parts of a copy in flight.")
        .with_default("10")
        .range(1, 10'000),
    Param::bytes("multipartcopythresholdsize", "Objects above this size are copied by parts.")
        .with_default("134217728")
        .range(0, largest_single_copy),
    Param::text("rootdirectory", "Prefix of all keys."),
    Param::text("signatureversion", "Version of the signatures.")
        .with_default("v4")
        .one_of("v1|v4"),
    common::rows::upload_concurrency("Parts of an upload in flight."),
    common::rows::download_concurrency,
    common::rows::proxy,
    common::rows::ca_file,
    common::rows::max_retries,
    common::rows::connect_timeout,
    common::rows::stall_timeout};

struct Settings {
  explicit Settings(const sdk::Parameters& parameters);

  std::string key_id, key_secret, token;
  std::string role;    // empty: the keys above
  std::string region;  // as in host names: "oss-cn-hangzhou"
  bool internal;
  std::optional<http::Url> endpoint;
  bool encrypt;
  std::string encryption_key;
  bool secure;
  bool v4;
  http::ClientOptions client;
  bucket::Settings bucket;
};

}  // namespace berth::oss
