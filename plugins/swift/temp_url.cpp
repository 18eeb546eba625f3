// SPDX-License-Identifier: Apache-2.0
#include "temp_url.hpp"

#include <algorithm>

#include "common/crypto.hpp"

namespace berth::swift {
namespace {

using common::Hash;

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Hash hash_of(std::string_view digest) {
  if (digest == "sha256") return Hash::sha256;
  return digest == "sha512" ? Hash::sha512 : Hash::sha1;
}

}  // namespace

std::string url_signature(std::string_view digest, std::string_view key, std::string_view method,
                          int64_t expires, std::string_view path) {
  std::string text(method);
  text.append("\n").append(std::to_string(expires)).append("\n").append(path);
  return common::hex(common::hmac(hash_of(digest), key, text));
}

std::string choose_digest(const std::vector<std::string>& offered) {
  for (const char* digest : {"sha256", "sha512", "sha1"})
    if (contains(offered, digest)) return digest;
  return "sha1";
}

std::string TempUrls::url(std::string_view method, std::string_view object,
                          std::chrono::milliseconds expires_in, const sdk::Call& call) {
  check_method(method);
  const std::string secret = key(call);
  http::Url url = url_of(*container_.requests().session(call), container_.name(), object);
  const auto at = std::chrono::ceil<std::chrono::seconds>(
      container_.retrier().clock().now().time_since_epoch() + expires_in);
  std::string signature = url_signature(choose_digest(container_.features().url_digests), secret,
                                        method, at.count(), common::percent_decode(url.path));
  const Settings& settings = container_.settings();
  if (!settings.access_key.empty())
    signature = settings.identity.project_id + ':' + settings.access_key + ':' + signature;
  url.query = common::encode_query(
      {{"temp_url_sig", signature}, {"temp_url_expires", std::to_string(at.count())}});
  return url.text();
}

void TempUrls::check_method(std::string_view method) const {
  const std::vector<std::string>& offered = container_.features().url_methods;
  const bool known = method == "GET" || method == "HEAD" || method == "PUT";
  if (!known) throw sdk::unsupported("the driver signs URLs for GET, HEAD and PUT only");
  if (offered.empty()) throw sdk::unsupported("the service does not offer signed URLs");
  if (!contains(offered, method))
    throw sdk::unsupported("the service does not offer URLs for " + std::string(method));
}

std::string TempUrls::key(const sdk::Call& call) {
  const std::lock_guard lock(mutex_);
  if (key_.empty()) key_ = find_or_make_key(call);
  return key_;
}

// A key that is there stays, since others may have signed with it.
std::string TempUrls::find_or_make_key(const sdk::Call& call) {
  const bool of_container = container_.features().container_keys;
  const std::string header =
      of_container ? "X-Container-Meta-Temp-Url-Key" : "X-Account-Meta-Temp-Url-Key";
  Operation operation = container_.operation("HEAD", {});
  if (!of_container) operation.container.clear();
  const std::string given = container_.settings().secret_key;
  const http::Response answer = container_.send(operation, call);
  const std::string present(answer.headers.get(header));
  if (!present.empty() && (given.empty() || given == present)) return present;
  const std::string made = given.empty() ? common::hex(common::random_bytes(32)) : given;
  operation.method = "POST";
  operation.headers.add(header, made);
  container_.send(operation, call);
  return made;
}

}  // namespace berth::swift
