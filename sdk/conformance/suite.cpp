// SPDX-License-Identifier: Apache-2.0
//
// Runs tests and turns what they throw into results. After each test the runner removes what the
// test stored, and checks that "/" lists the same as before.
#include "conformance.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <random>

#include "tests.hpp"

namespace berth::conformance {
namespace {

std::vector<Test> all_tests() {
  std::vector<Test> all;
  for (const auto theme :
       {basic_tests,     stream_tests,     range_tests, writer_tests,      append_tests,
        upload_tests,    list_tests,       walk_tests,  move_copy_tests,   remove_tests,
        name_tests,      error_tests,      call_tests,  create_only_tests, option_tests,
        attribute_tests, capability_tests, url_tests,   concurrency_tests, property_tests}) {
    const auto tests = theme();
    all.insert(all.end(), tests.begin(), tests.end());
  }
  return all;
}

std::optional<Test> find_test(std::string_view name) {
  for (const Test& test : all_tests())
    if (test.name == name) return test;
  return std::nullopt;
}

// Not from the seed: two runs on one store must not use the same directory.
std::string fresh_prefix() {
  std::random_device device;
  return "/conformance-" + Random((std::uint64_t(device()) << 32) | device()).name(8);
}

std::string first_component(const std::string& path) {
  return path.substr(0, path.find('/', 1));
}

Paths root_of(Store& store) {
  Paths paths = store.list("/");
  std::sort(paths.begin(), paths.end());
  return paths;
}

Paths without(const Paths& all, const Paths& taken) {
  Paths rest;
  std::set_difference(all.begin(), all.end(), taken.begin(), taken.end(), std::back_inserter(rest));
  return rest;
}

void remove_if_present(Store& store, const std::string& path) {
  try {
    store.remove(path);
  } catch (const PathNotFoundError&) {
  }
}

// Removes what the test stored. Where the driver keeps empty directories, also the first component
// of the directory, unless it existed before.
void clean_up(Context& t, const Paths& before) {
  remove_if_present(t.store(), t.directory());
  for (const std::string& path : t.tops()) remove_if_present(t.store(), path);
  const std::string first = first_component(t.directory());
  if (t.caps().empty_directories && !std::binary_search(before.begin(), before.end(), first))
    remove_if_present(t.store(), first);
}

void expect_root_as_before(Context& t, const Paths& before) {
  const Paths after = root_of(t.store());
  const Paths left = without(after, before);
  const Paths lost = without(before, after);
  expect(left.empty(),
         "the suite removed the test's directory, but list(\"/\") still reports " + shown(left));
  expect(lost.empty(),
         "the test did not store " + shown(lost) + ", but list(\"/\") no longer reports it");
}

struct Outcome {
  Status status = Status::passed;
  std::string text;  // empty: passed
};

template <class Body>
Outcome outcome_of(Body&& body) {
  try {
    body();
    return {};
  } catch (const Skipped& reason) {
    return {Status::skipped, reason.what()};
  } catch (const Failure& failure) {
    return {Status::failed, failure.what()};
  } catch (const Error& error) {
    return {Status::failed, "unexpected " + described(error) + " from " + error.operation()};
  } catch (const std::exception& error) {
    return {Status::failed, "unexpected " + described(error)};
  }
}

Outcome run_and_clean(const Test& test, Context& t) {
  Paths before;
  Outcome outcome = outcome_of([&] { before = root_of(t.store()); });
  if (outcome.status == Status::failed) return outcome;
  outcome = outcome_of([&] { test.run(t); });
  const Outcome cleaning = outcome_of([&] {
    clean_up(t, before);
    expect_root_as_before(t, before);
  });
  return outcome.status != Status::failed && cleaning.status == Status::failed ? cleaning : outcome;
}

// "walk/order" works in <prefix>/walk-order.
std::string directory_of(const Test& test, const std::string& prefix) {
  std::string name(test.name);
  std::replace(name.begin(), name.end(), '/', '-');
  return prefix + "/" + name;
}

// What the author of the driver needs besides the difference: the rule, and the seed to repeat it.
std::string reference_of(const Test& test, const Options& options) {
  std::string text;
  if (!test.part.empty())
    text = "; driver.h, " + std::string(test.part) + ": " + std::string(test.about);
  return text + " [seed " + std::to_string(options.seed) + "]";
}

Result run_test(const Test& test, const Store& store, const MakeStore& make_store,
                const Options& options, const std::string& prefix) {
  const auto start = std::chrono::steady_clock::now();
  Outcome inner;
  const Outcome outer = outcome_of([&] {
    Context context(test.name, store, make_store, options, directory_of(test, prefix));
    inner = run_and_clean(test, context);
  });
  Outcome outcome = outer.status == Status::passed ? inner : outer;
  if (outcome.status == Status::failed) outcome.text += reference_of(test, options);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return {std::string(test.name), outcome.status, outcome.text, taken.count()};
}

void count(Summary& summary, Status status) {
  if (status == Status::passed) ++summary.passed;
  if (status == Status::failed) ++summary.failed;
  if (status == Status::skipped) ++summary.skipped;
}

}  // namespace

std::vector<std::string> test_names() {
  std::vector<std::string> names;
  for (const Test& test : all_tests()) names.emplace_back(test.name);
  return names;
}

std::string_view describe(std::string_view name) {
  const auto test = find_test(name);
  return test ? test->about : std::string_view();
}

Summary run(const MakeStore& make_store, const Options& options,
            const std::function<void(const Result&)>& on_result) {
  const Store store = make_store();
  const std::string prefix = options.prefix.empty() ? fresh_prefix() : options.prefix;
  Summary summary;
  for (const Test& test : all_tests()) {
    if (test.name.find(options.only) == test.name.npos) continue;
    const Result result = run_test(test, store, make_store, options, prefix);
    count(summary, result.status);
    on_result(result);
  }
  return summary;
}

Result run_one(std::string_view name, const MakeStore& make_store, const Options& options) {
  const auto test = find_test(name);
  if (!test) return {std::string(name), Status::failed, "the suite has no test of this name", 0};
  const std::string prefix = options.prefix.empty() ? fresh_prefix() : options.prefix;
  return run_test(*test, make_store(), make_store, options, prefix);
}

}  // namespace berth::conformance
