// SPDX-License-Identifier: Apache-2.0
//
// What a service with XML error documents says when it refuses. What its codes mean is each
// driver's own table; what the numbers mean is the same for all.
#ifndef BERTH_COMMON_SERVICE_ERROR_HPP
#define BERTH_COMMON_SERVICE_ERROR_HPP

#include <berth/driver.hpp>
#include <string>
#include <string_view>

#include "common/http/http.hpp"
#include "common/http/retry.hpp"

namespace berth::common {

// The error document and headers of an answer. All texts may be empty: HEAD has no body, and some
// services send no message.
struct ServiceError {
  int status = 0;
  std::string code;
  std::string message;
  std::string request_id;
  std::string region;    // where the bucket is, if that is the problem
  std::string endpoint;  // host to use instead

  [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300 && code.empty(); }
};

// `id_header` is where the service names the request: "x-amz-request-id".
[[nodiscard]] ServiceError read_service_error(const http::Response& answer,
                                              std::string_view id_header);

// A code that says more than the status of its answer.
struct CodeMeaning {
  std::string_view code;
  berth_status status;
  std::string_view reason = {};  // empty: the service's own words
};

// nullptr: the table does not know the code.
template <class Table>
[[nodiscard]] const CodeMeaning* meaning_in(const Table& table, const ServiceError& error) {
  for (const CodeMeaning& meaning : table)
    if (meaning.code == error.code) return &meaning;
  return nullptr;
}

// Of a refusal, by its number alone. What is missing after a 404 only the driver knows.
[[nodiscard]] berth_status status_by_number(int number) noexcept;
[[nodiscard]] http::Verdict verdict_by_number(int number) noexcept;

// The service's own words, or the number and code where it has none.
[[nodiscard]] std::string plain_reason(const ServiceError& error);

// The exception for the host: "cannot DOING: REASON". The host words a missing path itself.
[[nodiscard]] sdk::Error error_of(const ServiceError& error, berth_status status,
                                  http::Verdict verdict, std::string_view doing,
                                  std::string_view reason);

}  // namespace berth::common

#endif  // BERTH_COMMON_SERVICE_ERROR_HPP
