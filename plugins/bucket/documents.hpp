// SPDX-License-Identifier: Apache-2.0
//
// The XML documents of the services with buckets, to and from plain values. An element that is
// absent is not known, never 0; where an entry is of no use without it, that is an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/key_tree.hpp"
#include "common/multipart_writer.hpp"

namespace berth::bucket {

// A part's tag is its ETag; the checksum that completing must repeat travels behind a blank, which
// an ETag does not hold.
struct PartTag {
  std::string etag;
  std::string checksum;  // base64; empty: none

  [[nodiscard]] std::string text() const { return checksum.empty() ? etag : etag + ' ' + checksum; }
  static PartTag parse(std::string_view text);
};

// Pages of listings. `more` without a marker does not happen in well-formed answers; the markers
// are then those of the last element.
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
  std::vector<std::string> deleted;  // as far as the service tells
};

// `name_space` is that of the root; empty: none. `checksum_element` is "ChecksumCRC32C",
// "ChecksumSHA256" or nullptr.
[[nodiscard]] std::string complete_document(const std::vector<common::Part>& parts,
                                            std::string_view name_space,
                                            const char* checksum_element);
[[nodiscard]] std::string delete_document(const std::vector<std::string>& keys,
                                          std::string_view name_space, bool quiet);

// Each throws UNAVAILABLE, retryable, when the body is not a whole document, or an entry lacks what
// it needs (a key, the size of a part).
[[nodiscard]] common::Page read_keys(std::string_view body);
[[nodiscard]] PartPage read_parts(std::string_view body, const char* checksum_element);
[[nodiscard]] UploadPage read_uploads(std::string_view body);
[[nodiscard]] Deletion read_deletion(std::string_view body);
[[nodiscard]] std::string read_upload_id(std::string_view body);
// Of the object that a copy or a completion made; empty: the answer has none.
[[nodiscard]] std::string read_result_etag(std::string_view body);
[[nodiscard]] PartTag read_copied_part(std::string_view body, const char* checksum_element);

}  // namespace berth::bucket
