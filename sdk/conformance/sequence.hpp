// SPDX-License-Identifier: Apache-2.0
//
// Random sequences of calls: made from a seed, run against a store and the model side by side, and
// shortened when they fail.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "context.hpp"
#include "model.hpp"

namespace berth::conformance {

enum class Op { put, create, write, append, move, copy, remove, stat, list, walk, get, read };
enum class Finish { commit, cancel, close };

struct Step {
  Op op = Op::put;
  std::string path, other;  // relative to the directory; other: destination, start_after
  std::uint64_t seed = 0;   // of the content
  std::size_t size = 0;     // of the content
  std::size_t piece = 1;    // bytes of one write
  std::size_t offset = 0;   // of a read
  std::size_t length = 0;   // of a read
  Finish finish = Finish::commit;
  bool second_store = false;
};

using Steps = std::vector<Step>;

// Which calls a sequence contains.
struct Mixture {
  bool writers = false;     // also write and append
  bool two_stores = false;  // also calls by a second store
};

[[nodiscard]] Steps make_steps(Random& random, std::size_t count, bool quick,
                               const Mixture& mixture);
[[nodiscard]] std::string to_string(const Step& step);

// Runs the steps in a new directory, without those that make no sense in the current state. Returns
// the message and the index of the step that failed; an empty message if none did.
struct Run {
  std::string text;
  std::size_t failed_at = 0;
};
[[nodiscard]] Run run_steps(Context& t, const Steps& steps);

// Leaves out steps that the failure does not need, in at most 150 runs and 20 s. REQUIRES: steps
// fail.
[[nodiscard]] Steps shorten(Context& t, Steps steps);

}  // namespace berth::conformance
