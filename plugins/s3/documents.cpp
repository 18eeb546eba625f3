// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include "common/dates.hpp"
#include "common/uri.hpp"
#include "common/xml.hpp"

namespace berth::s3 {
namespace {

using common::xml_escape;
using common::xml_text;

constexpr std::string_view name_space = "http://s3.amazonaws.com/doc/2006-03-01/";

std::string element(const char* name, std::string_view text) {
  return '<' + std::string(name) + '>' + xml_escape(text) + "</" + name + '>';
}

std::string document(const char* root, const std::string& content) {
  return "<" + std::string(root) + " xmlns=\"" + std::string(name_space) + "\">" + content + "</" +
         root + ">";
}

// Keys come encoded when the service honours encoding-type, and plain when it does not.
class Names {
 public:
  explicit Names(pugi::xml_node root) : encoded_(xml_text(root, "EncodingType") == "url") {}

  std::string operator()(pugi::xml_node parent, const char* name) const {
    std::string text = xml_text(parent, name);
    return encoded_ ? common::form_decode(text) : text;
  }

 private:
  bool encoded_;
};

common::KeyEntry read_object(pugi::xml_node node, const Names& names) {
  common::KeyEntry entry;
  entry.key = names(node, "Key");
  entry.size = common::xml_number(node, "Size").value_or(0);
  entry.mtime_ns = common::parse_iso_date(xml_text(node, "LastModified"));
  entry.etag = xml_text(node, "ETag");
  return entry;
}

}  // namespace

std::string complete_document(const std::vector<Part>& parts, const char* checksum_element) {
  std::string content;
  for (const Part& part : parts) {
    content +=
        "<Part>" + element("PartNumber", std::to_string(part.number)) + element("ETag", part.etag);
    if (checksum_element && !part.checksum.empty())
      content += element(checksum_element, part.checksum);
    content += "</Part>";
  }
  return document("CompleteMultipartUpload", content);
}

std::string delete_document(const std::vector<std::string>& keys) {
  std::string content = element("Quiet", "true");
  for (const std::string& key : keys) content += "<Object>" + element("Key", key) + "</Object>";
  return document("Delete", content);
}

common::Page read_keys(std::string_view body) {
  const common::Xml xml(body, "the list of keys");
  const pugi::xml_node root = xml.root();
  const Names names(root);
  common::Page page;
  for (const pugi::xml_node node : root.children("Contents"))
    page.entries.push_back(read_object(node, names));
  for (const pugi::xml_node node : root.children("CommonPrefixes"))
    page.entries.push_back({names(node, "Prefix"), true, 0, {}, {}});
  page.token = xml_text(root, "NextContinuationToken");
  page.more = common::xml_true(root, "IsTruncated") || !page.token.empty();
  return page;
}

PartPage read_parts(std::string_view body, const char* checksum_element) {
  const common::Xml xml(body, "the list of parts");
  PartPage page;
  for (const pugi::xml_node node : xml.root().children("Part")) {
    Part part;
    part.number = static_cast<int>(common::xml_number(node, "PartNumber").value_or(0));
    part.etag = xml_text(node, "ETag");
    part.size = common::xml_number(node, "Size").value_or(0);
    if (checksum_element) part.checksum = xml_text(node, checksum_element);
    page.parts.push_back(std::move(part));
  }
  page.more = common::xml_true(xml.root(), "IsTruncated");
  page.marker = xml_text(xml.root(), "NextPartNumberMarker");
  if (page.marker.empty() && !page.parts.empty())
    page.marker = std::to_string(page.parts.back().number);
  return page;
}

UploadPage read_uploads(std::string_view body) {
  const common::Xml xml(body, "the list of uploads");
  const pugi::xml_node root = xml.root();
  const Names names(root);
  UploadPage page;
  for (const pugi::xml_node node : root.children("Upload"))
    page.uploads.push_back(
        {names(node, "Key"), xml_text(node, "UploadId"), xml_text(node, "Initiated")});
  page.more = common::xml_true(root, "IsTruncated");
  page.key_marker = names(root, "NextKeyMarker");
  page.id_marker = xml_text(root, "NextUploadIdMarker");
  if (page.key_marker.empty() && !page.uploads.empty()) {
    page.key_marker = page.uploads.back().key;
    page.id_marker = page.uploads.back().id;
  }
  return page;
}

std::vector<DeleteFailure> read_delete_failures(std::string_view body) {
  const common::Xml xml(body, "a deletion");
  std::vector<DeleteFailure> failures;
  for (const pugi::xml_node node : xml.root().children("Error"))
    failures.push_back({xml_text(node, "Key"), xml_text(node, "Code"), xml_text(node, "Message")});
  return failures;
}

std::string read_upload_id(std::string_view body) {
  const common::Xml xml(body, "a new upload");
  return xml_text(xml.root(), "UploadId");
}

std::string read_etag(std::string_view body) {
  const common::Xml xml(body, "a finished copy or upload");
  return xml_text(xml.root(), "ETag");
}

}  // namespace berth::s3
