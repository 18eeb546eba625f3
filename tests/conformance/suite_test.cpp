// SPDX-License-Identifier: Apache-2.0
//
// Tests of the suite: it passes on a correct driver, and each defect fails the test that is meant
// to catch it.
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "conformance.hpp"
#include "plant_command.hpp"
#include "reference_driver.hpp"

namespace {

using namespace berth::conformance;

Options quick_options() {
  Options options;
  options.quick = true;
  options.steps = 300;
  options.fetch = reference::fetch;
  return options;
}

MakeStore on_data(const std::string& data, std::string_view driver, std::string_view defect = {}) {
  return [=] { return reference::open(driver, data, defect); };
}

MakeStore on_fresh_data(std::string_view driver) {
  return on_data(reference::fresh_data(), driver);
}

Options planting_in(const std::string& data, Options options) {
  options.plant = [data](const std::string& path) { return reference::plant(data, path), true; };
  return options;
}

// Keeps the data alive between the stores that a test opens.
Result run_named(std::string_view test, std::string_view driver, std::string_view defect = {},
                 const Options& options = quick_options()) {
  const std::string data = reference::fresh_data();
  const MakeStore make_store = on_data(data, driver, defect);
  const berth::Store keeper = make_store();
  return run_one(test, make_store, planting_in(data, options));
}

std::vector<std::string> skipped_over(std::string_view driver, const Options& options) {
  std::vector<std::string> skipped;
  const std::string data = reference::fresh_data();
  run(on_data(data, driver), planting_in(data, options), [&](const Result& result) {
    INFO(result.name, ": ", result.text);
    CHECK(result.status != Status::failed);
    if (result.status == Status::skipped) skipped.push_back(result.name);
  });
  return skipped;
}

}  // namespace

TEST_CASE("the suite passes on a driver with all operations") {
  const std::vector<std::string> expected = {"streams/large", "capabilities/empty-directories",
                                             "url/none"};
  CHECK(skipped_over("reference", quick_options()) == expected);
}

TEST_CASE("the suite passes on a driver whose optional operations the host composes") {
  const std::vector<std::string> expected = {"streams/large",
                                             "ranges/if-match",
                                             "options/read-if-match",
                                             "options/read-if-none-match",
                                             "options/read-missing",
                                             "options/if-match-put",
                                             "options/if-match-missing",
                                             "options/if-match-writer",
                                             "options/if-match-writer-loses",
                                             "options/if-match-race",
                                             "options/move-create-only",
                                             "options/copy-create-only",
                                             "options/move-source-if-match",
                                             "options/copy-source-if-match",
                                             "options/move-if-match",
                                             "options/copy-if-match",
                                             "options/remove-if-match",
                                             "options/remove-only-object",
                                             "attributes/put",
                                             "attributes/writer",
                                             "attributes/copy",
                                             "attributes/move",
                                             "attributes/append",
                                             "attributes/resume",
                                             "attributes/odd-values",
                                             "capabilities/empty-directories",
                                             "url/form",
                                             "url/get",
                                             "url/head",
                                             "url/put",
                                             "url/missing"};
  CHECK(skipped_over("bare_reference", quick_options()) == expected);
}

TEST_CASE("the suite leaves other data in the store alone") {
  Options options = quick_options();
  options.prefix = "/already/here";
  const MakeStore make_store = on_fresh_data("reference");
  berth::Store store = make_store();
  store.put_content("/already/there", "kept");
  const Summary summary = run(make_store, options, [](const Result& result) {
    INFO(result.name, ": ", result.text);
    CHECK(result.status != Status::failed);
  });
  CHECK(summary.failed == 0);
  CHECK(store.get_content("/already/there") == "kept");
}

TEST_CASE("each defect fails the test that is meant to catch it") {
  for (const auto& defect : reference::defects()) {
    const Result result = run_named(defect.caught_by, "reference", defect.name);
    INFO(defect.name, " by ", defect.caught_by, ": ", result.text);
    CHECK(result.status == Status::failed);
    CHECK(result.text.find("; driver.h, ") != std::string::npos);
    CHECK(result.text.ends_with(" [seed 1]"));
  }
}

TEST_CASE("each test is failed by a defect, unless a driver cannot fail it") {
  std::set<std::string> tests;
  for (const std::string& name : test_names()) tests.insert(name);
  for (const auto& defect : reference::defects()) tests.erase(std::string(defect.caught_by));
  const std::set<std::string> expected = {
      // The host refuses these calls before it calls the driver.
      "calls/cancelled-before", "calls/deadline-passed", "copy/to-itself",
      "create-only/with-append", "errors/invalid-offset", "errors/invalid-path", "errors/writer",
      "move/to-itself", "names/invalid", "names/root-is-not-an-object", "streams/negative-offset",
      "url/none", "writer/after-close", "writer/close-twice",
      // The service behind the URL answers, not the driver.
      "url/missing",
      // They find what the smaller tests find, with many threads, random calls or much data.
      "concurrency/file-streams", "concurrency/stream-reads", "property/objects",
      "property/two-stores", "property/writers", "streams/large"};
  CHECK(tests == expected);
}

TEST_CASE("random sequences find each defect that they can trigger") {
  Options options = quick_options();
  options.steps = 2000;
  for (const std::string_view defect :
       {"put_appends", "put_keeps_tail", "stat_bare_prefix", "list_duplicates",
        "list_slash_after_directory", "walk_order_of_names", "walk_ignores_start_after",
        "remove_takes_siblings", "remove_missing_succeeds", "move_keeps_source",
        "move_takes_destination_first", "copy_takes_source", "offset_ignored", "length_ignored",
        "create_only_ignored"}) {
    const Result result = run_named("property/objects", "reference", defect, options);
    INFO(defect, ": ", result.text);
    CHECK(result.status == Status::failed);
  }
  for (const std::string_view defect :
       {"open_truncates", "cancel_publishes", "cancel_removes_old", "close_publishes",
        "close_discards", "start_over_continues", "append_creates", "append_starts_over",
        "upload_survives_commit", "commit_loses_tail", "put_keeps_upload", "commit_keeps_upload",
        "remove_keeps_upload", "remove_keeps_uploads_below", "remove_finds_no_upload",
        "move_keeps_source_upload", "remove_brings_upload_back", "move_brings_upload_back"}) {
    const Result result = run_named("property/writers", "reference", defect, options);
    INFO(defect, ": ", result.text);
    CHECK(result.status == Status::failed);
  }
}

TEST_CASE("a failing random sequence is shortened to the calls that cause the failure") {
  const Result result = run_named("property/objects", "reference", "put_appends");
  INFO(result.text);
  CHECK(result.text.find("a shorter sequence that fails:") != std::string::npos);
  CHECK(result.text.find("\n    1. put") != std::string::npos);
  CHECK(result.text.find("\n    4. ") == std::string::npos);
}

TEST_CASE("the same seed fails with the same message") {
  Options options = quick_options();
  options.prefix = "/same";
  options.seed = 7;
  const auto text = [&] {
    return run_named("property/objects", "reference", "list_duplicates", options).text;
  };
  CHECK(text() == text());
  CHECK(text().find("[seed 7]") != std::string::npos);
}

TEST_CASE("a test that leaves an object has failed, and the message names the object") {
  const Result left = run_named("basic/top-level-object", "reference", "remove_does_nothing");
  INFO(left.text);
  CHECK(left.status == Status::failed);
  CHECK(left.text.find("still reports [\"/conformance-") != std::string::npos);
}

TEST_CASE("a skipped test has a reason, a passed one has no message") {
  const MakeStore make_store = on_fresh_data("bare_reference");
  run(make_store, quick_options(), [](const Result& result) {
    INFO(result.name);
    CHECK((result.status == Status::passed) == result.text.empty());
  });
}

TEST_CASE("only the tests whose name contains Options::only are run") {
  Options options = quick_options();
  options.only = "writer/";
  unsigned count = 0;
  const Summary summary = run(on_fresh_data("reference"), options, [&](const Result& result) {
    ++count;
    CHECK(result.name.find("writer/") != std::string::npos);
  });
  CHECK(count > 10);
  CHECK(summary.passed == count);
}

TEST_CASE("every test has a unique name and a sentence") {
  std::set<std::string> names;
  for (const std::string& name : test_names()) {
    CHECK(names.insert(name).second);
    CHECK(describe(name).ends_with("."));
  }
  CHECK(names.size() > 120);
}

TEST_CASE("an unknown test name is a failed result") {
  const Result result = run_named("no/such-test", "reference");
  CHECK(result.status == Status::failed);
  CHECK(result.text == "the suite has no test of this name");
}

TEST_CASE("every part of driver.h that a test names exists") {
  std::ifstream file(BERTH_DRIVER_HEADER);
  const std::string header{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(header.empty());
  for (const auto& defect : reference::defects()) {
    const std::string text = run_named(defect.caught_by, "reference", defect.name).text;
    REQUIRE(text.find("; driver.h, ") != std::string::npos);
    const auto start = text.find("; driver.h, ") + 12;
    std::istringstream parts(text.substr(start, text.find(": ", start) - start));
    for (std::string part; std::getline(parts >> std::ws, part, ',');) {
      INFO(defect.caught_by, ": ", part);
      CHECK(header.find(part) != std::string::npos);
    }
  }
}

TEST_CASE("a plant command stores objects, and its exit code 77 means that the service cannot") {
  const Plant stored = plant_by_command("read -r content; [ \"$1 $content\" = \"/a b planted\" ]");
  CHECK(stored("/a b"));
  const Plant refused = plant_by_command("exit 77");
  CHECK_FALSE(refused("/a"));
  CHECK_FALSE(plant_by_command(""));
}

TEST_CASE("a plant command that fails is reported with its exit code, the path and its output") {
  const Plant fails = plant_by_command("echo no access; exit 3");
  CHECK_THROWS_WITH_AS(
      fails("/a\n"),
      doctest::Contains("the plant command exited with code 3 for \"/a\\x0a\"; it must store"),
      std::runtime_error);
  CHECK_THROWS_WITH_AS(fails("/a"), doctest::Contains("its output: \"no access\\x0a\""),
                       std::runtime_error);
}

TEST_CASE("names that the service cannot store are left out of the tests of such names") {
  const std::string data = reference::fresh_data();
  const MakeStore make_store = on_data(data, "reference");
  const berth::Store keeper = make_store();
  Options options = quick_options();
  options.plant = [&](const std::string& path) {
    const bool utf8 = path.find('\xff') == std::string::npos;
    if (utf8) reference::plant(data, path);
    return utf8;
  };
  CHECK(run_one("names/unnameable-in-list", make_store, options).status == Status::passed);
  options.plant = [](const std::string&) { return false; };
  const Result none = run_one("names/unnameable-in-walk", make_store, options);
  CHECK(none.status == Status::skipped);
  CHECK(none.text == "the service cannot store names that break the path grammar");
}

TEST_CASE("without Options::fetch the tests of URLs are skipped") {
  Options options = quick_options();
  options.fetch = nullptr;
  const Result result = run_named("url/get", "reference", "", options);
  CHECK(result.status == Status::skipped);
  CHECK(result.text ==
        "no HTTP client: Options::fetch is empty (berth check needs the program curl)");
}
