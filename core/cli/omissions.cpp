// SPDX-License-Identifier: Apache-2.0
//
// Lines on stderr, and a count.
#include "cli/omissions.hpp"

#include <berth/errors.hpp>

#include "cli/output.hpp"
#include "cli/text.hpp"

namespace berth::cli {

IssueSink Omissions::sink() {
  return [this](const Issue& issue) {
    failed_ += issue.failed ? 1 : 0;
    const auto place = printable(files_.show(issue.path));
    complain(place + (issue.failed ? ": " + issue.reason : " " + issue.reason + "; left out"));
  };
}

void Omissions::check() const {
  if (failed_ == 0) return;
  throw Error(
      {.driver = "berth", .message = "the listing is incomplete: " + count_of(failed_, "failure")});
}

}  // namespace berth::cli
