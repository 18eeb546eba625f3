// SPDX-License-Identifier: Apache-2.0
//
// The factory functions over the registry of the process.
#include <berth/factory.hpp>

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "binding/open_store.hpp"
#include "binding/registry.hpp"
#include "model/log.hpp"
#include "model/parameters.hpp"

namespace berth {
namespace {

using binding::Driver;
using binding::Registry;

std::string type_name(std::uint32_t type) {
  constexpr std::array names{"text", "text", "boolean", "integer", "bytes", "duration"};
  return type < names.size() ? names[type] : "text";
}

std::string thread_model_name(std::uint16_t model) {
  constexpr std::array names{"one call per driver", "one call per store", "parallel"};
  return names[model];  // checked by the handshake
}

std::vector<std::string> split_choices(const char* choices) {
  std::vector<std::string> parts;
  if (choices == nullptr) return parts;
  std::string_view rest = choices;
  for (std::size_t bar = rest.find('|'); bar != std::string_view::npos; bar = rest.find('|')) {
    parts.emplace_back(rest.substr(0, bar));
    rest.remove_prefix(bar + 1);
  }
  parts.emplace_back(rest);
  return parts;
}

ParameterInfo to_info(const berth_param_spec& row) {
  const auto has = [&row](std::uint32_t flag) { return (row.flags & flag) != 0; };
  ParameterInfo info;
  info.key = row.key;
  info.type = type_name(row.type);
  info.required = has(BERTH_PARAM_REQUIRED);
  info.secret = has(BERTH_PARAM_SECRET);
  info.deprecated = has(BERTH_PARAM_DEPRECATED);
  info.clamped = has(BERTH_PARAM_CLAMP);
  info.path = has(BERTH_PARAM_PATH);
  if (row.default_value != nullptr) info.default_value = row.default_value;
  if (row.help != nullptr) info.help = row.help;
  info.choices = split_choices(row.choices);
  if (row.minimum != 0 || row.maximum != 0) info.minimum = row.minimum, info.maximum = row.maximum;
  return info;
}

std::vector<std::string> operations_of(const berth_ops& ops) {
  std::vector<std::string> names;
  if (ops.get != nullptr) names.emplace_back("get");
  if (ops.walk != nullptr) names.emplace_back("walk");
  if (ops.copy != nullptr) names.emplace_back("copy");
  if (ops.url_for != nullptr) names.emplace_back("url_for");
  if (ops.reader_info != nullptr) names.emplace_back("reader_info");
  if (ops.read_ranges != nullptr) names.emplace_back("read_ranges");
  return names;
}

DriverInfo to_info(const Driver& driver) {
  const berth_driver& object = driver.table().driver;
  DriverInfo info;
  info.name = driver.name();
  info.version = object.version;
  info.vendor = object.vendor;
  info.summary = object.summary;
  info.abi = std::to_string(object.abi_major) + "." + std::to_string(object.abi_minor);
  info.thread_model = thread_model_name(object.thread_model);
  info.file = driver.file();
  info.operations = operations_of(driver.ops());
  for (const berth_param_spec& row : driver.table().params) info.parameters.push_back(to_info(row));
  return info;
}

void log_warnings(const std::string& who, const model::CheckedParameters& checked) {
  for (const model::ParameterProblem& problem : checked.problems)
    if (problem.warning) model::log(model::LogLevel::warn, who, to_string(problem));
}

}  // namespace

namespace factory {

Store create(std::string_view name, const nlohmann::json& parameters) {
  return create(name, parameters, StoreOptions{});
}

Store create(std::string_view name, const nlohmann::json& parameters, const StoreOptions& options) {
  const Driver& known = Registry::of_process().find(name);
  const model::CheckedParameters checked =
      model::check_parameters(parameters, known.table().params);
  model::require_valid(name, options.name, checked);
  log_warnings(options.name.empty() ? std::string(name) : options.name, checked);
  Driver& driver = Registry::of_process().ready(name);
  return Store(binding::OpenStore::open(driver, checked, options));
}

void register_driver(const berth_driver& driver) {
  Registry::of_process().add(driver);
}

void configure(const PluginSearch& search) {
  Registry::of_process().configure(search);
}

std::vector<Candidate> scan() {
  return Registry::of_process().scan();
}

std::vector<std::filesystem::path> directories() {
  return Registry::of_process().directories();
}

DriverInfo describe(std::string_view name) {
  return to_info(Registry::of_process().find(name));
}

std::vector<std::string> load(const std::filesystem::path& plugin) {
  return Registry::of_process().load(plugin);
}

}  // namespace factory

void shutdown() noexcept {
  binding::Registry::of_process().shutdown();
}

}  // namespace berth
