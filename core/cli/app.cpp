// SPDX-License-Identifier: Apache-2.0
//
// The global options, the commands, and what becomes of exceptions.
#include "cli/app.hpp"

#include <exception>
#include <string>
#include <system_error>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"

namespace berth::cli {
namespace {

constexpr const char* help_footer = R"(Places:
  STORE:/path   a path in a store of the config; :/path uses the default store
  ./file, /file a local file or folder (not for mv, rm, url)

Examples:
  berth drivers                           list the plugins found, and why any were rejected
  berth ls -l archive:/doc                list a folder with sizes and times
  berth cp -r /usr/share/doc archive:/doc copy a local tree into a store
  berth cp -r archive:/doc cloud:/doc     copy from one store to another
  berth sync /srv/www cloud:/www          copy only files that differ
  berth verify /srv/www cloud:/www        list the files that differ
  berth get archive:/doc/README .         download one file
  tar c . | berth put - archive:/home.tar upload from a pipe
  berth check --plugin ./mine.so --quick  test whether a driver conforms
  berth --json ls -lR archive: | jq .path every command can print JSON, one object per line

Config: --config FILE, else $BERTH_CONFIG, else $XDG_CONFIG_HOME/berth/berth.json
(~/.config/berth/berth.json), else /etc/berth/berth.json; never the working directory.

Exit codes:
  0    success
  1    some or all of the work failed, the output could not be written, or memory or threads ran out
  2    invalid command line
  3    not found
  4    wrong credentials or permission denied
  5    invalid config, parameters or driver
  6    the service did not respond in time
  130  interrupted
  141  output closed early (SIGPIPE))";

void add_globals(Command& root, Session& session) {
  root.add("--config", session.globals.config, "Config file").type("FILE");
  root.add("--plugins", session.globals.plugins,
           "Folder to search for plugins, instead of those in the config; repeatable")
      .type("DIR")
      .repeatable();
  root.add_flag("--json", session.globals.json, "Print JSON, one object per line");
  root.add_flag("-v,--verbose", session.globals.verbose, "Verbose messages on standard error");
  root.add_flag("-q,--quiet", session.globals.quiet, "No progress, no summary");
}

void add_commands(Command& root, Session& session) {
  for (auto* const add :
       {add_drivers, add_describe, add_ls, add_stat, add_tree, add_du, add_cat, add_put, add_get,
        add_cp, add_sync, add_verify, add_mv, add_rm, add_url, add_check, add_bench, add_config}) {
    add(root, session);
  }
  root.require_command();
}

int run_command(const Action& action, Session& session) {
  try {
    const int code = action();
    session.out.flush();
    return session.stop().stop_requested() ? int{exit_interrupted} : code;
  } catch (const std::exception& error) {
    if (session.stop().stop_requested()) return exit_interrupted;
    session.report(error);
    session.out.flush();
    return exit_code_of(error);
  }
}

// The signals' thread is the first one: without it nothing else would get far.
int run_with_signals(int argc, char** argv) {
  const Signals signals;
  CommandLine line("berth", "List, copy, verify and benchmark files in storage backends.",
                   "berth " BERTH_VERSION);
  Session session(signals.token());
  Command root = line.root();
  add_globals(root, session);
  add_commands(root, session);
  root.footer(help_footer);  // after the commands, which would inherit it
  if (const auto code = line.parse(argc, argv, session.out)) return *code;
  return run_command(line.chosen(), session);
}

int run_reporting(int argc, char** argv) {
  try {
    return run_with_signals(argc, argv);
  } catch (const OutputFailed& failure) {
    complain("cannot write the output: " + std::generic_category().message(failure.error));
  } catch (const std::exception& error) {  // outside of any command
    complain(explanation_of(error));
  }
  return exit_failed;
}

}  // namespace

int run(int argc, char** argv) noexcept {
  reserve_standard_descriptors();
  try {
    return run_reporting(argc, argv);
  } catch (const OutputClosed&) {
    die_of_broken_pipe();
  } catch (...) {  // no memory for the message
    complain("out of memory");
    return exit_failed;
  }
}

}  // namespace berth::cli
