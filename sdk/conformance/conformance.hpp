// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite: what every driver must do, as tests that run over any store. Written on
// the host's public headers only; `berth check` and tests/ run the same tests. See README.md for
// what is checked.
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

// What came back for a URL. Header names are lower case.
struct FetchReply {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

// Asks for a URL; body is what a PUT sends. Throws when there is no answer.
using Fetch = std::function<FetchReply(const std::string& method, const std::string& url,
                                       const std::string& body)>;

// Opens the store under test. Called more than once: a second store stands for another process, so
// it must see what the first one wrote unless the driver keeps its data inside one store.
using MakeStore = std::function<Store()>;

struct Options {
  std::uint64_t seed = 1;      // of every random choice; the same seed makes the same calls
  bool quick = false;          // smaller sizes and fewer rounds: seconds instead of minutes
  bool large_streams = false;  // also stream 5 GiB
  std::string only;            // run only tests whose name contains this
  std::string prefix;          // the directory to work in; empty: "/conformance-<random>"
  unsigned steps = 0;          // of each random sequence; 0: as quick says
  Fetch fetch;                 // empty: tests that fetch URLs are skipped
  // Stores an object of this path, which may break the grammar, without the driver; its content is
  // any. Empty: tests of such names are skipped.
  std::function<void(const std::string& path)> plant;
};

enum class Status { passed, failed, skipped };

struct Result {
  std::string name;
  Status status = Status::passed;
  std::string text;  // why it was skipped, or what was expected and what was seen
  double seconds = 0;
};

struct Summary {
  unsigned passed = 0;
  unsigned failed = 0;
  unsigned skipped = 0;
};

// All tests, in the order they run: "theme/what".
[[nodiscard]] std::vector<std::string> test_names();

// What a test is for, in one sentence. REQUIRES: name is one of test_names().
[[nodiscard]] std::string_view describe(std::string_view name);

// Runs the tests that options.only selects, one after the other, and calls on_result after each.
// Every test removes what it made; one that leaves something behind in "/" has failed. Nobody else
// may write to "/" of the store meanwhile. Throws only what make_store throws.
Summary run(const MakeStore& make_store, const Options& options,
            const std::function<void(const Result&)>& on_result);

// Runs one test by its whole name, so that a child process can stand between it and the caller. An
// unknown name is a failed result.
[[nodiscard]] Result run_one(std::string_view name, const MakeStore& make_store,
                             const Options& options);

}  // namespace berth::conformance
