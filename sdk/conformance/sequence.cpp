// SPDX-License-Identifier: Apache-2.0
//
// Makes, describes and shortens sequences. The names are close together on purpose: siblings that
// begin alike and sort before or after "/".
#include "sequence.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace berth::conformance {
namespace {

constexpr std::array<std::string_view, 8> directories = {"",    "d/",   "d-x/",   "d.y/",
                                                         "dd/", "d/e/", "d/e-f/", "h/i/j/"};
constexpr std::array<std::string_view, 6> files = {"f",  "f-1",     "f.txt",
                                                   "ff", "g h%20+", "\xc3\xa9"};

template <class Array>
std::string_view any_of(Random& random, const Array& array) {
  return array[random.below(array.size())];
}

std::string random_file(Random& random) {
  return std::string(any_of(random, directories)) + std::string(any_of(random, files));
}

std::string random_directory(Random& random) {
  std::string path(any_of(random, directories));
  if (!path.empty()) path.pop_back();
  return path;
}

std::string random_path(Random& random) {
  return random.one_in(3) ? random_directory(random) : random_file(random);
}

std::size_t random_size(Random& random, bool quick) {
  if (random.one_in(8)) return 0;
  if (random.one_in(quick ? 200 : 60)) return random.below((quick ? 1 : 11) * mib);
  if (random.one_in(6)) return random.below(100 * kib);
  return 1 + random.below(200);
}

Op random_op(Random& random, const Mixture& mixture) {
  constexpr std::array objects = {Op::put,  Op::put,  Op::put,    Op::create, Op::move,
                                  Op::move, Op::copy, Op::remove, Op::stat,   Op::list,
                                  Op::walk, Op::walk, Op::get,    Op::read};
  constexpr std::array writers = {Op::write, Op::append, Op::append};
  if (mixture.writers && random.below(5) < 2) return writers[random.below(writers.size())];
  return objects[random.below(objects.size())];
}

std::string random_subject(Random& random, Op op) {
  switch (op) {
    case Op::list:
    case Op::walk:
      return random.one_in(8) ? random_file(random) : random_directory(random);
    case Op::stat:
    case Op::remove:
      return random_path(random);
    default:
      return random_file(random);
  }
}

Step random_step(Random& random, bool quick, const Mixture& mixture) {
  Step step;
  step.op = random_op(random, mixture);
  step.path = random_subject(random, step.op);
  if (step.op == Op::move || step.op == Op::copy) step.other = random_file(random);
  if (step.op == Op::walk && random.one_in(2)) step.other = random_path(random);
  step.seed = random.next();
  step.size = random_size(random, quick);
  step.piece = 1 + step.size / (1 + random.below(4));
  step.offset = random.below(220);
  step.length = random.below(220);
  step.finish = random.one_in(3)   ? Finish::close
                : random.one_in(4) ? Finish::cancel
                                   : Finish::commit;
  step.second_store = mixture.two_stores && random.one_in(2);
  return step;
}

std::string_view word(Op op) {
  constexpr std::array<std::string_view, 12> words = {"put",  "put if absent", "write",  "append",
                                                      "move", "copy",          "remove", "stat",
                                                      "list", "walk",          "get",    "read"};
  return words[static_cast<std::size_t>(op)];
}

std::string_view word(Finish finish) {
  constexpr std::array<std::string_view, 3> words = {"commit", "cancel", "close"};
  return words[static_cast<std::size_t>(finish)];
}

// Without the steps [from, from + count).
Steps without(const Steps& steps, std::size_t from, std::size_t count) {
  Steps rest(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(from));
  const std::size_t to = std::min(from + count, steps.size());
  rest.insert(rest.end(), steps.begin() + static_cast<std::ptrdiff_t>(to), steps.end());
  return rest;
}

}  // namespace

Steps make_steps(Random& random, std::size_t count, bool quick, const Mixture& mixture) {
  Steps steps;
  for (std::size_t i = 0; i < count; ++i) steps.push_back(random_step(random, quick, mixture));
  return steps;
}

std::string to_string(const Step& step) {
  std::string text = std::string(word(step.op)) + " " + shown(step.path);
  if (step.op == Op::move || step.op == Op::copy) text += " to " + shown(step.other);
  if (step.op == Op::walk && !step.other.empty()) text += " after " + shown(step.other);
  if (step.op <= Op::append) text += ", " + std::to_string(step.size) + " bytes";
  if (step.op == Op::write || step.op == Op::append)
    text += " by " + std::to_string(step.piece) + ", " + std::string(word(step.finish));
  if (step.op == Op::read)
    text += ", " + std::to_string(step.length) + " bytes from " + std::to_string(step.offset);
  return text + (step.second_store ? " (second store)" : "");
}

Steps shorten(Context& t, Steps steps) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int runs = 150;
  for (std::size_t count = steps.size() / 2; count > 0; count /= 2)
    for (std::size_t from = 0; from < steps.size();) {
      if (--runs < 0 || std::chrono::steady_clock::now() > limit) return steps;
      Steps fewer = without(steps, from, count);
      const Run run = run_steps(t, fewer);
      if (run.text.empty()) {
        from += count;
        continue;
      }
      fewer.resize(run.failed_at + 1);
      steps = std::move(fewer);
    }
  return steps;
}

}  // namespace berth::conformance
