// SPDX-License-Identifier: Apache-2.0
//
// URLs that carry a signature, so that others may use them without a token until they expire.
#pragma once

#include <berth/driver.hpp>
#include <mutex>
#include <string>
#include <string_view>

#include "container.hpp"

namespace berth::swift {

// What is signed: method, the second it expires, and the object's path, not encoded.
[[nodiscard]] std::string url_signature(std::string_view digest, std::string_view key,
                                        std::string_view method, int64_t expires,
                                        std::string_view path);

// "sha256" where the service takes it, else what it takes; "sha1" when it does not tell.
[[nodiscard]] std::string choose_digest(const std::vector<std::string>& offered);

class TempUrls {
 public:
  explicit TempUrls(Container& container) noexcept : container_(container) {}

  [[nodiscard]] std::string url(std::string_view method, std::string_view object,
                                std::chrono::milliseconds expires_in, const sdk::Call& call);

 private:
  [[nodiscard]] std::string key(const sdk::Call& call);
  [[nodiscard]] std::string find_or_make_key(const sdk::Call& call);
  void check_method(std::string_view method) const;

  Container& container_;
  std::mutex mutex_;  // held while the key is looked for
  std::string key_;
};

}  // namespace berth::swift
