// SPDX-License-Identifier: Apache-2.0
//
// The stored layout, as the registry wrote it: object names, the size attribute, and which chunk
// contains which byte. Pure functions. A directory is an object named by its path; its omap has one
// entry per child, with the blob's id for a file and an empty value for a directory. The bytes of a
// blob are in the objects "<id>-0", "<id>-1", ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::rados {

// Attributes of a blob's object 0. The first is the registry's, which ignores the others.
inline constexpr const char* size_attribute = "total-size";
inline constexpr const char* time_attribute = "berth.mtime";
inline constexpr const char* upload_attribute = "berth.upload";
inline constexpr const char* move_attribute = "berth.move";
inline constexpr const char* moved_attribute = "berth.moved";
inline constexpr const char* touch_attribute = "berth.touched";

// Attribute of the other objects of an upload: the token of the writer that may write to them.
inline constexpr const char* writer_attribute = "berth.writer";

// The object that lists unfinished uploads. Its name is not a path, so no listing shows it.
inline constexpr const char* uploads_object = "berth:uploads";

std::string random_token();                       // 16 hex digits
std::string new_blob_id();                        // "blob:" and a random UUID
bool is_blob_id(std::string_view text) noexcept;  // exactly that form

std::string chunk_name(std::string_view blob, std::uint64_t number);

struct ChunkName {
  std::string_view blob;
  std::uint64_t number = 0;
};
std::optional<ChunkName> parse_chunk_name(std::string_view object) noexcept;

// Ten bytes: the size, little-endian in eight, and two zero bytes.
std::string encode_size(std::uint64_t size);
std::optional<std::uint64_t> decode_size(std::string_view attribute) noexcept;

// nullopt unless all of the text is one decimal number.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

std::uint64_t chunk_count(std::uint64_t size, std::uint64_t chunk_size) noexcept;

// The chunk size is not stored. If a file is longer than its first chunk object, the length of that
// object is the chunk size; for other files it does not matter.
std::uint64_t infer_chunk_size(std::uint64_t size, std::uint64_t first_chunk,
                               std::uint64_t configured) noexcept;

// Whether the first chunk may be longer than the chunk size: a registry can write past the end of a
// chunk, by less than one chunk.
bool may_overrun(std::uint64_t size, std::uint64_t first_chunk, std::uint64_t configured) noexcept;

// The chunk and offset of `position`, and how many of `length` bytes one request may transfer
// there: up to the end of the chunk and to the next multiple of `limit` inside the chunk.
struct Piece {
  std::uint64_t chunk = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
Piece piece_at(std::uint64_t position, std::uint64_t length, std::uint64_t chunk_size,
               std::uint64_t limit) noexcept;

// "/a/b" is the entry "b" of "/a", "/a" is the entry "a" of "/".
struct Place {
  std::string directory;
  std::string name;
};
Place place_of(std::string_view path);
std::string join(std::string_view directory, std::string_view name);

// The value of an entry in the uploads object; its key is the path of the upload.
struct UploadRecord {
  std::string blob;
  std::uint64_t chunk_size = 0;
  std::uint64_t size = 0;
  std::string token;
  // The blob that the path named when the writer was opened, "" if none. The upload is void once
  // the path names another blob. nullopt: written by an older version, which did not record it.
  std::optional<std::string> base = std::nullopt;
};
std::string encode_upload(const UploadRecord& record);
std::optional<UploadRecord> decode_upload(std::string_view value);

}  // namespace berth::rados
