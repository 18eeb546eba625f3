// SPDX-License-Identifier: Apache-2.0
//
// Options before the verb, the verbs, and what becomes of exceptions.
#include "cli/app.hpp"

#include <exception>
#include <sstream>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "cli/verbs.hpp"

namespace berth::cli {
namespace {

constexpr const char* help_footer = R"(Places:
  STORE:/path   in a store of the config; :/path is in the default store
  ./file, /file a local file or folder (not for mv, rm, url)

Examples:
  berth drivers                           which plugins were found, and why one was refused
  berth ls -l archive:/doc                what lies in a folder, with sizes and times
  berth cp -r /usr/share/doc archive:/doc copy a local tree into a store
  berth cp -r archive:/doc cloud:/doc     copy from one store to another
  berth sync /srv/www cloud:/www          copy what differs
  berth verify /srv/www cloud:/www        say where two trees differ
  berth get archive:/doc/README .         fetch one file
  tar c . | berth put - archive:/home.tar store what comes from a pipe
  berth check --plugin ./mine.so --quick  does a driver do what it must?
  berth --json ls -lR archive: | jq .path every verb can speak JSON, one object a line

Config: --config FILE, else $BERTH_CONFIG, else $XDG_CONFIG_HOME/berth/berth.json
(~/.config/berth/berth.json), else /etc/berth/berth.json; never the working directory.

Exit codes:
  0    all went well
  1    some or all of it failed, the output could not be written, or memory or threads ran out
  2    the command line is wrong
  3    there is no such file or folder
  4    wrong credentials or no permission
  5    config, parameters or driver are wrong
  6    the service did not answer, or not in time
  130  interrupted
  141  the reader of the output closed the pipe)";

void add_globals(CLI::App& app, Session& session) {
  app.add_option("--config", session.globals.config, "The config file")->type_name("FILE");
  app.add_option("--plugins", session.globals.plugins,
                 "Search plugins in this folder instead of the config's; repeatable")
      ->type_name("DIR")
      ->take_all()
      ->allow_extra_args(false);
  app.add_flag("--json", session.globals.json, "Print JSON, one object a line");
  app.add_flag("-v,--verbose", session.globals.verbose, "Say more, on stderr");
  app.add_flag("-q,--quiet", session.globals.quiet, "No progress, no summary");
  app.set_version_flag("--version", "berth " BERTH_VERSION);
}

void add_verbs(CLI::App& app, Session& session) {
  app.fallthrough();  // before the verbs, which inherit it: `berth ls --json` works too
  for (auto* const add :
       {add_drivers, add_describe, add_ls, add_stat, add_tree, add_du, add_cat, add_put, add_get,
        add_cp, add_sync, add_verify, add_mv, add_rm, add_url, add_check, add_bench, add_config}) {
    add(app, session);
  }
  app.require_subcommand(1);
}

int run_verb(Session& session) {
  try {
    const int code = session.verb();
    session.out.flush();
    return session.stop().stop_requested() ? int{exit_interrupted} : code;
  } catch (const std::exception& error) {
    if (session.stop().stop_requested()) return exit_interrupted;
    session.report(error);
    session.out.flush();
    return exit_code_of(error);
  }
}

// The verb that is missing, or the word that is none.
std::string which_verb(const CLI::App& app, const std::string& before) {
  const auto unknown = app.remaining(/*recurse=*/true);
  const auto help = "; berth " + before + "--help lists them";
  if (unknown.empty()) return "say which verb" + help;
  if (unknown.front().starts_with('-')) return "there is no option " + unknown.front() + help;
  return "there is no verb \"" + before + unknown.front() + "\"" + help;
}

// CLI11 throws for --help and --version too; they are printed by way of `out`, which notices that
// it cannot write.
int explain(const CLI::App& app, const CLI::ParseError& error, Output& out) {
  if (error.get_exit_code() == 0) {
    std::ostringstream text;
    app.exit(error, text, text);
    out.write(text.str());
    out.flush();
    return exit_ok;
  }
  const CLI::App* verb = &app;
  std::string before;  // "config " of `config check`
  for (; !verb->get_subcommands().empty(); before += verb->get_name() + " ") {
    verb = verb->get_subcommands().front();
  }
  const bool no_verb = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                       verb->get_require_subcommand_min() > 0;
  complain(no_verb ? which_verb(app, before) : std::string(error.what()) + "; try --help");
  return exit_usage;
}

int parse_and_run(CLI::App& app, Session& session, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(app, error, session.out);
  }
  return run_verb(session);
}

// The signals' thread is the first one: without it nothing else would get far.
int run_with_signals(int argc, char** argv) {
  const Signals signals;
  CLI::App app("Stores behind drivers: list, copy, check and measure them.", "berth");
  Session session(signals.token());
  add_globals(app, session);
  add_verbs(app, session);
  app.footer(help_footer);  // after the verbs, which would inherit it
  return parse_and_run(app, session, argc, argv);
}

int run_reporting(int argc, char** argv) {
  try {
    return run_with_signals(argc, argv);
  } catch (const OutputFailed& failure) {
    complain("cannot write the output: " + std::generic_category().message(failure.error));
  } catch (const std::exception& error) {  // outside of any verb
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
