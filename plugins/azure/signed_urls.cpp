// SPDX-License-Identifier: Apache-2.0
#include "signed_urls.hpp"

namespace berth::azure {
namespace {

// A key lives seven days by the service's clock, which may be behind ours by the 15 minutes that it
// bears: neither the key's beginning nor its end may lie too late for it.
constexpr std::chrono::hours key_life{7 * 24};
constexpr std::chrono::minutes clock_leeway{15};
constexpr std::chrono::hours longest_url{7 * 24 - 1};

}  // namespace

std::string SignedUrls::sign(std::string_view method, const std::string& blob,
                             std::chrono::milliseconds expires, const sdk::Call& call) {
  const Settings& settings = container_.settings();
  if (method != "GET" && method != "HEAD" && method != "PUT")
    throw sdk::unsupported("the driver signs URLs for GET, HEAD and PUT only");
  if (settings.auth == Auth::sas)
    throw sdk::unsupported("a store opened with a SAS token has no key to sign URLs with");
  if (expires > longest_url)
    throw sdk::unsupported("the driver signs URLs for at most " +
                           std::to_string(longest_url.count()) + " hours");
  http::Url url = container_.requests().endpoint().blob(blob);
  Grant grant{settings.account,
              settings.container,
              blob,
              method == "PUT" ? "cw" : "r",
              container_.retrier().clock().now() + std::chrono::ceil<std::chrono::seconds>(expires),
              url.tls()};
  url.query = settings.auth == Auth::shared_key
                  ? blob_sas(grant, settings.account_key)
                  : blob_sas(grant, *delegation_key(grant.expires, call));
  return url.text();
}

// One that is good until then; a new one lasts as long as the service lets it.
std::shared_ptr<const DelegationKey> SignedUrls::delegation_key(common::Time until,
                                                                const sdk::Call& call) {
  {
    const std::lock_guard lock(mutex_);
    if (key_ && until <= key_->expires) return key_;
  }
  const common::Time start = container_.retrier().clock().now() - clock_leeway;
  const common::Time end = start + key_life;
  const std::string body = key_request_document(start, end);
  Operation operation;
  operation.target = Target::service;
  operation.method = "POST";
  operation.query = {{"restype", "service"}, {"comp", "userdelegationkey"}};
  operation.headers.add("Content-Type", "application/xml");
  operation.body = body;
  const http::Response answer = container_.send(operation, call);
  Container::check(answer, operation);
  auto key = std::make_shared<DelegationKey>(read_delegation_key(answer.body));
  key->expires = end - std::chrono::seconds(1);  // its text has whole seconds
  const std::lock_guard lock(mutex_);
  return key_ = std::move(key);
}

}  // namespace berth::azure
