// SPDX-License-Identifier: Apache-2.0
#include "common/metadata.hpp"

#include <nlohmann/json.hpp>

#include "common/http/retry.hpp"

namespace berth::common {

Found read_metadata_document(std::string_view json, const MetadataNames& names) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return {std::nullopt, "its answer is not a JSON object"};
  const auto text = [&document](const char* key) {
    const auto at = document.find(key);
    return at != document.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  Credentials credentials{text(names.access_key), text(names.secret_key), text(names.token),
                          std::nullopt};
  credentials.expires = parse_iso_time(text("Expiration"));
  if (credentials.empty()) return {std::nullopt, "its answer holds no keys"};
  return {std::move(credentials), {}};
}

bool may_pass(const http::Response& answer) noexcept {
  const http::Verdict verdict = http::judge_status(answer);
  return verdict == http::Verdict::retry || verdict == http::Verdict::slow_down;
}

Found no_answer(const sdk::Error& error, const sdk::Call& call, bool must_answer) {
  call.check();
  if (error.status() == BERTH_STATUS_CANCELLED || error.status() == BERTH_STATUS_DEADLINE_EXCEEDED)
    throw;
  return {std::nullopt, error.message(), must_answer && error.retryable()};
}

http::ClientOptions metadata_client_options() {
  http::ClientOptions options;
  options.connect_timeout = std::chrono::seconds(1);
  options.first_byte_timeout = std::chrono::seconds(1);
  options.attempt_timeout = std::chrono::seconds(2);
  options.proxy = "none";
  return options;
}

}  // namespace berth::common
