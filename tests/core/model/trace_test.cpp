// SPDX-License-Identifier: Apache-2.0
//
// The line of a traced call.
#include "model/trace.hpp"

#include <string>

#include <doctest/doctest.h>

#include "support/captured_log.hpp"

using berth::test::CapturedLog;

TEST_CASE("a call is one debug line with its paths, time and outcome") {
  const CapturedLog log("debug");
  {
    const berth::model::TracedCall call{"s3", "move", "/a", "/b", "t-1"};
    berth::model::Trace trace(call);
    trace.outcome("ok");
  }
  CHECK(log.text().find("debug s3.move(\"/a\", \"/b\") ") == 0);
  CHECK(log.text().find(" ms ok [t-1]\n") != std::string::npos);
}

TEST_CASE("a call that ends by an exception has failed") {
  const CapturedLog log("debug");
  {
    const berth::model::TracedCall call{"s3", "stat", "/a"};
    const berth::model::Trace trace(call);
  }
  CHECK(log.text().find(" ms failed\n") != std::string::npos);
}

TEST_CASE("without debug there is no line") {
  const CapturedLog log("info");
  {
    const berth::model::TracedCall call{"s3", "stat", "/a"};
    const berth::model::Trace trace(call);
  }
  CHECK(log.text().empty());
}
