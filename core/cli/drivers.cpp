// SPDX-License-Identifier: Apache-2.0
//
// berth drivers, berth describe: what was found where, and what a driver takes. No store is opened,
// and `drivers` runs no code of a plugin.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/factory.hpp>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

namespace berth::cli {
namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& texts, const char* separator) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : separator) + text;
  return all;
}

json to_json(const Candidate& candidate) {
  return {{"path", candidate.path.string()},
          {"verdict", std::string(to_string(candidate.verdict))},
          {"reason", candidate.reason},
          {"drivers", candidate.drivers}};
}

void print_candidates(Session& session, const std::vector<Candidate>& candidates) {
  Table table({"DRIVER", "VERDICT", "FILE", "WHY"});
  for (const auto& candidate : candidates) {
    const auto names = joined(candidate.drivers, ",");
    table.row({names.empty() ? "-" : names, std::string(to_string(candidate.verdict)),
               session.out.name(candidate.path.string()), session.out.name(candidate.reason)});
  }
  session.out.write(table.text());
}

int drivers(Session& session) {
  session.configure_plugins();
  const auto candidates = factory::scan();
  if (session.globals.json) {
    for (const auto& candidate : candidates) session.out.json(to_json(candidate));
    return 0;
  }
  if (!candidates.empty()) print_candidates(session, candidates);
  std::vector<std::string> folders;
  for (const auto& folder : factory::directories()) folders.push_back(folder.string());
  if (candidates.empty()) session.out.line("No plugin files in " + joined(folders, ", ") + ".");
  return 0;
}

json to_json(const ParameterInfo& row) {
  json object{{"key", row.key},           {"type", row.type},     {"help", row.help},
              {"required", row.required}, {"secret", row.secret}, {"deprecated", row.deprecated},
              {"path", row.path}};
  if (row.default_value) object["default"] = *row.default_value;
  if (!row.choices.empty()) object["choices"] = row.choices;
  if (row.minimum) object["minimum"] = *row.minimum;
  if (row.maximum) object["maximum"] = *row.maximum;
  return object;
}

json to_json(const DriverInfo& info) {
  json rows = json::array();
  for (const auto& row : info.parameters) rows.push_back(to_json(row));
  return {{"name", info.name},
          {"version", info.version},
          {"vendor", info.vendor},
          {"summary", info.summary},
          {"abi", info.abi},
          {"threads", info.thread_model},
          {"file", info.file.string()},
          {"operations", info.operations},
          {"parameters", std::move(rows)}};
}

// "required", "default 10485760", "one of a, b", "5 to 10", "secret"
std::string remarks(const ParameterInfo& row) {
  std::vector<std::string> all;
  if (row.required) all.emplace_back("required");
  if (row.secret) all.emplace_back("secret");
  if (row.deprecated) all.emplace_back("deprecated");
  if (row.path) all.emplace_back("a local path");
  if (row.default_value && !row.default_value->empty())
    all.push_back("default " + *row.default_value);
  if (!row.choices.empty()) all.push_back("one of " + joined(row.choices, " "));
  if (row.minimum) all.push_back("at least " + std::to_string(*row.minimum));
  if (row.maximum) all.push_back("at most " + std::to_string(*row.maximum));
  return joined(all, ", ");
}

void print_driver(Session& session, const DriverInfo& info) {
  auto& out = session.out;
  out.line(info.name + " " + info.version + ": " + info.summary);
  Table facts({"", ""});
  facts.row({"vendor", info.vendor});
  facts.row({"file", info.file.empty() ? "(in this process)" : info.file.string()});
  facts.row({"ABI", info.abi});
  facts.row({"threads", info.thread_model});
  facts.row({"operations", joined(info.operations, " ")});
  out.write(facts.text());
  out.line("");
  Table table({"PARAMETER", "TYPE", "", "HELP"});
  for (const auto& row : info.parameters) table.row({row.key, row.type, remarks(row), row.help});
  out.write(table.text());
}

int describe(Session& session, const std::string& name) {
  session.configure_plugins();
  const auto info = factory::describe(name);
  if (session.globals.json) {
    session.out.json(to_json(info));
  } else {
    print_driver(session, info);
  }
  return 0;
}

}  // namespace

void add_drivers(Command& root, Session& session) {
  Command command =
      root.add_command("drivers", "List the plugins found, and why any were rejected");
  command.action([&session] { return drivers(session); });
}

void add_describe(Command& root, Session& session) {
  Command command = root.add_command("describe", "What a driver is and which parameters it takes");
  auto name = std::make_shared<std::string>();
  command.add("DRIVER", *name, "Driver name, as shown by `berth drivers`").required();
  command.action([&session, name] { return describe(session, *name); });
}

}  // namespace berth::cli
