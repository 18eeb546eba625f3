// SPDX-License-Identifier: Apache-2.0
//
// Object names, sizes and chunk arithmetic.
#include "layout.hpp"

#include <algorithm>
#include <charconv>
#include <random>
#include <vector>

namespace berth::rados {
namespace {

constexpr std::string_view blob_prefix = "blob:";
constexpr std::size_t uuid_size = 36;

void append_hex(std::string& text, std::uint64_t bits, int digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  for (int i = digits - 1; i >= 0; --i) text += alphabet[(bits >> (4 * i)) & 15];
}

std::uint64_t random_bits() {
  std::random_device device;
  return (std::uint64_t(device()) << 32) | device();
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != uuid_size) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text.find(by, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    if (end == text.size()) return parts;
    begin = end + 1;
  }
}

}  // namespace

std::string random_token() {
  std::string token;
  append_hex(token, random_bits(), 16);
  return token;
}

std::string new_blob_id() {
  const std::uint64_t high = random_bits(), low = random_bits();
  std::string id(blob_prefix);
  append_hex(id, high >> 32, 8);
  id += '-';
  append_hex(id, high >> 16, 4);
  id += '-';
  append_hex(id, 0x4000 | (high & 0x0fff), 4);  // version 4
  id += '-';
  append_hex(id, 0x8000 | ((low >> 48) & 0x3fff), 4);  // variant 1
  id += '-';
  append_hex(id, low, 12);
  return id;
}

bool is_blob_id(std::string_view text) noexcept {
  return text.starts_with(blob_prefix) && is_uuid(text.substr(blob_prefix.size()));
}

std::string chunk_name(std::string_view blob, std::uint64_t number) {
  return std::string(blob) + '-' + std::to_string(number);
}

std::optional<ChunkName> parse_chunk_name(std::string_view object) noexcept {
  constexpr std::size_t id_size = blob_prefix.size() + uuid_size;
  if (object.size() < id_size + 2 || object[id_size] != '-') return std::nullopt;
  if (!is_blob_id(object.substr(0, id_size))) return std::nullopt;
  const auto number = parse_number(object.substr(id_size + 1));
  if (!number) return std::nullopt;
  return ChunkName{object.substr(0, id_size), *number};
}

std::string encode_size(std::uint64_t size) {
  std::string bytes(10, '\0');
  for (int i = 0; i < 8; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(size >> (8 * i));
  return bytes;
}

std::optional<std::uint64_t> decode_size(std::string_view attribute) noexcept {
  if (attribute.size() != 10) return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 0;) size = (size << 8) | static_cast<unsigned char>(attribute[i]);
  return size;
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::uint64_t chunk_count(std::uint64_t size, std::uint64_t chunk_size) noexcept {
  return size / chunk_size + (size % chunk_size != 0);
}

std::uint64_t infer_chunk_size(std::uint64_t size, std::uint64_t first_chunk,
                               std::uint64_t configured) noexcept {
  return size <= first_chunk || first_chunk == 0 ? std::max(configured, size) : first_chunk;
}

bool may_overrun(std::uint64_t size, std::uint64_t first_chunk, std::uint64_t configured) noexcept {
  return size > first_chunk && first_chunk > configured && first_chunk - configured < configured;
}

Piece piece_at(std::uint64_t position, std::uint64_t length, std::uint64_t chunk_size,
               std::uint64_t limit) noexcept {
  const std::uint64_t offset = position % chunk_size;
  const std::uint64_t room = std::min(chunk_size - offset, limit - offset % limit);
  return {position / chunk_size, offset, std::min(length, room)};
}

Place place_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return {std::string(path.substr(0, std::max<std::size_t>(slash, 1))),
          std::string(path.substr(slash + 1))};
}

std::string join(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (path != "/") path += '/';
  return path += name;
}

namespace {

constexpr std::string_view no_blob = "-";

// Older versions wrote records without this last part.
std::string base_text(const UploadRecord& record) {
  if (!record.base) return {};
  return ' ' + (record.base->empty() ? std::string(no_blob) : *record.base);
}

}  // namespace

std::string encode_upload(const UploadRecord& record) {
  return record.blob + ' ' + std::to_string(record.chunk_size) + ' ' + std::to_string(record.size) +
         ' ' + record.token + base_text(record);
}

std::optional<UploadRecord> decode_upload(std::string_view value) {
  const auto parts = split(value, ' ');
  if (parts.size() < 4 || parts.size() > 5 || !is_blob_id(parts[0])) return std::nullopt;
  const auto chunk_size = parse_number(parts[1]), size = parse_number(parts[2]);
  if (!chunk_size || *chunk_size == 0 || !size) return std::nullopt;
  std::optional<std::string> base;
  if (parts.size() == 5) base = parts[4] == no_blob ? std::string() : std::string(parts[4]);
  return UploadRecord{std::string(parts[0]), *chunk_size, *size, std::string(parts[3]), base};
}

}  // namespace berth::rados
