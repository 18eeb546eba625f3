// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite: tests of what every driver must do, for any store. It uses only the host's
// public headers; `berth check` and tests/ run the same tests. README.md lists what is checked.
//
//   const auto summary = berth::conformance::run(
//       [] { return berth::factory::create("memory", {}); }, {}, [](const auto& result) { ... });
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <berth/store.hpp>

namespace berth::conformance {

// The answer to an HTTP request. Header names are in lower case.
struct FetchReply {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

// Sends an HTTP request; body is that of a PUT. Throws when there is no answer.
using Fetch = std::function<FetchReply(const std::string& method, const std::string& url,
                                       const std::string& body)>;

// Stores an object under a path that may break the path grammar, by other means than the driver;
// its content does not matter. False: the service cannot store such a name. Throws when it fails.
using Plant = std::function<bool(const std::string& path)>;

// Opens the store under test. Called more than once: a second store represents another process, and
// sees what the first one stored unless the driver keeps its data in the store handle.
using MakeStore = std::function<Store()>;

struct Options {
  std::uint64_t seed = 1;      // of all random choices; the same seed makes the same calls
  bool quick = false;          // smaller sizes and fewer rounds: seconds instead of minutes
  bool large_streams = false;  // also stream 5 GiB
  std::string only;            // run only tests whose name contains this
  std::string prefix;          // the directory to work in; empty: "/conformance-<random>"
  unsigned steps = 0;          // of each random sequence; 0: as quick says
  Fetch fetch;                 // empty: tests that fetch URLs are skipped
  Plant plant;                 // empty: tests of names that break the path grammar are skipped
};

enum class Status { passed, failed, skipped };

struct Result {
  std::string name;
  Status status = Status::passed;
  std::string text;  // why it was skipped; or what was expected, what was found, and the rule
  double seconds = 0;
};

struct Summary {
  unsigned passed = 0;
  unsigned failed = 0;
  unsigned skipped = 0;
};

// All tests, in the order they run: "theme/what".
[[nodiscard]] std::vector<std::string> test_names();

// The rule that a test checks, in one sentence. REQUIRES: name is one of test_names().
[[nodiscard]] std::string_view describe(std::string_view name);

// Runs the tests that options.only selects, one after the other, and calls on_result after each.
// The objects of a test are removed after it; a test that leaves an entry in "/" has failed. No
// other program may write to "/" of the store in the meantime. Throws only what make_store throws.
Summary run(const MakeStore& make_store, const Options& options,
            const std::function<void(const Result&)>& on_result);

// Runs one test by its full name, for a caller that runs each test in a child process. An unknown
// name is a failed result.
[[nodiscard]] Result run_one(std::string_view name, const MakeStore& make_store,
                             const Options& options);

}  // namespace berth::conformance
