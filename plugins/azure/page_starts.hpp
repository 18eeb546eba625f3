// SPDX-License-Identifier: Apache-2.0
//
// Where pages of earlier listings began, the latest of them. The service begins a listing at its
// own markers only; so whoever goes on behind a name that was listed before is taken to its page.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/key_tree.hpp"

namespace berth::azure {

class PageStarts {
 public:
  // The page that the request's token asked for began with that name. [any]
  void learn(const common::PageRequest& request, std::string first);

  // The token of the last known page of such a listing that began no later than behind
  // `start_after`. What comes behind is on that page or a later one: a token stands for a name, and
  // gives whatever is there from it on. [any]
  [[nodiscard]] std::optional<std::string> find(const common::PageRequest& request) const;

  // The service does not know it any more. [any]
  void forget(const std::string& token);

 private:
  struct Start {
    std::string prefix;
    bool delimited = false;
    std::string first, token;
  };

  [[nodiscard]] static bool is_of(const Start& start, const common::PageRequest& request);

  mutable std::mutex mutex_;
  std::deque<Start> starts_;
};

}  // namespace berth::azure
