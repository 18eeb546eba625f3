// SPDX-License-Identifier: Apache-2.0
//
// The same check as at open, but with places, and with secrets not read: a value that is elsewhere
// is taken to be right.
#include "config/row_check.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "config/problems.hpp"
#include "config/secrets.hpp"
#include "model/lower_case.hpp"
#include "model/nearest.hpp"
#include "model/parameters.hpp"

namespace berth::config {
namespace {

using nlohmann::json;

std::uint32_t type_of(const std::string& name) {
  if (name == "boolean") return BERTH_PARAM_BOOL;
  if (name == "integer") return BERTH_PARAM_INT;
  if (name == "bytes") return BERTH_PARAM_BYTES;
  return name == "duration" ? BERTH_PARAM_MILLIS : BERTH_PARAM_STRING;
}

std::uint32_t flags_of(const ParameterInfo& row) {
  return (row.required ? BERTH_PARAM_REQUIRED : 0U) | (row.secret ? BERTH_PARAM_SECRET : 0U) |
         (row.deprecated ? BERTH_PARAM_DEPRECATED : 0U) | (row.clamped ? BERTH_PARAM_CLAMP : 0U);
}

// The rows of a driver as the check wants them; borrows from the info.
class Rows {
 public:
  explicit Rows(const DriverInfo& info) {
    for (const auto& row : info.parameters) choices_.push_back(joined(row.choices));
    for (std::size_t i = 0; i < choices_.size(); ++i) add(info.parameters[i], choices_[i]);
  }
  const std::vector<berth_param_spec>& all() const noexcept { return rows_; }

 private:
  static std::string joined(const std::vector<std::string>& choices) {
    std::string all;
    for (const auto& choice : choices) all += (all.empty() ? "" : "|") + choice;
    return all;
  }

  void add(const ParameterInfo& row, const std::string& choices) {
    rows_.push_back({.key = row.key.c_str(),
                     .type = type_of(row.type),
                     .flags = flags_of(row),
                     .default_value = row.default_value ? row.default_value->c_str() : nullptr,
                     .help = row.help.c_str(),
                     .choices = choices.empty() ? nullptr : choices.c_str(),
                     .minimum = row.minimum.value_or(0),
                     .maximum = row.maximum.value_or(0)});
  }

  std::vector<std::string> choices_;
  std::vector<berth_param_spec> rows_;
};

// "credentials.type" -> "/credentials/type"
std::string pointer_of(const json& parameters, const std::string& key) {
  if (key.empty()) return {};
  if (parameters.is_object() && parameters.contains(key)) return "/" + escape_pointer(key);
  const auto dot = key.find('.');
  const auto head = key.substr(0, dot);
  if (dot == std::string::npos || !parameters.is_object() || !parameters.contains(head)) return {};
  return "/" + escape_pointer(head) + pointer_of(parameters.at(head), key.substr(dot + 1));
}

bool is_secret(const DriverInfo& driver, const std::string& key) {
  return std::any_of(driver.parameters.begin(), driver.parameters.end(), [&](const auto& row) {
    return row.secret && model::lower_case(row.key) == model::lower_case(key);
  });
}

bool is_word(std::string_view text, std::string_view punctuation) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || punctuation.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// "http://host:3128", with no user, path or query to hide anything in.
bool is_bare_url(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || !is_word(text.substr(0, scheme), "")) return false;
  auto host = text.substr(scheme + 3);
  if (!host.empty() && host.back() == '/') host.remove_suffix(1);
  return is_word(host, ".-:[]");
}

// A proxy is a secret for the sake of the password that its URL may hold; most hold none.
bool tells_something(const json& value) {
  if (!value.is_string()) return !value.is_null();
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && text != "none" && !is_bare_url(text);
}

void collect_clear_secrets(const json& value, const DriverInfo& driver, const std::string& at,
                           const std::string& prefix, std::vector<std::string>& found) {
  for (const auto& [name, member] : value.items()) {
    const auto here = at + "/" + escape_pointer(name);
    if (member.is_object()) {
      if (is_reference(member)) continue;
      collect_clear_secrets(member, driver, here, prefix + name + ".", found);
    } else if (tells_something(member) && is_secret(driver, prefix + name)) {
      found.push_back(here);
    }
  }
}

class RowCheck {
 public:
  RowCheck(const Document& document, const FileText& content, const std::filesystem::path& file)
      : document_(document),
        world_readable_(content.world_readable),
        folder_(file.parent_path()),
        problems_(file, content.text) {}

  std::vector<ConfigProblem> run() && {
    factory::configure(document_.plugins);
    for (const auto& [name, entry] : document_.stores) {
      store(entry, "/stores/" + escape_pointer(name));
    }
    return problems_.take();
  }

 private:
  void store(const StoreEntry& entry, const std::string& at) {
    references(entry.parameters, "", at + "/parameters");
    try {
      parameters(entry, factory::describe(entry.driver), at + "/parameters");
    } catch (const InvalidStorageDriverError&) {
      problems_.at_value(at + "/driver", "no plugin holds a driver \"" + entry.driver + "\"" +
                                             model::did_you_mean(entry.driver, known_drivers()) +
                                             "; berth drivers shows what was found");
    } catch (const Error& error) {
      problems_.at_value(at + "/driver", error.what());
    }
  }

  // A warning only: whoever opens the store may have the variable or the file.
  void references(const json& value, const std::string& prefix, const std::string& at) {
    for (const auto& [name, member] : value.items()) {
      const auto here = at + "/" + escape_pointer(name);
      if (is_reference(member)) {
        const auto missing = missing_value(prefix + name, member, folder_);
        if (!missing.empty()) problems_.at_value(here, missing, /*warning=*/true);
      } else if (member.is_object()) {
        references(member, prefix + name + ".", here);
      }
    }
  }

  static std::vector<std::string> known_drivers() {
    std::vector<std::string> names;
    for (const auto& candidate : factory::scan()) {
      names.insert(names.end(), candidate.drivers.begin(), candidate.drivers.end());
    }
    return names;
  }

  void parameters(const StoreEntry& entry, const DriverInfo& info, const std::string& at) {
    const Rows rows(info);
    std::set<std::string> elsewhere;
    const auto visible = without_references(entry.parameters, "", elsewhere);
    for (const auto& problem : model::check_parameters(visible, rows.all()).problems) {
      const bool referenced = elsewhere.count(model::lower_case(problem.key)) > 0;
      if (referenced && is_row(info, problem.key)) continue;
      problems_.at_key(at + pointer_of(entry.parameters, problem.key), model::to_string(problem),
                       problem.warning);
    }
    if (!world_readable_) return;
    for (const auto& pointer : clear_secrets(entry.parameters, info)) {
      problems_.at_key(at + pointer,
                       "a secret in clear text in a file that everybody may read; write "
                       R"({"env": NAME} or {"file": PATH} instead, or chmod go-r the file)",
                       /*warning=*/true);
    }
  }

  // References as empty texts; their keys, in lower case, to `elsewhere`.
  static json without_references(const json& value, const std::string& key,
                                 std::set<std::string>& elsewhere) {
    if (!value.is_object()) return value;
    if (!key.empty() && is_reference(value)) {
      elsewhere.insert(model::lower_case(key));
      return "";
    }
    auto visible = json::object();
    for (const auto& [name, member] : value.items()) {
      visible[name] = without_references(member, key.empty() ? name : key + "." + name, elsewhere);
    }
    return visible;
  }

  static bool is_row(const DriverInfo& info, const std::string& key) {
    return std::any_of(info.parameters.begin(), info.parameters.end(), [&](const auto& row) {
      return model::lower_case(row.key) == model::lower_case(key);
    });
  }

  const Document& document_;
  bool world_readable_;
  const std::filesystem::path folder_;
  Problems problems_;
};

}  // namespace

std::vector<ConfigProblem> check_rows(const Document& document, const FileText& content,
                                      const std::filesystem::path& file) {
  return RowCheck(document, content, file).run();
}

std::vector<std::string> clear_secrets(const json& parameters, const DriverInfo& driver) {
  std::vector<std::string> found;
  collect_clear_secrets(parameters, driver, "", "", found);
  return found;
}

}  // namespace berth::config
