// SPDX-License-Identifier: Apache-2.0
#include "page_starts.hpp"

#include <algorithm>
#include <utility>

namespace berth::azure {
namespace {

constexpr size_t most_starts = 64;

}  // namespace

void PageStarts::learn(const common::PageRequest& request, std::string first) {
  const std::lock_guard lock(mutex_);
  for (Start& start : starts_)
    if (start.token == request.token && is_of(start, request)) {
      start.first = std::move(first);
      return;
    }
  if (starts_.size() == most_starts) starts_.pop_front();
  starts_.push_back({std::string(request.prefix), request.delimited, std::move(first),
                     std::string(request.token)});
}

std::optional<std::string> PageStarts::find(const common::PageRequest& request) const {
  const std::lock_guard lock(mutex_);
  const Start* best = nullptr;
  for (const Start& start : starts_)
    if (is_of(start, request) && start.first <= request.start_after &&
        (!best || start.first > best->first))
      best = &start;
  return best ? std::optional(best->token) : std::nullopt;
}

bool PageStarts::is_of(const Start& start, const common::PageRequest& request) {
  return start.prefix == request.prefix && start.delimited == request.delimited;
}

void PageStarts::forget(const std::string& token) {
  const std::lock_guard lock(mutex_);
  starts_.erase(std::remove_if(starts_.begin(), starts_.end(),
                               [&token](const Start& start) { return start.token == token; }),
                starts_.end());
}

}  // namespace berth::azure
