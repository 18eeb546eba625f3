// SPDX-License-Identifier: Apache-2.0
//
// The driver's parameters: the rows of its table, and the parsed values. Names are the registry's;
// additional names follow the registry's style.
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
inline constexpr uint64_t smallest_part = 100 * kibibyte;  // the service's minimum
inline constexpr uint64_t smallest_chunk = 5 * mebibyte;   // the registry's minimum
inline constexpr uint64_t largest_part = 5 * 1024 * mebibyte;
inline constexpr uint64_t largest_single_copy = 1024 * mebibyte;
inline constexpr std::size_t longest_key = 1'023;
inline constexpr uint32_t most_parts = 10'000;
// The service allows 48.8 TiB, which parts that begin small cannot reach.
inline constexpr uint64_t largest_object = 5 * 1024 * 1024 * mebibyte;

using sdk::Param;

inline constexpr std::array parameter_rows{
    Param::string("accesskeyid", "Access key; required unless ecsramrole is given."),
    Param::string("accesskeysecret", "Secret of the access key.").secret(),
    Param::string("securitytoken", "Security token of temporary keys.").secret(),
    Param::string("ecsramrole",
                  "ECS instance role whose keys are used; auto: the role that the instance has."),
    Param::string("region", "Region, for example oss-cn-hangzhou.").required(),
    Param::string("bucket", "Name of a bucket that exists.").required(),
    Param::boolean("internal", "Use the endpoint inside Alibaba Cloud's network.")
        .with_default("false"),
    Param::string(
        "endpoint",
        "Host of the bucket, replaces the computed one; may be your own (CNAME). With an IP "
        "address or localhost the bucket is in the path."),
    Param::boolean("encrypt", "Encrypt at rest, with AES256 or the key of encryptionkeyid.")
        .with_default("false"),
    Param::string("encryptionkeyid", "Encryption key in KMS."),
    Param::boolean("secure", "Use https, if endpoint has no scheme.").with_default("true"),
    Param::bytes("chunksize", "Part size of an upload.")
        .with_default("10485760")
        .range(smallest_chunk, largest_part),
    Param::bytes("multipartcopychunksize", "Part size of a copy.")
        .with_default("134217728")
        .range(smallest_part, largest_part),
    Param::integer("multipartcopymaxconcurrency", "Parts of a copy that are sent at the same time.")
        .with_default("10")
        .range(1, 10'000),
    Param::bytes("multipartcopythresholdsize", "Objects above this size are copied by parts.")
        .with_default("134217728")
        .range(0, largest_single_copy),
    Param::string("rootdirectory", "Prefix of all keys."),
    Param::string("signatureversion", "Signature version.").with_default("v4").one_of("v1|v4"),
    common::rows::upload_concurrency("Parts of an upload that are sent at the same time."),
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
