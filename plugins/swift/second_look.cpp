// SPDX-License-Identifier: Apache-2.0
#include "second_look.hpp"

#include "container.hpp"

namespace berth::swift {
namespace {

// A listing may lag behind a removal for long, so it is not believed for ever.
constexpr int most_looks = 5;
constexpr std::chrono::milliseconds first_pause{10};

}  // namespace

bool SecondLook::is_due() {
  if (looks_ == most_looks) return false;
  if (looks_ != 0)
    http::pause(first_pause * (1 << looks_), call_, "'" + object_ + "' is listed, but not found");
  ++looks_;
  common::PageRequest request;
  request.prefix = object_;
  request.limit = 1;
  const auto page = container_.list(container_.name(), request, call_);
  first_name_ = page.empty() ? std::string() : page.front().name;
  return first_name_ == object_;
}

}  // namespace berth::swift
