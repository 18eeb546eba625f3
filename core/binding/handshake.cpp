// SPDX-License-Identifier: Apache-2.0
//
// Nothing after the sixteen fixed bytes is read before they say that it is there.
#include "binding/handshake.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "model/driver_name.hpp"
#include "model/lower_case.hpp"
#include "model/utf8.hpp"

namespace berth::binding {
namespace {

// Sizes of 1.0, which every driver has at least.
constexpr std::size_t driver_1_0 = offsetof(berth_driver, param_stride) + sizeof(std::uint32_t);
constexpr std::size_t ops_1_0 = offsetof(berth_ops, extension) + sizeof(void*);
constexpr std::size_t spec_1_0 = offsetof(berth_param_spec, maximum) + sizeof(std::int64_t);

[[noreturn]] void refuse(const std::string& why) {
  throw Refused(why);
}

std::string hex(std::uint32_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += digits[(number >> shift) & 15U];
  return text;
}

void check_size(const char* what, std::size_t size, std::size_t least) {
  if (size < least)
    refuse(std::string("its ") + what + " has " + std::to_string(size) + " bytes, at least " +
           std::to_string(least) + " are expected");
}

// The first sixteen bytes, fixed for all time.
void check_prefix(const berth_driver& driver) {
  if (driver.magic != BERTH_MAGIC)
    refuse("its object begins with " + hex(driver.magic) + ", not with Berth's magic number");
  if (driver.abi_major != BERTH_ABI_MAJOR)
    refuse("it was made for major " + std::to_string(driver.abi_major) +
           " of the driver ABI, this host has major " + std::to_string(BERTH_ABI_MAJOR));
  check_size("object", driver.struct_size, driver_1_0);
  if (driver.min_host_minor > BERTH_ABI_MINOR)
    refuse("it needs a host of ABI 1." + std::to_string(driver.min_host_minor) +
           ", this one has 1." + std::to_string(BERTH_ABI_MINOR));
}

template <class Struct>
Struct copy_known(const void* from, std::size_t size) {
  Struct to{};
  std::memcpy(&to, from, std::min(size, sizeof to));
  return to;
}

// A string of the driver, read no further than a NUL is allowed to be away.
std::string_view read_string(const std::string& what, const char* string, std::size_t most) {
  const std::size_t size = ::strnlen(string, most + 1);
  if (size > most) refuse(what + " has more than " + std::to_string(most) + " bytes");
  return {string, size};
}

void check_name(const char* raw, std::string_view expected) {
  if (raw == nullptr) refuse("its object has no name");
  const std::string_view name = read_string("its name", raw, BERTH_MAX_DESCRIPTION_BYTES);
  if (!model::is_driver_name(name))
    refuse("its name \"" + model::one_line(name) + "\" is not of the form [a-z][a-z0-9_]{0,31}");
  if (!expected.empty() && expected != name)
    refuse("its symbol says \"" + std::string(expected) + "\", its object says \"" +
           std::string(name) + "\"");
}

// A string for people, which may be missing.
void check_description(const std::string& what, const char* string) {
  if (string == nullptr) return;
  if (!model::is_plain_text(read_string(what, string, BERTH_MAX_DESCRIPTION_BYTES)))
    refuse(what + " is not UTF-8 without control characters");
}

void check_key(const std::string& row, const char* raw) {
  if (raw == nullptr || *raw == '\0') refuse(row + " has no key");
  const std::string_view key = read_string(row + "'s key", raw, BERTH_MAX_PARAM_KEY_BYTES);
  if (!model::is_visible_ascii(key)) refuse(row + "'s key is not visible ASCII");
}

void check_row(const berth_param_spec& spec, std::size_t number) {
  const std::string row = "its parameter row " + std::to_string(number);
  check_key(row, spec.key);
  check_description(row + "'s default", spec.default_value);
  check_description(row + "'s help", spec.help);
  check_description(row + "'s list of choices", spec.choices);
  if (spec.minimum > spec.maximum) refuse(row + " has a minimum above its maximum");
}

// Without case, as keys are compared when a store is opened.
void check_distinct(const std::vector<berth_param_spec>& rows) {
  std::set<std::string> keys;
  for (const berth_param_spec& row : rows)
    if (!keys.insert(model::lower_case(row.key)).second)
      refuse("its parameter \"" + std::string(row.key) + "\" has two rows");
}

void check_operations(const berth_ops& ops) {
  const std::array required{
      std::pair{"open", ops.open != nullptr},
      std::pair{"close", ops.close != nullptr},
      std::pair{"caps", ops.caps != nullptr},
      std::pair{"put", ops.put != nullptr},
      std::pair{"stat", ops.stat != nullptr},
      std::pair{"list", ops.list != nullptr},
      std::pair{"move", ops.move != nullptr},
      std::pair{"remove", ops.remove != nullptr},
      std::pair{"reader_open", ops.reader_open != nullptr},
      std::pair{"reader_read", ops.reader_read != nullptr},
      std::pair{"reader_close", ops.reader_close != nullptr},
      std::pair{"writer_open", ops.writer_open != nullptr},
      std::pair{"writer_write", ops.writer_write != nullptr},
      std::pair{"writer_size", ops.writer_size != nullptr},
      std::pair{"writer_commit", ops.writer_commit != nullptr},
      std::pair{"writer_cancel", ops.writer_cancel != nullptr},
      std::pair{"writer_close", ops.writer_close != nullptr},
  };
  std::string missing;
  for (const auto& [name, present] : required)
    if (!present) missing += (missing.empty() ? "" : ", ") + std::string(name);
  if (!missing.empty()) refuse("its table lacks required functions: " + missing);
}

berth_ops copy_operations(const berth_ops* ops) {
  if (ops == nullptr) refuse("its object has no table of functions");
  check_size("table of functions", ops->struct_size, ops_1_0);
  const auto copy = copy_known<berth_ops>(ops, ops->struct_size);
  check_operations(copy);
  return copy;
}

std::vector<berth_param_spec> copy_rows(const berth_driver& driver) {
  if (driver.param_count == 0) return {};
  if (driver.params == nullptr) refuse("it announces parameters but has none");
  if (driver.param_count > BERTH_MAX_PARAMS)
    refuse("it announces " + std::to_string(driver.param_count) + " parameters");
  check_size("parameter row", driver.param_stride, spec_1_0);
  if (driver.param_stride > BERTH_MAX_PARAM_STRIDE)
    refuse("its parameter row has " + std::to_string(driver.param_stride) + " bytes, at most " +
           std::to_string(BERTH_MAX_PARAM_STRIDE) + " are expected");
  std::vector<berth_param_spec> rows;
  const auto* at = reinterpret_cast<const std::byte*>(driver.params);
  for (std::uint32_t i = 0; i < driver.param_count; ++i, at += driver.param_stride) {
    rows.push_back(copy_known<berth_param_spec>(at, driver.param_stride));
    check_row(rows.back(), i + 1);
  }
  check_distinct(rows);
  return rows;
}

const char* or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

}  // namespace

DriverTable accept(const berth_driver* exported, std::string_view name) {
  if (exported == nullptr) refuse("there is no driver object");
  check_prefix(*exported);
  DriverTable table;
  table.driver = copy_known<berth_driver>(exported, exported->struct_size);
  check_name(table.driver.name, name);
  if (table.driver.thread_model > BERTH_THREADS_PARALLEL)
    refuse("its thread model " + std::to_string(table.driver.thread_model) + " is not known");
  table.ops = copy_operations(table.driver.ops);
  table.params = copy_rows(table.driver);
  check_description("its version", table.driver.version);
  check_description("its vendor", table.driver.vendor);
  check_description("its summary", table.driver.summary);
  table.driver.version = or_empty(table.driver.version);
  table.driver.vendor = or_empty(table.driver.vendor);
  table.driver.summary = or_empty(table.driver.summary);
  table.driver.ops = nullptr;
  table.driver.params = nullptr;
  return table;
}

}  // namespace berth::binding
