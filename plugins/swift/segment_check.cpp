// SPDX-License-Identifier: Apache-2.0
#include "segment_check.hpp"

#include <cstdlib>

#include "common/service_error.hpp"
#include "documents.hpp"
#include "errors.hpp"

namespace berth::swift {
namespace {

std::optional<BulkFailure> first_failure(const http::Response& answer) {
  if (answer.status != 400) return std::nullopt;
  const auto failures = read_failures(answer.body);
  if (failures.empty()) return std::nullopt;
  return failures.front();
}

// "Etag Mismatch" has no number: 0. A segment that was written but is missing (404) appears later,
// so it counts as 504.
int number_of(const BulkFailure& failure) {
  const int number = std::atoi(failure.status.c_str());
  return number == 404 ? 504 : number;
}

berth_status status_of(int number) {
  return number == 0 ? BERTH_STATUS_CORRUPT : common::status_by_number(number);
}

}  // namespace

http::Verdict judge_manifest(Requests& requests, Requests::Attempts& attempts,
                             const http::Response& answer) {
  const auto failure = first_failure(answer);
  if (!failure) return requests.judge(attempts, answer);
  http::Response reported;
  reported.status = number_of(*failure);
  return requests.judge(attempts, reported);
}

void check_segments(const http::Response& answer, const std::string& object) {
  const auto failure = first_failure(answer);
  if (!failure) return;
  const berth_status status = status_of(number_of(*failure));
  throw sdk::Error(status, "cannot write '" + object + "': of the segment '" +
                               common::percent_decode(failure->name) +
                               "' the service says: " + failure->status)
      .request_id(request_id(answer))
      .protocol_status(answer.status)
      .retryable(status == BERTH_STATUS_UNAVAILABLE || status == BERTH_STATUS_RATE_LIMITED);
}

}  // namespace berth::swift
