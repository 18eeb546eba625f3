// SPDX-License-Identifier: Apache-2.0
//
// Names in an answer are percent-encoded only where the answer says so: not every service honours
// the request for encoded names.
#include "bucket/documents.hpp"

#include <algorithm>

#include "common/dates.hpp"
#include "common/uri.hpp"
#include "common/xml.hpp"

namespace berth::bucket {
namespace {

std::string element(const char* name, std::string_view text) {
  return '<' + std::string(name) + '>' + common::xml_escape(text) + "</" + name + '>';
}

std::string document(const char* root, std::string_view name_space, const std::string& content) {
  const std::string mark =
      name_space.empty() ? std::string() : " xmlns=\"" + std::string(name_space) + '"';
  return '<' + std::string(root) + mark + '>' + content + "</" + root + ">";
}

// The names in one answer, decoded.
class Names {
 public:
  explicit Names(pugi::xml_node root)
      : encoded_(is_encoded(common::xml_text(root, "EncodingType"))) {}

  std::string operator()(pugi::xml_node parent, const char* name) const {
    std::string text = common::xml_text(parent, name);
    return encoded_ ? common::form_decode(text) : text;
  }

  std::string required(pugi::xml_node parent, const char* name) const {
    std::string text = (*this)(parent, name);
    if (!text.empty()) return text;
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service lists an entry without a " + std::string(name))
        .retryable();
  }

 private:
  static bool is_encoded(const std::string& type) {
    if (type == "url") return true;
    if (type.empty()) return false;
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service lists names in the unknown encoding '" + type + "'");
  }

  bool encoded_;
};

common::KeyEntry read_object(pugi::xml_node node, const Names& names) {
  common::KeyEntry entry;
  entry.key = names.required(node, "Key");
  entry.size = common::xml_number(node, "Size");
  entry.mtime_ns = common::parse_date(common::xml_text(node, "LastModified"));
  entry.etag = common::xml_text(node, "ETag");
  return entry;
}

std::string required_id(pugi::xml_node upload) {
  std::string id = common::xml_text(upload, "UploadId");
  if (!id.empty()) return id;
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service lists an upload without its UploadId")
      .retryable();
}

PartTag read_tag(pugi::xml_node node, const char* checksum_element) {
  return {common::xml_text(node, "ETag"),
          checksum_element ? common::xml_text(node, checksum_element) : ""};
}

}  // namespace

PartTag PartTag::parse(std::string_view text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  return {std::string(text.substr(0, blank)),
          std::string(text.substr(std::min(blank + 1, text.size())))};
}

std::string complete_document(const std::vector<common::Part>& parts, std::string_view name_space,
                              const char* checksum_element) {
  std::string content;
  for (const common::Part& part : parts) {
    const PartTag tag = PartTag::parse(part.tag);
    content +=
        "<Part>" + element("PartNumber", std::to_string(part.number)) + element("ETag", tag.etag);
    if (checksum_element && !tag.checksum.empty())
      content += element(checksum_element, tag.checksum);
    content += "</Part>";
  }
  return document("CompleteMultipartUpload", name_space, content);
}

std::string delete_document(const std::vector<std::string>& keys, std::string_view name_space,
                            bool quiet) {
  std::string content = element("Quiet", quiet ? "true" : "false");
  for (const std::string& key : keys) content += "<Object>" + element("Key", key) + "</Object>";
  return document("Delete", name_space, content);
}

common::Page read_keys(const common::Xml& xml) {
  const pugi::xml_node root = xml.root();
  const Names names(root);
  common::Page page;
  for (const pugi::xml_node node : root.children("Contents"))
    page.entries.push_back(read_object(node, names));
  for (const pugi::xml_node node : root.children("CommonPrefixes"))
    page.entries.push_back({names.required(node, "Prefix"), true, {}, {}, {}});
  page.token = common::xml_text(root, "NextContinuationToken");
  // Each of these may be absent. A service that knows only version 1 sends a marker.
  page.more = common::xml_true(root, "IsTruncated") || !page.token.empty() ||
              (!root.child("IsTruncated") && !common::xml_text(root, "NextMarker").empty());
  return page;
}

PartPage read_parts(const common::Xml& xml, const char* checksum_element) {
  PartPage page;
  for (const pugi::xml_node node : xml.root().children("Part")) {
    common::Part part;
    part.number = static_cast<uint32_t>(common::xml_required_number(node, "PartNumber", "a part"));
    part.size = common::xml_required_number(node, "Size", "a part");
    part.tag = read_tag(node, checksum_element).text();
    page.parts.push_back(std::move(part));
  }
  page.more = common::xml_true(xml.root(), "IsTruncated");
  page.marker = common::xml_text(xml.root(), "NextPartNumberMarker");
  if (page.marker.empty() && !page.parts.empty())
    page.marker = std::to_string(page.parts.back().number);
  return page;
}

UploadPage read_uploads(const common::Xml& xml) {
  const pugi::xml_node root = xml.root();
  const Names names(root);
  UploadPage page;
  for (const pugi::xml_node node : root.children("Upload"))
    page.uploads.push_back(
        {names.required(node, "Key"), required_id(node), common::xml_text(node, "Initiated")});
  page.more = common::xml_true(root, "IsTruncated");
  page.key_marker = names(root, "NextKeyMarker");
  page.id_marker = common::xml_text(root, "NextUploadIdMarker");
  if (page.key_marker.empty() && !page.uploads.empty()) {
    page.key_marker = page.uploads.back().key;
    page.id_marker = page.uploads.back().id;
  }
  return page;
}

Deletion read_deletion(const common::Xml& xml) {
  const Names names(xml.root());
  Deletion deletion;
  for (const pugi::xml_node node : xml.root().children("Error"))
    deletion.failures.push_back(
        {names(node, "Key"), common::xml_text(node, "Code"), common::xml_text(node, "Message")});
  for (const pugi::xml_node node : xml.root().children("Deleted"))
    deletion.deleted.push_back(names(node, "Key"));
  return deletion;
}

std::string read_upload_id(const common::Xml& xml) {
  return common::xml_text(xml.root(), "UploadId");
}

std::string read_result_etag(const common::Xml& xml) {
  std::string etag = common::xml_text(xml.root(), "ETag");
  if (etag.empty() || etag.front() == '"') return etag;
  return '"' + etag + '"';
}

PartTag read_copied_part(const common::Xml& xml, const char* checksum_element) {
  return read_tag(xml.root(), checksum_element);
}

}  // namespace berth::bucket
