// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include "common/crypto.hpp"
#include "common/http/headers.hpp"
#include "common/uri.hpp"
#include "common/xml.hpp"

namespace berth::azure {
namespace {

using common::xml_text;

constexpr const char* declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

// Names that XML cannot hold come percent-encoded, and say so.
std::string name_of(pugi::xml_node parent) {
  const pugi::xml_node node = parent.child("Name");
  const std::string text = node.text().get();
  if (text.empty())
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service lists a blob or block without a name")
        .retryable();
  return node.attribute("Encoded").as_bool() ? common::percent_decode(text) : text;
}

// The newer services say it by the type, older tools by a mark in the metadata.
bool is_folder(pugi::xml_node blob) {
  return xml_text(blob.child("Properties"), "ResourceType") == "directory" ||
         http::same_name(xml_text(blob.child("Metadata"), "hdi_isfolder"), "true");
}

ListedBlob read_blob(pugi::xml_node node) {
  const pugi::xml_node properties = node.child("Properties");
  ListedBlob blob;
  blob.entry.key = name_of(node);
  blob.entry.size = common::xml_number(properties, "Content-Length");
  blob.entry.mtime_ns = common::parse_date(xml_text(properties, "Last-Modified"));
  const std::string etag = xml_text(properties, "Etag");
  // Here without the quotes that the header has.
  if (!etag.empty()) blob.entry.etag = etag.front() == '"' ? etag : '"' + etag + '"';
  blob.folder = is_folder(node);
  return blob;
}

std::vector<Block> read_block_nodes(pugi::xml_node list) {
  std::vector<Block> blocks;
  for (const pugi::xml_node node : list.children("Block"))
    blocks.push_back({name_of(node), common::xml_required_number(node, "Size", "a block")});
  return blocks;
}

}  // namespace

// "Latest" makes a repetition after a lost answer find the blocks that are committed by then.
std::string block_list_document(const std::vector<std::string>& ids) {
  std::string text = std::string(declaration) + "<BlockList>";
  for (const std::string& id : ids) text += "<Latest>" + common::xml_escape(id) + "</Latest>";
  return text + "</BlockList>";
}

std::string key_request_document(common::Time start, common::Time end) {
  return std::string(declaration) + "<KeyInfo><Start>" + common::iso_date(start) +
         "</Start><Expiry>" + common::iso_date(end) + "</Expiry></KeyInfo>";
}

BlobPage read_blobs(std::string_view body) {
  const common::Xml xml(body, "the list of blobs");
  const pugi::xml_node blobs = xml.root().child("Blobs");
  BlobPage page;
  for (const pugi::xml_node node : blobs.children("Blob")) page.blobs.push_back(read_blob(node));
  for (const pugi::xml_node node : blobs.children("BlobPrefix"))
    page.blobs.push_back({{name_of(node), true, {}, {}, {}}, false});
  page.marker = xml_text(xml.root(), "NextMarker");
  return page;
}

BlockList read_blocks(std::string_view body) {
  const common::Xml xml(body, "the list of blocks");
  return {read_block_nodes(xml.root().child("CommittedBlocks")),
          read_block_nodes(xml.root().child("UncommittedBlocks"))};
}

DelegationKey read_delegation_key(std::string_view body) {
  const common::Xml xml(body, "a key to sign URLs");
  const pugi::xml_node root = xml.root();
  DelegationKey key;
  key.oid = xml_text(root, "SignedOid");
  key.tid = xml_text(root, "SignedTid");
  key.start = xml_text(root, "SignedStart");
  key.expiry = xml_text(root, "SignedExpiry");
  key.service = xml_text(root, "SignedService");
  key.version = xml_text(root, "SignedVersion");
  key.value = common::from_base64(xml_text(root, "Value")).value_or("");
  return key;
}

}  // namespace berth::azure
