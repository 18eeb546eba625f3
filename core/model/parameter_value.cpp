// SPDX-License-Identifier: Apache-2.0
//
// Texts of numbers, sizes and durations. Fractions are not taken: 1536KiB says what 1.5MiB would.
#include "model/parameter_value.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "model/lower_case.hpp"

namespace berth::model {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t kib = 1024, kb = 1000;
constexpr std::array byte_units{Unit{"", 1},
                                Unit{"b", 1},
                                Unit{"k", kib},
                                Unit{"kib", kib},
                                Unit{"kb", kb},
                                Unit{"m", kib* kib},
                                Unit{"mib", kib* kib},
                                Unit{"mb", kb* kb},
                                Unit{"g", kib* kib* kib},
                                Unit{"gib", kib* kib* kib},
                                Unit{"gb", kb* kb* kb},
                                Unit{"t", kib* kib* kib* kib},
                                Unit{"tib", kib* kib* kib* kib},
                                Unit{"tb", kb* kb* kb* kb}};
constexpr std::array time_units{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60 * 1000},
                                Unit{"h", 60 * 60 * 1000}, Unit{"d", 24 * 60 * 60 * 1000}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::int64_t> unit_factor(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units)
    if (unit.name == name) return unit.factor;
  return std::nullopt;
}

std::optional<std::int64_t> scaled(std::int64_t count, std::int64_t factor) {
  if (count > most / factor) return std::nullopt;
  return count * factor;
}

// Takes the digits at the head of text off it.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || !is_digit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return count;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && !is_digit(text[n])) ++n;
  const std::string_view letters = text.substr(0, n);
  text.remove_prefix(n);
  return letters;
}

// Adds "1h" of "1h30m" to total and takes it off text.
bool add_duration(std::string_view& text, std::int64_t& total) {
  const auto count = take_digits(text);
  if (!count) return false;
  const auto factor = unit_factor(time_units, take_letters(text));
  const auto part = factor ? scaled(*count, *factor) : std::nullopt;
  if (!part || *part > most - total) return false;
  total += *part;
  return true;
}

std::string quoted(const berth_param_spec& row, std::string_view text) {
  if ((row.flags & BERTH_PARAM_SECRET) != 0) return "the value";
  constexpr std::size_t shown = 64;
  return "\"" + std::string(text.substr(0, shown)) + (text.size() > shown ? "...\"" : "\"");
}

const char* wanted(std::uint32_t type) {
  switch (type) {
    case BERTH_PARAM_BOOL:
      return "true or false";
    case BERTH_PARAM_INT:
      return "an integer";
    case BERTH_PARAM_BYTES:
      return "a size such as 8388608, 8MiB or 8MB";
    default:
      return "a duration such as 30000 (milliseconds), 30s or 1h30m";
  }
}

std::optional<std::int64_t> parse_number(std::uint32_t type, std::string_view text) {
  switch (type) {
    case BERTH_PARAM_INT:
      return parse_integer(text);
    case BERTH_PARAM_BYTES:
      return parse_bytes(text);
    default:
      return parse_millis(text);
  }
}

std::string limits(const berth_param_spec& row) {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  if (row.maximum == most) return "at least " + number(row.minimum);
  if (row.minimum == std::numeric_limits<std::int64_t>::min())
    return "at most " + number(row.maximum);
  return "from " + number(row.minimum) + " to " + number(row.maximum);
}

const char* unit_of(std::uint32_t type) {
  if (type == BERTH_PARAM_BYTES) return " bytes";
  return type == BERTH_PARAM_MILLIS ? " milliseconds" : "";
}

ParameterValue not_a(const berth_param_spec& row, std::string_view text) {
  return {{}, quoted(row, text) + " is not " + wanted(row.type)};
}

ParameterValue boolean_value(const berth_param_spec& row, std::string_view text) {
  const auto value = parse_boolean(text);
  if (!value) return not_a(row, text);
  return {*value ? "true" : "false", {}};
}

ParameterValue number_value(const berth_param_spec& row, std::string_view text) {
  const auto value = parse_number(row.type, text);
  if (!value) return not_a(row, text);
  const bool bounded = row.minimum != 0 || row.maximum != 0;
  if (bounded && *value < row.minimum && (row.flags & BERTH_PARAM_CLAMP) != 0)
    return {std::to_string(row.minimum), {}};
  if (bounded && (*value < row.minimum || *value > row.maximum))
    return {{},
            quoted(row, text) + " is out of range: it must be " + limits(row) + unit_of(row.type)};
  return {std::to_string(*value), {}};
}

// The choice that text means, as the driver spells it.
std::optional<std::string> find_choice(std::string_view choices, std::string_view text) {
  while (true) {
    const std::size_t bar = choices.find('|');
    const std::string_view choice = choices.substr(0, bar);
    if (lower_case(choice) == lower_case(text)) return std::string(choice);
    if (bar == std::string_view::npos) return std::nullopt;
    choices.remove_prefix(bar + 1);
  }
}

std::string spell_choices(std::string_view choices) {
  std::string text;
  for (const char c : choices) text += c == '|' ? std::string(", ") : std::string(1, c);
  return text;
}

ParameterValue text_value(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return {{}, "the value holds a NUL character"};
  return {std::string(text), {}};
}

ParameterValue typed_value(const berth_param_spec& row, std::string_view text) {
  switch (row.type) {
    case BERTH_PARAM_BOOL:
      return boolean_value(row, text);
    case BERTH_PARAM_INT:
    case BERTH_PARAM_BYTES:
    case BERTH_PARAM_MILLIS:
      return number_value(row, text);
    default:
      return text_value(text);
  }
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = lower_case(text);
  for (const std::string_view yes : {"true", "1", "t", "yes", "on"})
    if (word == yes) return true;
  for (const std::string_view no : {"false", "0", "f", "no", "off"})
    if (word == no) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::string digits = lower_case(text);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  const int base = digits.starts_with("0x") ? 16 : 10;
  if (base == 16) digits.erase(0, 2);
  if (digits.starts_with('-')) return std::nullopt;
  if (negative) digits.insert(0, 1, '-');
  std::int64_t value = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value, base);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  if (const auto plain = parse_integer(text)) return plain;
  const auto count = take_digits(text);
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto factor = unit_factor(byte_units, lower_case(text));
  return count && factor ? scaled(*count, *factor) : std::nullopt;
}

std::optional<std::int64_t> parse_millis(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  if (const auto plain = parse_integer(text)) return plain;
  std::int64_t total = 0;
  while (!text.empty())
    if (!add_duration(text, total)) return std::nullopt;
  return total;
}

ParameterValue canonical_value(const berth_param_spec& row, std::string_view text) {
  ParameterValue value = typed_value(row, text);
  if (!value.fault.empty() || row.choices == nullptr) return value;
  const auto choice = find_choice(row.choices, value.canonical);
  if (!choice) return {{}, quoted(row, text) + " is not one of " + spell_choices(row.choices)};
  return {*choice, {}};
}

}  // namespace berth::model
