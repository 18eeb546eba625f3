// SPDX-License-Identifier: Apache-2.0
//
// Draft 2020-12. A store's parameters depend on its driver by one if/then a driver.
#include "cli/config_schema.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace berth::cli {
namespace {

using nlohmann::json;

json object_of(json properties) {
  return {
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

json reference(const char* definition) {
  return {{"$ref", std::string("#/$defs/") + definition}};
}

json value_of(const ParameterInfo& row) {
  if (!row.choices.empty()) return {{"enum", row.choices}};
  if (row.type == "boolean") return {{"type", json::array({"boolean", "string"})}};
  if (row.type == "text") return {{"type", json::array({"string", "number", "boolean", "array"})}};
  json value{{"type", json::array({"integer", "string"})}};
  if (row.minimum && !row.clamped) value["minimum"] = *row.minimum;
  if (row.maximum) value["maximum"] = *row.maximum;
  return value;
}

json parameter(const ParameterInfo& row) {
  json schema{{"description", row.help},
              {"anyOf", json::array({value_of(row), reference("elsewhere")})}};
  if (row.default_value) schema["default"] = *row.default_value;
  if (row.deprecated) schema["deprecated"] = true;
  return schema;
}

// "credentials.type" is a member of the object "credentials". What is required there is not said:
// it may as well be written with the dot.
void place(json& properties, const std::string& key, const ParameterInfo& row) {
  const auto dot = key.find('.');
  if (dot == std::string::npos) {
    properties[key] = parameter(row);
    return;
  }
  auto& inner = properties[key.substr(0, dot)];
  if (inner.is_null()) inner = object_of(json::object());
  place(inner["properties"], key.substr(dot + 1), row);
}

json parameters_of(const DriverInfo& driver) {
  auto schema = object_of(json::object());
  schema["required"] = json::array();
  for (const auto& row : driver.parameters) {
    place(schema["properties"], row.key, row);
    const bool nested = row.key.find('.') != std::string::npos;
    if (row.required && !nested) schema["required"].push_back(row.key);
  }
  return schema;
}

json store_schema(const std::vector<DriverInfo>& drivers) {
  auto schema = object_of({{"driver", {{"type", "string"}}},
                           {"parameters", {{"type", "object"}}},
                           {"limits", reference("limits")},
                           {"paths", {{"enum", {"any", "registry"}}}}});
  schema["required"] = {"driver"};
  schema["allOf"] = json::array();
  for (const auto& driver : drivers) {
    schema["properties"]["driver"]["examples"].push_back(driver.name);
    schema["allOf"].push_back(
        {{"if", {{"properties", {{"driver", {{"const", driver.name}}}}}}},
         {"then", {{"properties", {{"parameters", parameters_of(driver)}}}}}});
  }
  return schema;
}

json definitions() {
  const json text{{"type", "string"}, {"minLength", 1}};
  auto from_environment = object_of({{"env", text}});
  from_environment["required"] = {"env"};
  auto from_file = object_of({{"file", text}});
  from_file["required"] = {"file"};
  return {{"elsewhere",
           {{"description", "A value that is read when the store is opened."},
            {"oneOf", {from_environment, from_file}}}},
          {"limits",
           object_of({{"parallel", {{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}}},
                      {"deadline", {{"type", "string"}, {"examples", {"500ms", "30s", "2m"}}}}})}};
}

json plugins_schema() {
  return object_of({{"directories", {{"type", "array"}, {"items", {{"type", "string"}}}}},
                    {"allowuntrusted", {{"type", "boolean"}}},
                    {"lockfile", {{"type", "string"}}}});
}

}  // namespace

json config_schema(const std::vector<DriverInfo>& drivers) {
  auto schema = object_of(
      {{"$schema", {{"type", "string"}}},
       {"plugins", plugins_schema()},
       {"log",
        object_of({{"level", {{"enum", {"trace", "debug", "info", "warn", "error", "off"}}}}})},
       {"default", {{"type", "string"}}},
       {"stores", {{"type", "object"}, {"additionalProperties", store_schema(drivers)}}}});
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Berth config";
  schema["$defs"] = definitions();
  return schema;
}

}  // namespace berth::cli
