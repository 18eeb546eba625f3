// SPDX-License-Identifier: Apache-2.0
#include "common/xml.hpp"

#include <algorithm>
#include <berth/driver.hpp>
#include <charconv>

#include "common/text.hpp"

namespace berth::common {
namespace {

// Names may consist of white space alone, which pugixml drops unless asked.
constexpr unsigned parse_options = pugi::parse_default | pugi::parse_ws_pcdata_single;

std::string_view skip_lead(std::string_view body) {
  static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const size_t start = body.find_first_not_of(" \t\r\n");
  body.remove_prefix(std::min(start, body.size()));
  if (body.substr(0, byte_order_mark.size()) == byte_order_mark)
    body.remove_prefix(byte_order_mark.size());
  return body;
}

}  // namespace

Xml::Xml(std::string_view body, std::string_view what) {
  const std::string_view text = skip_lead(body);
  const pugi::xml_parse_result result =
      document_.load_buffer(text.data(), text.size(), parse_options, pugi::encoding_utf8);
  if (result && root()) return;
  const std::string reason =
      text.empty() ? "is empty" : std::string("is not whole XML: ") + result.description();
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                   "the answer to the request for " + std::string(what) + " " + reason)
      .retryable();
}

std::string xml_text(pugi::xml_node parent, const char* name) {
  return parent.child(name).text().get();
}

std::optional<uint64_t> xml_number(pugi::xml_node parent, const char* name) {
  const std::string text = xml_text(parent, name);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool xml_true(pugi::xml_node parent, const char* name) {
  const std::string text = lower_case(xml_text(parent, name));
  if (text == "true" || text == "1") return true;
  if (text.empty() || text == "false" || text == "0") return false;
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service's answer has '" + text + "' as " + name +
                                                 ", which is neither true nor false");
}

uint64_t xml_required_number(pugi::xml_node parent, const char* name, std::string_view what) {
  if (const auto number = xml_number(parent, name)) return *number;
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                   "the service lists " + std::string(what) + " without a usable " + name)
      .retryable();
}

bool fits_xml(std::string_view text) noexcept {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
  return text.find("\xEF\xBF\xBE") == text.npos && text.find("\xEF\xBF\xBF") == text.npos;
}

std::string xml_escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '"')
      escaped += "&quot;";
    else if (byte < 0x20)
      escaped += "&#" + std::to_string(byte) + ';';
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace berth::common
