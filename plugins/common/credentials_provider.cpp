// SPDX-License-Identifier: Apache-2.0
#include "common/credentials_provider.hpp"

namespace berth::common {

CredentialsProvider::CredentialsProvider(Credentials fixed)
    : credentials_([fixed = std::move(fixed)](const sdk::Call&) { return fixed; }) {}

CredentialsProvider::CredentialsProvider(std::vector<std::unique_ptr<CredentialsSource>> sources,
                                         std::function<Time()> now, std::string keys)
    : sources_(std::move(sources)),
      keys_(std::move(keys)),
      credentials_([this](const sdk::Call& call) { return find(call); }, std::move(now)) {}

bool CredentialsProvider::expire(const std::shared_ptr<const Credentials>& used) {
  if (sources_.empty()) return false;
  credentials_.expire(used);
  return true;
}

Credentials CredentialsProvider::find(const sdk::Call& call) {
  std::string tried;
  for (const auto& source : sources_) {
    Found found = source->find(call);
    if (found.credentials) return std::move(*found.credentials);
    // Another place's would be somebody else's.
    if (found.failed)
      throw sdk::Error(
          BERTH_STATUS_UNAVAILABLE,
          "no credentials from " + std::string(source->name()) + " for now: " + found.reason)
          .retryable();
    if (found.refused)
      throw sdk::Error(BERTH_STATUS_UNAUTHENTICATED,
                       "no credentials from " + std::string(source->name()) + ": " + found.reason);
    tried += (tried.empty() ? "" : "; ") + std::string(source->name()) + ": " + found.reason;
  }
  throw sdk::Error(BERTH_STATUS_UNAUTHENTICATED,
                   "no credentials found; give " + keys_ + ", or one of these (" + tried + ")");
}

}  // namespace berth::common
