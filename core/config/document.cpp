// SPDX-License-Identifier: Apache-2.0
//
// Every check goes on after a problem, so that one run tells all of them.
#include "config/document.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "config/problems.hpp"
#include "config/secrets.hpp"
#include "model/nearest.hpp"
#include "model/parameter_value.hpp"

namespace berth::config {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

const Names& log_levels() {
  static const Names names{"trace", "debug", "info", "warn", "error", "off"};
  return names;
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string_view type_name(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::boolean:
      return "true or false";
    case json::value_t::string:
      return "text";
    case json::value_t::array:
      return "an array";
    case json::value_t::object:
      return "an object";
    default:
      return "a number";
  }
}

// The nearest name, or all of them where none is near and they are few.
std::string instead_of(const std::string& given, const Names& known) {
  constexpr std::size_t max_listed = 8;
  auto text = model::did_you_mean(given, known);
  if (!text.empty() || known.size() > max_listed) return text;
  for (const auto& name : known) text += (text.empty() ? "; there is " : ", ") + name;
  return text;
}

// "[json...101] parse error at line 3, column 5: syntax error ...; last read: '...'": the front is
// told otherwise, the end may be a secret.
std::string syntax_message(std::string_view what) {
  const auto column = what.find("column ");
  const auto colon = column == std::string_view::npos ? column : what.find(": ", column);
  if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
  return std::string(what.substr(0, what.find("; last read")));
}

class Check {
 public:
  Check(std::string_view text, const std::filesystem::path& file)
      : folder_(file.parent_path()), problems_(file, text) {}

  Parsed run(const json& root) && {
    structure();
    if (problems_.index().too_deep().empty()) sections(root);
    return {std::move(document_), problems_.take()};
  }

 private:
  void structure() {
    for (const auto& mark : problems_.index().too_deep()) {
      problems_.at_value(mark.pointer,
                         "nested deeper than " + std::to_string(JsonIndex::max_depth) + " levels");
    }
    for (const auto& mark : problems_.index().duplicates()) {
      problems_.at(problems_.index().position(mark), mark.pointer, "the key is there twice");
    }
  }

  void sections(const json& root) {
    if (!is_object(root, "")) return;
    known_keys(root, "", {"$schema", "plugins", "log", "default", "stores"});
    if (const auto* value = member(root, "plugins")) plugins(*value, "/plugins");
    if (const auto* value = member(root, "log")) log(*value, "/log");
    stores(root);
    if (const auto* value = member(root, "default")) default_store(*value, "/default");
  }

  void plugins(const json& value, const std::string& at) {
    if (!is_object(value, at)) return;
    known_keys(value, at, {"directories", "allowuntrusted", "lockfile"});
    if (const auto* list = member(value, "directories")) directories(*list, at + "/directories");
    read_boolean(value, at, "allowuntrusted", document_.plugins.allow_untrusted);
    std::string lock_file;
    if (read_text(value, at, "lockfile", lock_file)) {
      document_.plugins.lock_file = beside_config(lock_file);
    }
  }

  void directories(const json& list, const std::string& at) {
    if (!list.is_array()) return wrong_type(at, "an array of folders", list);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto here = at + "/" + std::to_string(i);
      if (!is_text(list[i], here)) continue;
      document_.plugins.directories.push_back(beside_config(list[i].get<std::string>()));
    }
  }

  void log(const json& value, const std::string& at) {
    if (!is_object(value, at)) return;
    known_keys(value, at, {"level"});
    std::string level;
    if (!read_text(value, at, "level", level)) return;
    if (is_one_of(level, log_levels(), at + "/level", "log level")) document_.log_level = level;
  }

  void stores(const json& root) {
    const auto* value = member(root, "stores");
    if (value == nullptr || !is_object(*value, "/stores")) return;
    for (const auto& [name, entry] : value->items()) {
      store(name, entry, "/stores/" + escape_pointer(name));
    }
  }

  void store(const std::string& name, const json& value, const std::string& at) {
    check_name(name, at);
    auto& entry = document_.stores[name];
    entry.options.name = name;
    if (!is_object(value, at)) return;
    known_keys(value, at, {"driver", "parameters", "limits", "paths"});
    if (member(value, "driver") == nullptr) {
      problems_.at_key(at, "the store has no driver; say which with \"driver\"");
    }
    read_text(value, at, "driver", entry.driver);
    if (const auto* given = member(value, "parameters")) {
      parameters(*given, at + "/parameters", entry);
    }
    if (const auto* limits = member(value, "limits")) this->limits(*limits, at + "/limits", entry);
    paths(value, at, entry);
  }

  // A place is written STORE:/path, so a name must not look like a path.
  void check_name(const std::string& name, const std::string& at) {
    const auto unfit = [](char c) {
      return c == ':' || c == '/' || static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    };
    if (name.empty()) return problems_.at_key(at, "a store's name must not be empty");
    if (std::any_of(name.begin(), name.end(), unfit)) {
      problems_.at_key(at, "a store's name holds no colon, slash, blank or control character");
    }
  }

  void parameters(const json& value, const std::string& at, StoreEntry& entry) {
    if (!is_object(value, at)) return;
    references(value, at);
    entry.parameters = value;
  }

  void references(const json& value, const std::string& at) {
    for (const auto& [name, inner] : value.items()) {
      const auto here = at + "/" + escape_pointer(name);
      if (is_reference(inner)) {
        if (const auto fault = reference_fault(inner); !fault.empty()) {
          problems_.at_value(here, fault);
        }
      } else if (inner.is_object()) {
        references(inner, here);
      }
    }
  }

  void limits(const json& value, const std::string& at, StoreEntry& entry) {
    if (!is_object(value, at)) return;
    known_keys(value, at, {"parallel", "deadline"});
    if (const auto* given = member(value, "parallel")) parallel(*given, at + "/parallel", entry);
    if (const auto* given = member(value, "deadline")) deadline(*given, at + "/deadline", entry);
  }

  void parallel(const json& value, const std::string& at, StoreEntry& entry) {
    constexpr std::uint32_t max_parallel = 65535;
    if (!value.is_number_integer()) return wrong_type(at, "a whole number", value);
    if (value < 1 || value > max_parallel) {
      return problems_.at_value(at, "must be between 1 and " + std::to_string(max_parallel));
    }
    entry.options.parallel = value.get<std::uint32_t>();
  }

  void deadline(const json& value, const std::string& at, StoreEntry& entry) {
    constexpr std::chrono::milliseconds longest = std::chrono::hours(365 * 24);
    if (!is_text(value, at)) return;
    const auto millis = model::parse_millis(value.get_ref<const std::string&>());
    if (!millis || *millis <= 0) {
      return problems_.at_value(at, "is no duration; write it like \"500ms\", \"30s\" or \"2m\"");
    }
    if (*millis > longest.count()) {
      return problems_.at_value(at, "is too long: at most 365d; leave it out for none");
    }
    entry.options.deadline = std::chrono::milliseconds(*millis);
  }

  void paths(const json& value, const std::string& at, StoreEntry& entry) {
    std::string grammar;
    if (!read_text(value, at, "paths", grammar)) return;
    if (is_one_of(grammar, {"any", "registry"}, at + "/paths", "path grammar")) {
      entry.options.registry_paths = grammar == "registry";
    }
  }

  void default_store(const json& value, const std::string& at) {
    if (!is_text(value, at)) return;
    const auto name = value.get<std::string>();
    Names known;
    for (const auto& [store, entry] : document_.stores) known.push_back(store);
    if (is_one_of(name, known, at, "store")) document_.default_store = name;
  }

  // ---- What the sections share

  static const json* member(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
  }

  void known_keys(const json& object, const std::string& at, const Names& known) {
    for (const auto& [name, value] : object.items()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      problems_.at_key(at + "/" + escape_pointer(name),
                       "unknown key " + in_quotes(name) + model::did_you_mean(name, known));
    }
  }

  bool is_one_of(const std::string& given, const Names& known, const std::string& at,
                 const std::string& what) {
    if (std::find(known.begin(), known.end(), given) != known.end()) return true;
    problems_.at_value(at, "unknown " + what + " " + in_quotes(given) + instead_of(given, known));
    return false;
  }

  void wrong_type(const std::string& at, std::string_view wanted, const json& given) {
    problems_.at_value(at,
                       "wants " + std::string(wanted) + ", not " + std::string(type_name(given)));
  }

  bool is_object(const json& value, const std::string& at) {
    if (!value.is_object()) wrong_type(at, "an object", value);
    return value.is_object();
  }

  bool is_text(const json& value, const std::string& at) {
    if (!value.is_string()) {
      wrong_type(at, "text", value);
    } else if (value.get_ref<const std::string&>().empty()) {
      problems_.at_value(at, "must not be empty");
    } else if (value.get_ref<const std::string&>().find('\0') != std::string::npos) {
      problems_.at_value(at, "holds a NUL character");
    } else {
      return true;
    }
    return false;
  }

  bool read_text(const json& object, const std::string& at, const char* key, std::string& into) {
    const auto* value = member(object, key);
    if (value == nullptr || !is_text(*value, at + "/" + key)) return false;
    into = value->get<std::string>();
    return true;
  }

  void read_boolean(const json& object, const std::string& at, const char* key, bool& into) {
    const auto* value = member(object, key);
    if (value == nullptr) return;
    if (!value->is_boolean()) return wrong_type(at + "/" + key, "true or false", *value);
    into = value->get<bool>();
  }

  std::filesystem::path beside_config(const std::string& path) const {
    auto whole = (folder_ / path).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();  // no slash at the end
  }

  std::filesystem::path folder_;
  Problems problems_;
  Document document_;
};

}  // namespace

Parsed parse(std::string_view text, const std::filesystem::path& file) {
  try {
    const auto root = json::parse(text, nullptr, true, /*ignore_comments=*/true);
    return Check(text, file).run(root);
  } catch (const json::parse_error& error) {
    const auto position = position_of(text, error.byte == 0 ? 0 : error.byte - 1);
    return {{}, {{file, position.line, position.column, "", syntax_message(error.what())}}};
  } catch (const json::exception& error) {  // a number that no type of ours can hold
    return {{}, {{file, 0, 0, "", syntax_message(error.what())}}};
  }
}

}  // namespace berth::config
