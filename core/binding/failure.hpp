// SPDX-License-Identifier: Apache-2.0
//
// From what a driver answered to what the caller catches.
#pragma once

#include <string>
#include <string_view>

#include <berth/driver.h>

namespace berth::binding {

// Who was asked for what.
struct CallContext {
  std::string_view driver, store;
  std::string_view operation;  // as in driver.h: "stat"
  std::string_view path;
};

// "ok", "path not found", ... for the log; "status 99" has no name: "unknown".
std::string_view status_name(berth_status status) noexcept;

// Throws the exception of a status other than BERTH_STATUS_OK.
// long_message: instead of the one in the error, unless it is empty.
[[noreturn]] void throw_failure(const CallContext& context, berth_status status,
                                const berth_error& error, const std::string& long_message = {});

[[noreturn]] void throw_failure(const CallContext& context, berth_status status,
                                std::string message);

// Throws InternalError: the driver broke the contract. what: "the driver answered ...".
[[noreturn]] void throw_misbehaviour(const CallContext& context, std::string what);

[[noreturn]] void throw_deadline(const CallContext& context, std::string what);
[[noreturn]] void throw_cancelled(const CallContext& context, std::string what);
[[noreturn]] void throw_wrong_state(const CallContext& context, std::string what);

}  // namespace berth::binding
