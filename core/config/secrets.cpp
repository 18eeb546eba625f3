// SPDX-License-Identifier: Apache-2.0
//
// Depth is bounded by JsonIndex::max_depth, so recursion over a checked document is safe.
#include "config/secrets.hpp"

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "config/private_file.hpp"

namespace berth::config {
namespace {

std::string from_environment(const std::string& key, const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) {
    throw SecretMissing("parameter " + key + ": the environment variable " + variable +
                        " is not set");
  }
  if (*value == '\0') {
    throw SecretMissing("parameter " + key + ": the environment variable " + variable +
                        " is empty");
  }
  return value;
}

std::string from_file(const std::string& key, const std::filesystem::path& file) {
  try {
    return read_secret_file(file);
  } catch (const FileRefused& refused) {
    throw SecretMissing("parameter " + key + ": the file " + file.string() + " " + refused.what());
  }
}

nlohmann::json resolve(const std::string& key, const nlohmann::json& value,
                       const std::filesystem::path& folder) {
  if (!value.is_object()) return value;
  if (is_reference(value)) {
    if (value.contains("env")) return from_environment(key, value.at("env").get<std::string>());
    return from_file(key, folder / value.at("file").get<std::string>());
  }
  auto resolved = nlohmann::json::object();
  for (const auto& [name, member] : value.items()) {
    resolved[name] = resolve(key.empty() ? name : key + "." + name, member, folder);
  }
  return resolved;
}

}  // namespace

bool is_reference(const nlohmann::json& value) {
  return value.is_object() && (value.contains("env") || value.contains("file"));
}

std::string reference_fault(const nlohmann::json& value) {
  if (value.size() != 1) {
    return R"(a value from elsewhere is {"env": NAME} or {"file": PATH}, with nothing beside it)";
  }
  const auto member = value.begin();
  if (!member->is_string() || member->get_ref<const std::string&>().empty()) {
    return member.key() == "env" ? "env wants the name of an environment variable"
                                 : "file wants the path of a file";
  }
  if (member->get_ref<const std::string&>().find('\0') != std::string::npos) {
    return member.key() + " holds a NUL character";
  }
  return {};
}

std::string missing_value(const std::string& key, const nlohmann::json& reference,
                          const std::filesystem::path& folder) {
  try {
    static_cast<void>(resolve(key, reference, folder));
    return {};
  } catch (const SecretMissing& missing) {
    return missing.what();
  }
}

nlohmann::json resolve_references(const nlohmann::json& parameters,
                                  const std::filesystem::path& folder) {
  auto resolved = nlohmann::json::object();
  for (const auto& [name, value] : parameters.items()) {
    resolved[name] = resolve(name, value, folder);
  }
  return resolved;
}

}  // namespace berth::config
