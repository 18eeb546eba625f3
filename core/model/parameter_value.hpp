// SPDX-License-Identifier: Apache-2.0
//
// One value of one parameter row: from what people write ("8MiB", "1h30m", "yes") to the canonical
// form of driver.h, or a sentence that says what would be right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <berth/driver.h>

namespace berth::model {

std::optional<bool> parse_boolean(std::string_view text);          // as Go, plus yes/no, on/off
std::optional<std::int64_t> parse_integer(std::string_view text);  // decimal or 0x, with a sign
std::optional<std::int64_t> parse_bytes(std::string_view text);    // 8388608, 8MiB, 8MB, 8k (KiB)
std::optional<std::int64_t> parse_millis(std::string_view text);   // 30000, 30s, 100ms, 1h30m

struct ParameterValue {
  std::string canonical;
  std::string fault;  // the end of "<key>: ..."; empty: canonical is good
};

// text is what was written, a scalar as text. Never quotes the value of a secret.
ParameterValue canonical_value(const berth_param_spec& row, std::string_view text);

}  // namespace berth::model
