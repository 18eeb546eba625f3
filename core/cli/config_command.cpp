// SPDX-License-Identifier: Apache-2.0
//
// berth config check, show, schema, path.
#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "cli/commands.hpp"
#include "cli/config_schema.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"

namespace berth::cli {
namespace {

using nlohmann::json;

json to_json(const ConfigProblem& problem) {
  return {{"file", problem.file.string()}, {"line", problem.line},
          {"column", problem.column},      {"pointer", problem.pointer},
          {"message", problem.message},    {"severity", problem.warning ? "warning" : "error"}};
}

int check(Session& session) {
  const auto file = session.config_file();
  const auto problems = Config::check(file);
  bool bad = false;
  for (const auto& problem : problems) {
    bad = bad || !problem.warning;
    if (session.globals.json) {
      session.out.json(to_json(problem));
    } else {
      session.out.line(session.out.name(to_string(problem)));
    }
  }
  if (problems.empty() && !session.globals.json) session.out.line(file.string() + ": all is well");
  return bad ? exit_config : exit_ok;
}

// The drivers of the plugin folders that can be asked; the others are told.
std::vector<DriverInfo> describe_all() {
  std::vector<DriverInfo> drivers;
  for (const auto& candidate : factory::scan()) {
    if (candidate.verdict != Verdict::usable) continue;
    for (const auto& name : candidate.drivers) {
      try {
        drivers.push_back(factory::describe(name));
      } catch (const Error& error) {
        complain(error.what());
      }
    }
  }
  return drivers;
}

int schema(Session& session) {
  session.configure_plugins();
  const auto schema = config_schema(describe_all());
  session.out.line(session.globals.json ? schema.dump() : schema.dump(2));
  return exit_ok;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// The rows of a driver, or none if it cannot be asked: then every value might be a secret.
class Secrets {
 public:
  explicit Secrets(const std::string& driver) {
    try {
      rows_ = factory::describe(driver).parameters;
      known_ = true;
    } catch (const Error&) {
      known_ = false;
    }
  }

  void hide(json& object, const std::string& prefix = {}) const {
    for (auto& [name, value] : object.items()) {
      const auto key = prefix + name;
      if (value.is_object()) {
        if (!value.contains("env") && !value.contains("file")) hide(value, key + ".");
      } else if (must_hide(key)) {
        value = "(hidden)";
      }
    }
  }

 private:
  bool must_hide(const std::string& key) const {
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const ParameterInfo& candidate) {
      return lower(candidate.key) == lower(key);
    });
    return !known_ || row == rows_.end() || row->secret;
  }

  std::vector<ParameterInfo> rows_;
  bool known_ = false;
};

int show(Session& session) {
  const auto file = session.config_file();
  factory::configure(session.config().plugins());
  std::ifstream stream(file);
  auto content = json::parse(stream, nullptr, true, /*ignore_comments=*/true);
  if (content.contains("stores")) {
    for (auto& [name, store] : content["stores"].items()) {
      const Secrets secrets(store["driver"].get<std::string>());
      if (store.contains("parameters")) secrets.hide(store["parameters"]);
    }
  }
  if (!session.globals.json) session.out.line("// " + session.out.name(file.string()));
  session.out.line(session.globals.json ? content.dump() : content.dump(2));
  return exit_ok;
}

int path(Session& session) {
  const auto file = session.config_file().string();
  if (session.globals.json) {
    session.out.json({{"path", file}});
  } else {
    session.out.line(session.out.name(file));
  }
  return exit_ok;
}

void add_part(Command& command, Session& session, const char* name, const char* help,
              int (*part)(Session&)) {
  command.add_command(name, help).action([&session, part] { return part(session); });
}

}  // namespace

void add_config(Command& root, Session& session) {
  Command command = root.add_command("config", "Check, show and describe the config file");
  add_part(command, session, "check", "Report every problem with its line number", check);
  add_part(command, session, "show", "Print the config with secrets hidden", show);
  add_part(command, session, "schema", "Print a JSON Schema of the config for the drivers found",
           schema);
  add_part(command, session, "path", "Print the path of the config file in use", path);
  command.require_command();
}

}  // namespace berth::cli
