// SPDX-License-Identifier: Apache-2.0
//
// Reading the services' XML documents with pugixml. Every element may be absent, and a document
// that ends too early is a failure of the network that may be retried, never a short answer.
#ifndef BERTH_COMMON_XML_HPP
#define BERTH_COMMON_XML_HPP

#include <cstdint>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace berth::common {

// A parsed document. Nodes live as long as it does.
class Xml {
 public:
  // Throws UNAVAILABLE, retryable, when `body` is no whole document; `what` is what was asked for:
  // "the list of keys". Leading white space and a byte order mark are skipped.
  Xml(std::string_view body, std::string_view what);

  [[nodiscard]] pugi::xml_node root() const { return document_.document_element(); }

 private:
  pugi::xml_document document_;
};

// Text of the first child of that name; empty when it is absent.
[[nodiscard]] std::string xml_text(pugi::xml_node parent, const char* name);
[[nodiscard]] std::optional<uint64_t> xml_number(pugi::xml_node parent, const char* name);
// "true" or "1", in any case. Throws UNAVAILABLE when the element holds anything but a truth value:
// taking an unknown word for "false" would end a listing too early. Absent or empty is false.
[[nodiscard]] bool xml_true(pugi::xml_node parent, const char* name);

// Of a document that is of no use without the element. Throws UNAVAILABLE, retryable, where it is
// absent or not a number; `what` is the owner of the element: "a part".
[[nodiscard]] uint64_t xml_required_number(pugi::xml_node parent, const char* name,
                                           std::string_view what);

// For text of an element or attribute. Characters that XML 1.0 cannot hold become references, which
// the services read all the same.
[[nodiscard]] std::string xml_escape(std::string_view text);

// Whether XML 1.0 can express the text at all: most control characters it cannot, escaped or not.
[[nodiscard]] bool fits_xml(std::string_view text) noexcept;

}  // namespace berth::common

#endif  // BERTH_COMMON_XML_HPP
