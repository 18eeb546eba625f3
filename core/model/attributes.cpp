// SPDX-License-Identifier: Apache-2.0
//
// The names are tokens because most drivers store them as HTTP headers.
#include "model/attributes.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "model/utf8.hpp"

namespace berth::model {
namespace {

// RFC 9110, section 5.6.2, without capital letters.
bool is_token_character(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

constexpr std::string_view headers[] = {"content-type", "cache-control", "content-encoding",
                                        "content-disposition", "content-language"};

std::string value_fault(const std::string& name, const std::string& value) {
  const std::string start = "the value of the attribute \"" + name + "\" ";
  if (!is_plain_text(value)) return start + "is not UTF-8 without control characters";
  if (std::ranges::find(headers, name) == std::end(headers)) return {};
  const bool ascii = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
  if (!ascii) return start + "is not ASCII, as the value of an HTTP header must be";
  if (value.empty() || value.front() == ' ' || value.back() == ' ')
    return start + "is empty, or begins or ends with a blank";
  return {};
}

std::string name_fault(const std::string& name) {
  const std::string quoted = "the attribute name \"" + one_line(name.substr(0, 140)) + "\" ";
  if (name.empty()) return "an attribute has an empty name";
  if (name.size() > max_attribute_name_bytes)
    return quoted + "has more than " + std::to_string(max_attribute_name_bytes) + " bytes";
  if (!std::ranges::all_of(name, is_token_character))
    return quoted + "is not a token of lower-case letters, digits and !#$%&'*+-.^_`|~";
  if (name.starts_with("berth-")) return quoted + "begins with \"berth-\", which is reserved";
  return {};
}

}  // namespace

std::string attribute_fault(const Attributes& attributes) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : attributes) {
    if (std::string fault = name_fault(name); !fault.empty()) return fault;
    if (std::string fault = value_fault(name, value); !fault.empty()) return fault;
    bytes += name.size() + value.size();
  }
  if (bytes > max_attribute_bytes)
    return "the attributes have " + std::to_string(bytes) + " bytes, at most " +
           std::to_string(max_attribute_bytes) + " are allowed";
  return {};
}

}  // namespace berth::model
