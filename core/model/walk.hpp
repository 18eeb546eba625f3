// SPDX-License-Identifier: Apache-2.0
//
// The walk of a driver that has none of its own, made from list and stat. Holds one sorted listing
// for each level between the start and the current entry, nothing more.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <berth/file_info.hpp>

namespace berth::model {

struct WalkSteps {
  // Both throw PathNotFoundError for what is not there.
  std::function<void(const std::string& directory, const Visitor& visit)> list;
  std::function<FileInfo(const std::string& path)> stat;
};

// Reports everything below `from` that comes behind start_after (empty: all) in walk order. What
// vanishes meanwhile is left out; a missing `from` is a PathNotFoundError.
void walk(const WalkSteps& steps, const std::string& from, std::string_view start_after,
          const Visitor& visit);

}  // namespace berth::model
