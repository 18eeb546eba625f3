// SPDX-License-Identifier: Apache-2.0
//
// Declares the commands and their options. CLI11 parses them, and only command_line.cpp includes
// it: its header takes seconds to compile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace berth::cli {

class Output;

// An option or argument of a command, which owns it. Each function returns *this.
class Option {
 public:
  explicit Option(CLI::Option* option) noexcept : option_(option) {}

  Option& type(const std::string& name);  // in the help: FILE
  Option& required();
  Option& show_default();
  Option& within(unsigned lowest, unsigned highest);
  Option& one_of(const std::vector<std::string>& values);
  Option& count(int least, int most);  // of the values
  Option& repeatable();                // one value each time it is given
  Option& excludes(const Option& other);
  Option& hide();  // from the help

 private:
  CLI::Option* option_;
};

// What the program does after parsing; returns its exit code.
using Action = std::function<int()>;

// One command. A value that is not given keeps its default.
class Command {
 public:
  Command(CLI::App& app, Action& chosen) noexcept : app_(app), chosen_(chosen) {}

  Command add_command(const std::string& name, const std::string& about);
  void require_command();

  // names: "-j,--jobs", or "PLACE" for an argument. T: std::string, a vector of them, int,
  // unsigned, std::uint64_t, std::int64_t, or an optional unsigned number. value is borrowed until
  // the end.
  template <class T>
  Option add(const std::string& names, T& value, const std::string& help = {});
  Option add_flag(const std::string& names, bool& value, const std::string& help);

  void footer(const std::string& text);  // at the end of the help
  void action(Action action);            // when this is the command that the user gave

 private:
  CLI::App& app_;
  Action& chosen_;
};

// The whole command line.
class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& about, const std::string& version);
  ~CommandLine();

  Command root() noexcept;

  // Returns the exit code when nothing is to be run: the help was printed to `out`, or the command
  // line is wrong, which was explained on standard error.
  std::optional<int> parse(int argc, char** argv, Output& out);

  const Action& chosen() const noexcept { return chosen_; }  // REQUIRES: parse() returned nothing

 private:
  const std::unique_ptr<CLI::App> app_;
  Action chosen_;
};

}  // namespace berth::cli
