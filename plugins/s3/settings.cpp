// SPDX-License-Identifier: Apache-2.0
//
// Reads the parameters and checks what their rows cannot express: which of them require or exclude
// each other.
#include "settings.hpp"

#include <algorithm>

#include "common/crypto.hpp"

namespace berth::s3 {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS, text);
}

bool has(const sdk::Parameters& parameters, std::string_view key) {
  return !parameters.find(key).value_or("").empty();
}

std::optional<http::Url> url_of(const sdk::Parameters& parameters, std::string_view key) {
  if (!has(parameters, key)) return std::nullopt;
  const bool secure = parameters.boolean("secure");
  return http::Url::parse(parameters.string(key), key, secure ? "https" : "http");
}

std::optional<http::Url> redirect_url_of(const sdk::Parameters& parameters) {
  if (!has(parameters, "redirectendpoint")) return std::nullopt;
  const std::string text = parameters.string("redirectendpoint");
  if (text.find("://") == std::string::npos)
    refuse("redirectendpoint must begin with http:// or https://");
  http::Url url = http::Url::parse(text, "redirectendpoint");
  if ((!url.path.empty() && url.path != "/") || !url.query.empty())
    refuse("redirectendpoint must have a scheme and a host only, no path and no query");
  return url;
}

Checksum checksum_of(const std::string& text) {
  if (text == "md5") return Checksum::md5;
  if (text == "crc32c") return Checksum::crc32c;
  return text == "sha256" ? Checksum::sha256 : Checksum::none;
}

PayloadSigning signing_of(const std::string& text) {
  if (text == "signed") return PayloadSigning::always;
  return text == "unsigned" ? PayloadSigning::never : PayloadSigning::automatic;
}

void check_bucket(const std::string& bucket) {
  if (bucket.find_first_of("/?#% \t") != std::string::npos)
    refuse("bucket '" + bucket + "' is not a valid bucket name; put the path into rootdirectory");
}

std::string customer_key_of(const std::string& text) {
  if (text.empty()) return {};
  const auto key = common::from_base64(text);
  if (!key || key->size() != 32)
    refuse("customerkey must be the base64 of 32 bytes; create one with 'openssl rand -base64 32'");
  return *key;
}

// Each request contains the key, so the connection must be encrypted.
void check_customer_key(const Settings& settings) {
  if (settings.customer_key.empty()) return;
  if (settings.encrypt || !settings.key_id.empty())
    refuse("customerkey excludes encrypt and keyid: an object has one encryption key");
  const bool readable = settings.endpoint ? !settings.endpoint->tls() : !settings.secure;
  if (readable && !(settings.endpoint && settings.endpoint->is_local()))
    refuse("customerkey requires https, because each request contains the key");
}

void check(const Settings& settings) {
  check_bucket(settings.bucket.name);
  check_customer_key(settings);
  if (settings.access_key.empty() != settings.secret_key.empty())
    refuse("accesskey and secretkey must be given together, or neither");
  if (settings.endpoint) {
    if (settings.accelerate)
      refuse("accelerate is for Amazon's endpoints only; it excludes regionendpoint");
    if (settings.fips)
      refuse("usefipsendpoint is for Amazon's endpoints only; it excludes regionendpoint");
    return;
  }
  if (settings.region.empty()) refuse("region is required unless regionendpoint is given");
  if (!is_region(settings.region)) refuse("region '" + settings.region + "' is not a valid region");
  if (!settings.v4auth) refuse("v4auth can be false only with regionendpoint");
  if (settings.accelerate && settings.path_style.value_or(false))
    refuse("accelerate and forcepathstyle exclude each other");
  if (settings.accelerate && settings.fips)
    refuse("accelerate and usefipsendpoint exclude each other: Amazon has no such endpoint");
}

}  // namespace

bool is_region(std::string_view text) noexcept {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

Settings::Settings(const sdk::Parameters& p)
    : access_key(p.string("accesskey")),
      secret_key(p.string("secretkey")),
      session_token(p.string("sessiontoken")),
      profile(p.string("profile")),
      region(p.string("region")),
      endpoint(url_of(p, "regionendpoint")),
      encrypt(p.boolean("encrypt")),
      key_id(p.string("keyid")),
      customer_key(customer_key_of(p.string("customerkey"))),
      secure(p.boolean("secure")),
      v4auth(p.boolean("v4auth")),
      storage_class(p.string("storageclass")),
      acl(p.string("objectacl")),
      dual_stack(p.boolean("usedualstack")),
      accelerate(p.boolean("accelerate")),
      fips(p.boolean("usefipsendpoint")),
      log_requests(p.string("loglevel").compare(0, 5, "debug") == 0),
      redirect_endpoint(redirect_url_of(p)),
      checksum(checksum_of(p.string("checksum"))),
      payload_signing(signing_of(p.string("payloadsigning"))),
      client(common::client_options(p)),
      bucket(bucket::read_settings(p)) {
  client.skipverify = p.boolean("skipverify");
  if (const std::string agent = p.string("useragent"); !agent.empty())
    client.user_agent += ' ' + agent;
  bucket.longest_key = longest_key;
  bucket.smallest_part = smallest_part;
  bucket.limits = {most_parts, largest_part, largest_object};
  bucket.copy_threshold = std::min(bucket.copy_threshold, largest_single_copy);
  if (has(p, "forcepathstyle")) path_style = p.boolean("forcepathstyle");
  if (storage_class == "NONE") storage_class.clear();
  if (region.empty() && endpoint) region = "us-east-1";
  check(*this);
}

}  // namespace berth::s3
