// SPDX-License-Identifier: Apache-2.0
#include "listing_check.hpp"

#include "container.hpp"

namespace berth::swift {
namespace {

// A listing may show a removed object for long, so the number of attempts is limited.
constexpr int max_attempts = 5;
constexpr std::chrono::milliseconds first_pause{10};

}  // namespace

bool ListingCheck::is_due() {
  if (attempts_ == max_attempts) return false;
  if (attempts_ != 0)
    http::pause(first_pause * (1 << attempts_), call_,
                "'" + object_ + "' is listed, but not found");
  ++attempts_;
  common::PageRequest request;
  request.prefix = object_;
  request.limit = 1;
  const auto page = container_.list(container_.name(), request, call_);
  first_name_ = page.empty() ? std::string() : page.front().name;
  return first_name_ == object_;
}

}  // namespace berth::swift
