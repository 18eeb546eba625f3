// SPDX-License-Identifier: Apache-2.0
//
// The text of a traced call.
#include "model/trace.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace berth::model {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string spell(std::chrono::nanoseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f ms", static_cast<double>(time.count()) / 1e6);
  return text.data();
}

std::string line(const TracedCall& call, std::chrono::nanoseconds time, std::string_view status) {
  std::string text = std::string(call.driver) + "." + std::string(call.operation) + "(";
  text += quoted(call.path);
  if (!call.second_path.empty()) text += ", " + quoted(call.second_path);
  text += ") " + spell(time) + " " + std::string(status);
  if (!call.trace_id.empty()) text += " [" + std::string(call.trace_id) + "]";
  return text;
}

}  // namespace

void Trace::write() const noexcept {
  try {
    log(LogLevel::debug, line(call_, std::chrono::steady_clock::now() - begin_, status_));
  } catch (...) {  // a line that cannot be made is lost; the operation goes on
  }
}

}  // namespace berth::model
