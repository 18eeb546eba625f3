// SPDX-License-Identifier: Apache-2.0
//
// Reads the parameters and checks what their rows cannot express: which of them require or exclude
// each other.
#include "settings.hpp"

namespace berth::oss {
namespace {

constexpr std::string_view host_characters = "abcdefghijklmnopqrstuvwxyz0123456789-";

[[noreturn]] void refuse(const std::string& text) {
  throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS, text);
}

std::optional<http::Url> url_of(const sdk::Parameters& parameters) {
  const std::string text(parameters.find("endpoint").value_or(""));
  if (text.empty()) return std::nullopt;
  http::Url url =
      http::Url::parse(text, "endpoint", parameters.boolean("secure") ? "https" : "http");
  if ((!url.path.empty() && url.path != "/") || !url.query.empty())
    refuse("endpoint must be a host without a path; put the path into rootdirectory");
  return url;
}

// Host names have oss-cn-hangzhou, signatures cn-hangzhou; the parameter may be either.
std::string region_of(std::string text) {
  if (text.empty() || text.find_first_not_of(host_characters) != std::string::npos)
    refuse("region '" + text + "' is not a valid region; write it like oss-cn-hangzhou");
  return text.compare(0, 4, "oss-") == 0 ? text : "oss-" + text;
}

void check(const Settings& settings) {
  const std::string& bucket = settings.bucket.name;
  if (bucket.empty() || bucket.find_first_not_of(host_characters) != std::string::npos)
    refuse("bucket '" + bucket +
           "' is not a bucket's name: lower-case letters, digits and - only; put the path into "
           "rootdirectory");
  if (settings.key_id.empty() != settings.key_secret.empty())
    refuse("accesskeyid and accesskeysecret must be given together, or neither");
  if (settings.key_id.empty() && settings.role.empty())
    refuse("accesskeyid and accesskeysecret are required unless ecsramrole is given");
  if (!settings.key_id.empty() && !settings.role.empty())
    refuse("ecsramrole and accesskeyid exclude each other");
  if (!settings.token.empty() && settings.key_id.empty())
    refuse("securitytoken requires accesskeyid and accesskeysecret");
}

}  // namespace

Settings::Settings(const sdk::Parameters& p)
    : key_id(p.string("accesskeyid")),
      key_secret(p.string("accesskeysecret")),
      token(p.string("securitytoken")),
      role(p.string("ecsramrole")),
      region(region_of(p.string("region"))),
      internal(p.boolean("internal")),
      endpoint(url_of(p)),
      encrypt(p.boolean("encrypt")),
      encryption_key(p.string("encryptionkeyid")),
      secure(p.boolean("secure")),
      v4(p.string("signatureversion") == "v4"),
      client(common::client_options(p)),
      bucket(bucket::read_settings(p)) {
  bucket.longest_key = longest_key;
  bucket.smallest_part = smallest_part;
  bucket.limits = {most_parts, largest_part, largest_object};
  check(*this);
}

}  // namespace berth::oss
