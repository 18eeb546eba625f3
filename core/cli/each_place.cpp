// SPDX-License-Identifier: Apache-2.0
//
// The loop over places.
#include "cli/each_place.hpp"

#include "cli/exit_code.hpp"

namespace berth::cli {

int for_each_place(Session& session, const std::vector<std::string>& places,
                   const std::function<void(const Place&)>& action) {
  int code = exit_ok;
  for (const auto& text : places) {
    try {
      action(parse_place(text));
    } catch (const std::exception& error) {
      if (places.size() == 1 || session.stop().stop_requested()) throw;
      session.report(error, text);
      code = exit_failed;
    }
  }
  return code;
}

}  // namespace berth::cli
