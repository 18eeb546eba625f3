// SPDX-License-Identifier: Apache-2.0
//
// The XML documents of S3 and OSS, to and from plain values. An absent element is unknown, never 0;
// where an entry is useless without the element, its absence is an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/key_tree.hpp"
#include "common/multipart_writer.hpp"
#include "common/xml.hpp"

namespace berth::bucket {

// The tag of a part: its ETag and, after a blank (which no ETag contains), the checksum that the
// completing request must repeat.
struct PartTag {
  std::string etag;
  std::string checksum;  // base64; empty: none

  [[nodiscard]] std::string text() const { return checksum.empty() ? etag : etag + ' ' + checksum; }
  static PartTag parse(std::string_view text);
};

// Pages of listings. Where the service sends `more` without a marker, the marker is the last
// element's.
struct PartPage {
  std::vector<common::Part> parts;
  bool more = false;
  std::string marker;
};
struct Upload {
  std::string key;
  std::string id;
  std::string initiated;
};
struct UploadPage {
  std::vector<Upload> uploads;
  bool more = false;
  std::string key_marker, id_marker;
};
struct DeleteFailure {
  std::string key, code, message;
};
struct Deletion {
  std::vector<DeleteFailure> failures;
  std::vector<std::string> deleted;  // those that the service confirms
};

// `name_space`: of the root element; empty: none. `checksum_element` is "ChecksumCRC32C",
// "ChecksumSHA256" or nullptr.
[[nodiscard]] std::string complete_document(const std::vector<common::Part>& parts,
                                            std::string_view name_space,
                                            const char* checksum_element);
[[nodiscard]] std::string delete_document(const std::vector<std::string>& keys,
                                          std::string_view name_space, bool quiet);

// Each throws UNAVAILABLE, retryable, when an entry lacks what it needs (a key, the size of a
// part).
[[nodiscard]] common::Page read_keys(const common::Xml& xml);
[[nodiscard]] PartPage read_parts(const common::Xml& xml, const char* checksum_element);
[[nodiscard]] UploadPage read_uploads(const common::Xml& xml);
[[nodiscard]] Deletion read_deletion(const common::Xml& xml);
[[nodiscard]] std::string read_upload_id(const common::Xml& xml);
// The ETag of the object that a copy or a completed upload made; empty: the answer has none.
// The ETag of a new object, in quotes as in the headers; Ceph's gateway leaves them out here.
[[nodiscard]] std::string read_result_etag(const common::Xml& xml);
[[nodiscard]] PartTag read_copied_part(const common::Xml& xml, const char* checksum_element);

}  // namespace berth::bucket
