// SPDX-License-Identifier: Apache-2.0
//
// The XML documents of the service, to and from plain values. Every element may be absent.
#ifndef BERTH_S3_DOCUMENTS_HPP
#define BERTH_S3_DOCUMENTS_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/key_tree.hpp"

namespace berth::s3 {

struct Part {
  int number = 0;
  std::string etag;
  uint64_t size = 0;
  std::string checksum;  // base64, as the service wants it repeated; empty: none
};

// Pages of listings. `more` without a marker does not happen in well-formed answers; the markers
// are then those of the last element.
struct PartPage {
  std::vector<Part> parts;
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

// `checksum_element` is "ChecksumCRC32C", "ChecksumSHA256" or nullptr.
[[nodiscard]] std::string complete_document(const std::vector<Part>& parts,
                                            const char* checksum_element);
[[nodiscard]] std::string delete_document(const std::vector<std::string>& keys);

// Each throws UNAVAILABLE, retryable, when the body is no whole document.
[[nodiscard]] common::Page read_keys(std::string_view body);
[[nodiscard]] PartPage read_parts(std::string_view body, const char* checksum_element);
[[nodiscard]] UploadPage read_uploads(std::string_view body);
[[nodiscard]] std::vector<DeleteFailure> read_delete_failures(std::string_view body);
[[nodiscard]] std::string read_upload_id(std::string_view body);
[[nodiscard]] std::string read_etag(std::string_view body);  // of a copy or a completed upload

}  // namespace berth::s3

#endif  // BERTH_S3_DOCUMENTS_HPP
