// SPDX-License-Identifier: Apache-2.0
//
// The only source that includes CLI11.
#include "cli/command_line.hpp"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/exit_code.hpp"
#include "cli/output.hpp"

namespace berth::cli {

// ---- Options ------------------------------------------------------------------------------------

Option& Option::type(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::show_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::within(unsigned lowest, unsigned highest) {
  option_->check(CLI::Range(lowest, highest));
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::count(int least, int most) {
  option_->expected(least, most);
  return *this;
}

Option& Option::repeatable() {
  option_->take_all()->allow_extra_args(false);
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::hide() {
  option_->group("");
  return *this;
}

// ---- Commands -----------------------------------------------------------------------------------

Command Command::add_command(const std::string& name, const std::string& about) {
  return Command(*app_.add_subcommand(name, about), chosen_);
}

void Command::require_command() {
  app_.require_subcommand(1);
}

template <class T>
Option Command::add(const std::string& names, T& value, const std::string& help) {
  return Option(app_.add_option(names, value, help));
}

template Option Command::add(const std::string&, std::string&, const std::string&);
template Option Command::add(const std::string&, std::vector<std::string>&, const std::string&);
template Option Command::add(const std::string&, int&, const std::string&);
template Option Command::add(const std::string&, unsigned&, const std::string&);
template Option Command::add(const std::string&, std::int64_t&, const std::string&);
template Option Command::add(const std::string&, std::uint64_t&, const std::string&);
template Option Command::add(const std::string&, std::optional<unsigned>&, const std::string&);
template Option Command::add(const std::string&, std::optional<std::uint64_t>&, const std::string&);

Option Command::add_flag(const std::string& names, bool& value, const std::string& help) {
  return Option(app_.add_flag(names, value, help));
}

void Command::footer(const std::string& text) {
  app_.footer(text);
}

void Command::action(Action action) {
  app_.callback([&chosen = chosen_, action = std::move(action)] { chosen = action; });
}

// ---- Parsing ------------------------------------------------------------------------------------

namespace {

// What to say where a command is missing, or a word is not one.
std::string command_fault(const CLI::App& app, const std::string& before) {
  const auto unknown = app.remaining(/*recurse=*/true);
  const auto help = "; see berth " + before + "--help";
  if (unknown.empty()) return "no command given" + help;
  if (unknown.front().starts_with('-')) return "unknown option " + unknown.front() + help;
  return "unknown command \"" + before + unknown.front() + "\"" + help;
}

std::string fault(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string before;  // "config " of `config check`
  for (; !command->get_subcommands().empty(); before += command->get_name() + " ")
    command = command->get_subcommands().front();
  const bool no_command = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                          command->get_require_subcommand_min() > 0;
  if (no_command) return command_fault(app, before);
  const auto unknown = app.remaining(/*recurse=*/true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !unknown.empty())
    return (unknown.front().starts_with('-') ? "unknown option " : "unexpected argument ") +
           unknown.front() + "; see berth " + before + "--help";
  return std::string(error.what()) + "; see berth " + before + "--help";
}

}  // namespace

CommandLine::CommandLine(const std::string& name, const std::string& about,
                         const std::string& version)
    : app_(std::make_unique<CLI::App>(about, name)) {
  app_->set_version_flag("--version", version);
  app_->fallthrough();  // before the commands, which inherit it: `berth ls --json` works too
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() noexcept {
  return Command(*app_, chosen_);
}

std::optional<int> CommandLine::parse(int argc, char** argv, Output& out) {
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      complain(fault(*app_, error));
      return exit_usage;
    }
    // --help and --version are thrown too. `out` notices when it cannot be written.
    std::ostringstream text;
    app_->exit(error, text, text);
    out.write(text.str());
    out.flush();
    return exit_ok;
  }
}

}  // namespace berth::cli
