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

namespace berth::s3 {

inline constexpr uint64_t mebibyte = 1024 * 1024;
inline constexpr uint64_t smallest_part = 5 * mebibyte;
inline constexpr uint64_t largest_part = 5 * 1024 * mebibyte;
inline constexpr uint64_t largest_single_copy = 5 * 1024 * mebibyte;
inline constexpr uint64_t largest_object = 5 * 1024 * 1024 * mebibyte;
inline constexpr std::size_t longest_key = 1'024;
inline constexpr uint32_t most_parts = 10'000;

using sdk::Param;

inline constexpr std::array parameter_rows{
    Param::string(
        "accesskey",
        "Access key; by default the environment, the shared files and the instance supply "
        "the keys."),
    Param::string("secretkey", "Secret key.").secret(),
    Param::string("sessiontoken", "Session token of temporary keys.").secret(),
    Param::string("profile", "Profile of the shared config and credentials files."),
    Param::string("region", "Region, for example eu-west-1; optional if regionendpoint is given."),
    Param::string("regionendpoint", "URL of a service other than Amazon's."),
    Param::boolean("forcepathstyle",
                   "Put the bucket into the path instead of the host name; default: true if "
                   "regionendpoint is given."),
    Param::string("bucket", "Name of a bucket that exists.").required(),
    Param::boolean("encrypt", "Encrypt at rest, with AES256 or the key of keyid.")
        .with_default("false"),
    Param::string("keyid", "Encryption key in the key management service."),
    Param::string("customerkey",
                  "Base64 of a key of 32 bytes that the service uses and does not store (SSE-C).")
        .secret(),
    Param::boolean("secure", "Use https, if regionendpoint has no scheme.").with_default("true"),
    Param::boolean("skipverify", "Do not verify the service's certificate.").with_default("false"),
    Param::boolean("v4auth",
                   "Sign with version 4; false: with version 2, for services other than Amazon's.")
        .with_default("true"),
    Param::bytes("chunksize", "Part size of an upload.")
        .with_default("10485760")
        .range(smallest_part, largest_part),
    Param::bytes("multipartcopychunksize", "Part size of a copy.")
        .with_default("33554432")
        .range(smallest_part, largest_part),
    Param::integer("multipartcopymaxconcurrency", "Parts of a copy that are sent at the same time.")
        .with_default("100")
        .range(1, 10'000),
    Param::bytes("multipartcopythresholdsize", "Objects above this size are copied by parts.")
        .with_default("33554432")
        .range(0, largest_single_copy),
    Param::string("rootdirectory", "Prefix of all keys."),
    Param::string("storageclass", "Storage class; NONE sends none.")
        .with_default("STANDARD")
        .one_of("NONE|STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|"
                "OUTPOSTS|GLACIER_IR|EXPRESS_ONEZONE"),
    Param::string("objectacl", "Canned ACL of new objects.")
        .with_default("private")
        .one_of("private|public-read|public-read-write|authenticated-read|aws-exec-read|"
                "bucket-owner-read|bucket-owner-full-control"),
    Param::string("useragent", "Added to the User-Agent header."),
    Param::boolean("usedualstack", "Amazon's IPv4 and IPv6 endpoint.").with_default("false"),
    Param::boolean("accelerate", "Amazon's transfer acceleration.").with_default("false"),
    Param::boolean("usefipsendpoint", "Amazon's FIPS endpoint.").with_default("false"),
    Param::string("loglevel",
                  "off, or debug to log each request; the registry's finer levels mean debug.")
        .with_default("off"),
    Param::string("redirectendpoint", "Scheme and host of signed URLs."),
    common::rows::upload_concurrency("Parts of an upload that are sent at the same time."),
    common::rows::download_concurrency,
    common::rows::proxy,
    common::rows::ca_file,
    Param::string("checksum", "Checksum that is sent with each object and part.")
        .with_default("none")
        .one_of("none|md5|crc32c|sha256"),
    Param::string("payloadsigning", "Sign request bodies; auto: if the endpoint has no https.")
        .with_default("auto")
        .one_of("auto|signed|unsigned"),
    common::rows::max_retries,
    common::rows::connect_timeout,
    common::rows::stall_timeout};

enum class Checksum { none, md5, crc32c, sha256 };
enum class PayloadSigning { automatic, always, never };

struct Settings {
  explicit Settings(const sdk::Parameters& parameters);

  std::string access_key, secret_key, session_token, profile;
  std::string region;
  std::optional<http::Url> endpoint;  // regionendpoint
  std::optional<bool> path_style;     // forcepathstyle
  bool encrypt;
  std::string key_id;
  std::string customer_key;  // raw; empty: none
  bool secure, v4auth;
  std::string storage_class;  // empty: send none
  std::string acl;
  bool dual_stack, accelerate, fips;
  bool log_requests;
  std::optional<http::Url> redirect_endpoint;
  Checksum checksum;
  PayloadSigning payload_signing;
  http::ClientOptions client;
  bucket::Settings bucket;
};

// Whether the string can be part of a host name.
[[nodiscard]] bool is_region(std::string_view text) noexcept;

}  // namespace berth::s3
