// SPDX-License-Identifier: Apache-2.0
//
// berth check: the conformance suite over a store or over a plugin file. Each test runs in a child
// process, so that a driver that crashes or hangs costs one test and not the run.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "conformance.hpp"
#include "curl_fetch.hpp"
#include "plant_command.hpp"

#include "cli/child.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/kept_call.hpp"
#include "cli/linking.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

using conformance::Result;
using conformance::Status;
using nlohmann::json;

struct CheckOptions {
  std::string store;
  std::string plugin, driver;
  std::string parameters = "{}";
  std::string plant;  // a shell command; see plant_command.hpp
  std::string timeout = "10m";
  std::string one;  // run this test in this process
  int report = -1;  // hidden: with --one, the descriptor for its result as JSON; -1: print it
  conformance::Options suite;
  bool list = false;
};

// ---- Running one test

json parsed(const std::string& where, const std::string& text) {
  try {
    return json::parse(text, nullptr, true, /*ignore_comments=*/true);
  } catch (const json::exception& error) {  // "[json...101] parse error at ...; last read: ..."
    std::string_view fault = error.what();
    fault.remove_prefix(fault.find(' ') + 1);
    throw UsageError(where + " is not JSON: " +
                     std::string(fault.substr(0, fault.find("; last read"))));  // may be a secret
  }
}

json parameters_of(const std::string& text) {
  if (text.empty() || text.front() != '@') return parsed("--parameters", text);
  std::ifstream file(text.substr(1));
  if (!file) throw UsageError("cannot read the parameters from " + text.substr(1));
  return parsed(text.substr(1), {std::istreambuf_iterator<char>(file), {}});
}

std::string driver_of(const CheckOptions& options) {
  const auto names = factory::load(std::filesystem::absolute(options.plugin));
  if (!options.driver.empty()) return options.driver;
  if (names.size() == 1) return names.front();
  std::string all;
  for (const auto& name : names) all += " " + name;
  throw UsageError(options.plugin + " holds several drivers; choose with --driver:" + all);
}

// Loads a plugin file once, however often the test opens its store.
conformance::MakeStore store_maker(Session& session, const CheckOptions& options) {
  if (options.plugin.empty()) {
    return [&session, name = parse_whole_store(options.store)] { return session.open(name); };
  }
  return [driver = driver_of(options), parameters = parameters_of(options.parameters)] {
    return factory::create(driver, parameters);
  };
}

json to_json(const Result& result) {
  constexpr const char* status_names[] = {"passed", "failed", "skipped"};
  return {{"name", result.name},
          {"status", status_names[static_cast<int>(result.status)]},
          {"text", result.text},
          {"seconds", result.seconds}};
}

// Opens the store and runs nothing; what is wrong with it is thrown.
constexpr const char* probe_test = ":open";

// A test of the file, which has no store: beside those of the suite.
constexpr const char* linking_test_name = "plugin/linking";
constexpr const char* linking_test_rule =
    "The plugin exports its driver only, and stays where it is.";

Result linking_test(const std::filesystem::path& plugin) {
  factory::load(plugin);
  Result result{
      .name = linking_test_name, .status = Status::passed, .text = linking_faults(plugin)};
  if (!result.text.empty()) result.status = Status::failed;
  return result;
}

// The same, and a driver that uses the berth_call of a call that has returned crashes, which the
// descriptor fd explains.
conformance::MakeStore watched(const conformance::MakeStore& make_store, int fd) {
  ::setenv("BERTH_CALL_PAGES", "1", /*overwrite=*/0);
  return [make_store, fd] {
    Store store = make_store();
    explain_kept_calls(fd);
    return store;
  };
}

void print(Session& session, const CheckOptions& options, const Result& result);

int finish_one(Session& session, const CheckOptions& options, const Result& result) {
  if (options.report < 0) {
    print(session, options, result);
    return result.status == Status::failed ? exit_failed : exit_ok;
  }
  write_all(options.report, to_json(result).dump(-1, ' ', false, json::error_handler_t::replace));
  return exit_ok;
}

int run_here(Session& session, const CheckOptions& options) {
  if (options.report >= 0) ::fcntl(options.report, F_SETFD, FD_CLOEXEC);
  if (options.one == linking_test_name)
    return finish_one(session, options, linking_test(std::filesystem::absolute(options.plugin)));
  const auto make_store =
      watched(store_maker(session, options), options.report < 0 ? STDERR_FILENO : options.report);
  if (options.one == probe_test) {
    static_cast<void>(make_store());
    return exit_ok;
  }
  auto suite = options.suite;
  suite.fetch = conformance::fetch_with_curl();
  suite.plant = conformance::plant_by_command(options.plant);
  return finish_one(session, options, conformance::run_one(options.one, make_store, suite));
}

// ---- Running all tests

std::vector<std::string> arguments(const Session& session, const CheckOptions& options) {
  std::vector<std::string> all{"berth"};
  const auto add = [&all](const char* name, const std::string& value) {
    if (!value.empty()) all.insert(all.end(), {name, value});
  };
  add("--config", session.globals.config);
  for (const auto& folder : session.globals.plugins) add("--plugins", folder);
  all.emplace_back("check");
  add("--plugin", options.plugin);
  add("--driver", options.driver);
  if (!options.plugin.empty()) add("--parameters", options.parameters);
  add("--seed", std::to_string(options.suite.seed));
  if (options.suite.steps != 0) add("--steps", std::to_string(options.suite.steps));
  add("--prefix", options.suite.prefix);
  add("--plant", options.plant);
  if (options.suite.quick) all.emplace_back("--quick");
  if (options.suite.large_streams) all.emplace_back("--large");
  if (!options.store.empty()) all.push_back(options.store);
  return all;
}

Result from_json(const json& object) {
  const auto status = object.at("status").get<std::string>();
  return {.name = object.at("name").get<std::string>(),
          .status = status == "passed"    ? Status::passed
                    : status == "skipped" ? Status::skipped
                                          : Status::failed,
          .text = object.at("text").get<std::string>(),
          .seconds = object.at("seconds").get<double>()};
}

std::string quoted_for_shell(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// The command that runs the test in its own process. Parameters that are not in a file and the
// plant command are left out: they may contain secrets.
std::string command_for(const Session& session, CheckOptions options, const std::string& name) {
  if (options.parameters == "{}") options.parameters.clear();
  const bool left_out = !options.parameters.empty() && options.parameters.front() != '@';
  if (left_out) options.parameters = "...";
  if (!options.plant.empty()) options.plant = "...";
  auto all = arguments(session, options);
  all.insert(all.end(), {"--one", name});
  std::string command;
  for (const auto& word : all) command += (command.empty() ? "" : " ") + quoted_for_shell(word);
  return command;
}

// The last line of the report, and what was written before it: the handler of a crash explains it.
struct Report {
  json object;
  std::string note;
};

Report report_of(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const auto last = text.rfind('\n') + 1;
  if (text.compare(last, 1, "{") != 0) return {.object = {}, .note = text};
  return {.object = json::parse(text.substr(last), nullptr, false), .note = text.substr(0, last)};
}

std::string calls_text(const std::vector<std::string>& calls) {
  constexpr std::size_t most = 4;
  if (calls.empty()) return " while no call of the test was in progress";
  std::string text = " in ";
  for (std::size_t i = 0; i < std::min(calls.size(), most); ++i)
    text += (i == 0 ? "" : ", ") + calls[i];
  if (calls.size() > most) text += " and " + std::to_string(calls.size() - most) + " other calls";
  return text;
}

// What ended the process before the test had a result.
std::string early_end(const ChildEnd& end, const std::string& note) {
  const std::string how =
      end.text.empty() ? "the process exited with code " + std::to_string(end.code) : end.text;
  return how + calls_text(end.calls) + (note.empty() ? "" : ": " + note);
}

// The first line of what the driver printed, and how much it was.
std::string printed_text(const std::string& printed) {
  return "the driver wrote " + std::to_string(printed.size()) +
         " bytes to standard output, which belongs to the program: \"" +
         printable(std::string_view(printed).substr(0, std::min(printed.find('\n'), 60UL))) + "\"";
}

// A driver logs through the host, so a test in which it printed has failed.
void judge_printed(Result& result, const std::string& printed) {
  if (printed.empty()) return;
  const bool failed = result.status == Status::failed;
  result.text = (failed ? result.text + "; " : "") + printed_text(printed);
  result.status = Status::failed;
}

Result result_of(const std::string& name, const ChildEnd& end, double seconds) {
  const Report report = report_of(end.report);
  Result result{.name = name, .status = Status::failed, .seconds = seconds};
  if (end.text.empty() && report.object.is_object())
    result = from_json(report.object);
  else
    result.text = early_end(end, report.note);
  judge_printed(result, end.printed);
  return result;
}

ChildEnd run_child(Session& session, const CheckOptions& options, const std::string& name) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout)
    throw UsageError("\"" + options.timeout + "\" is not a duration; write for example 10m");
  auto all = arguments(session, options);
  all.insert(all.end(), {"--one", name});
  return run_self(all, *timeout, session.stop());
}

Result run_test(Session& session, const CheckOptions& options, const std::string& name) {
  const auto start = std::chrono::steady_clock::now();
  const auto end = run_child(session, options, name);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  return result_of(name, end, passed.count());
}

void print(Session& session, const CheckOptions& options, const Result& result) {
  const bool failed = result.status == Status::failed;
  const bool repeats = failed && options.one.empty();  // else the user has just typed the command
  const std::string command = repeats ? command_for(session, options, result.name) : std::string();
  if (session.globals.json) {
    auto object = to_json(result);
    if (repeats) object["repeat"] = command;
    session.out.json(object);
  } else if (result.status == Status::passed) {
    session.out.line("ok    " + result.name);
  } else {
    session.out.line((failed ? "FAIL  " : "skip  ") + result.name + ": " +
                     session.out.name(result.text));
    if (repeats) session.out.line("      to repeat: " + session.out.name(command));
  }
  session.out.flush();
}

std::vector<std::string> selected(const CheckOptions& options) {
  auto names = conformance::test_names();
  if (!options.plugin.empty()) names.insert(names.begin(), linking_test_name);
  const auto unwanted = [&](const std::string& name) {
    return name.find(options.suite.only) == std::string::npos;
  };
  names.erase(std::remove_if(names.begin(), names.end(), unwanted), names.end());
  if (names.empty()) throw UsageError("no test has \"" + options.suite.only + "\" in its name");
  return names;
}

// An error of the store itself is reported once, by the child on stderr.
int probe(Session& session, const CheckOptions& options) {
  const auto end = run_child(session, options, probe_test);
  if (end.text.empty()) return end.code;
  complain("opening the store: " + early_end(end, report_of(end.report).note));
  return exit_failed;
}

int run_all(Session& session, const CheckOptions& options) {
  const auto names = selected(options);
  if (names.back() != linking_test_name) {
    if (const int code = probe(session, options); code != 0) return code;
  }
  unsigned passed = 0, failed = 0, skipped = 0;
  for (const auto& name : names) {
    const auto result = run_test(session, options, name);
    if (session.stop().stop_requested()) break;
    ++(result.status == Status::passed   ? passed
       : result.status == Status::failed ? failed
                                         : skipped);
    print(session, options, result);
  }
  if (!session.globals.json) {
    session.out.line(std::to_string(passed) + " passed, " + std::to_string(failed) + " failed, " +
                     std::to_string(skipped) + " skipped");
  }
  return failed == 0 ? exit_ok : exit_failed;
}

int list_tests(Session& session, const CheckOptions& options) {
  for (const auto& name : selected(options)) {
    const std::string what(name == linking_test_name ? linking_test_rule
                                                     : conformance::describe(name));
    if (session.globals.json) {
      session.out.json({{"name", name}, {"text", what}});
    } else {
      session.out.line(name + ": " + what);
    }
  }
  return 0;
}

int check(Session& session, const CheckOptions& options) {
  if (options.list) return list_tests(session, options);
  if (options.store.empty() == options.plugin.empty()) {
    throw UsageError("name a store of the config, or a file with --plugin FILE.so");
  }
  return options.one.empty() ? run_all(session, options) : run_here(session, options);
}

void add_suite_options(Command& command, const std::shared_ptr<CheckOptions>& options) {
  auto& suite = options->suite;
  command.add("--only", suite.only, "Run only tests whose name contains TEXT").type("TEXT");
  command.add_flag("--list", options->list, "List the tests without running them");
  command.add_flag("--quick", suite.quick, "Take seconds instead of minutes");
  command.add_flag("--large", suite.large_streams, "Also stream 5 GiB");
  command.add("--seed", suite.seed, "Seed of the random numbers").show_default();
  command.add("--steps", suite.steps, "Steps of each random sequence").type("N");
  command.add("--prefix", suite.prefix, "Folder to work in").type("/PATH");
  command
      .add("--plant", options->plant,
           "Shell command that stores an object as \"$1\" without the driver")
      .type("COMMAND");
  command.add("--timeout", options->timeout, "Time limit of each test").show_default();
  command.add("--one", options->one, "Run this one test in this process, for a debugger")
      .type("TEST");
  command.add("--report", options->report).hide();
}

}  // namespace

void add_check(Command& root, Session& session) {
  Command command = root.add_command("check", "Run the conformance suite on a store or a plugin");
  auto options = std::make_shared<CheckOptions>();
  command.add("STORE", options->store,
              "Store name in the config; no other program may write to it");
  command.add("--plugin", options->plugin, "Check the driver in this file").type("FILE");
  command.add("--driver", options->driver, "Driver name, if the file contains several");
  command.add("--parameters", options->parameters, "Driver parameters as JSON, or @FILE")
      .type("JSON");
  add_suite_options(command, options);
  command.action([&session, options] { return check(session, *options); });
}

}  // namespace berth::cli
