// SPDX-License-Identifier: Apache-2.0
//
// The stored layout, as the registry wrote it: names of objects, the size attribute, and which byte
// lies in which chunk. Pure functions. A directory is an object named by its path whose omap has
// one entry for each child: the blob's id for a file, nothing for a directory. A blob's bytes lie
// in objects "<id>-0", "<id>-1", ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::rados {

inline constexpr std::uint64_t default_chunk_size = 4U << 20;

// Attributes of a blob's object 0. The first is the registry's; foreign readers ignore the others.
inline constexpr const char* size_attribute = "total-size";
inline constexpr const char* time_attribute = "berth.mtime";
inline constexpr const char* upload_attribute = "berth.upload";
inline constexpr const char* move_attribute = "berth.move";
inline constexpr const char* moved_attribute = "berth.moved";
inline constexpr const char* touch_attribute = "berth.touched";

// Of the other objects of an upload: the token of the writer that may write to it.
inline constexpr const char* writer_attribute = "berth.writer";

// The object that lists unfinished uploads. No path has this name, so no listing shows it.
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

// Whole decimal text, nothing else.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

std::uint64_t chunk_count(std::uint64_t size, std::uint64_t chunk_size) noexcept;

// The chunk size is stored nowhere. A file that does not fit in its first chunk object shows it by
// that object's length; for the others it does not matter.
std::uint64_t infer_chunk_size(std::uint64_t size, std::uint64_t first_chunk,
                               std::uint64_t configured) noexcept;

// Whether that length may be more than the chunk size, since a registry wrote past the chunk's end;
// it then wrote less than one chunk too much.
bool may_overrun(std::uint64_t size, std::uint64_t first_chunk, std::uint64_t configured) noexcept;

// Where `position` lies, and how many of `length` bytes one request may take there: up to the
// chunk's end and to the next multiple of `limit` inside the chunk.
struct Piece {
  std::uint64_t chunk = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
Piece piece_at(std::uint64_t position, std::uint64_t length, std::uint64_t chunk_size,
               std::uint64_t limit) noexcept;

// "/a/b" is the entry "b" of "/a"; "/a" is the entry "a" of "/".
struct Place {
  std::string directory;
  std::string name;
};
Place place_of(std::string_view path);
std::string join(std::string_view directory, std::string_view name);

// One line of the uploads object: the value under the upload's path.
struct UploadRecord {
  std::string blob;
  std::uint64_t chunk_size = 0;
  std::uint64_t size = 0;
  std::string token;
  // The blob that the path named when the writer was opened; empty: none. The upload is void once
  // the path names another one. nullopt: an older version of this program did not record it.
  std::optional<std::string> base = std::nullopt;
};
std::string encode_upload(const UploadRecord& record);
std::optional<UploadRecord> decode_upload(std::string_view value);

}  // namespace berth::rados
