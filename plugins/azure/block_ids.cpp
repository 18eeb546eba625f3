// SPDX-License-Identifier: Apache-2.0
#include "block_ids.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>

#include "common/crypto.hpp"

namespace berth::azure {
namespace {

// "b", kind, and in hexadecimal: time, base, random, number; then padding.
constexpr size_t time_at = 2, time_size = 13;
constexpr size_t base_at = time_at + time_size, base_size = 6;
constexpr size_t random_at = base_at + base_size, random_size = 3;
constexpr size_t number_at = random_at + random_size, number_size = 5;
static_assert(number_at + number_size == block_id_size);

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into, 16);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_kind(char c) noexcept {
  return c == 'n' || c == 'a' || c == 'c' || c == 'x' || c == 's';
}

}  // namespace

uint32_t base_of(std::string_view etag) {
  if (etag.empty()) return 0;
  return static_cast<uint32_t>(
      std::stoul(common::hex(common::md5(etag)).substr(0, base_size), nullptr, 16));
}

UploadName UploadName::make(UploadKind kind, std::string_view etag, common::Time now) {
  using std::chrono::microseconds;
  const std::string random = common::random_bytes(2);
  UploadName name;
  name.kind = kind;
  name.time = static_cast<uint64_t>(
      std::chrono::duration_cast<microseconds>(now.time_since_epoch()).count());
  name.base = base_of(etag);
  name.random =
      (static_cast<unsigned char>(random[0]) << 8 | static_cast<unsigned char>(random[1])) & 0xFFF;
  return name;
}

UploadName UploadName::resumed() const {
  UploadName name = *this;
  name.kind = UploadKind::resume;
  name.base = base_of(common::random_bytes(8));
  return name;
}

std::string UploadName::text() const {
  char buffer[block_id_size + 1];
  std::snprintf(buffer, sizeof buffer, "b%c%013llx%06x%03x", static_cast<char>(kind),
                static_cast<unsigned long long>(time & 0xFFFFFFFFFFFFF), base & 0xFFFFFF,
                random & 0xFFF);
  return buffer;
}

std::string UploadName::block(uint32_t number) const {
  char buffer[number_size + 4];
  std::snprintf(buffer, sizeof buffer, "%05x", number);
  std::string raw = text() + buffer;
  raw.resize(id_size, '-');
  return common::base64(raw);
}

std::optional<BlockName> parse_block_id(std::string_view base64) {
  const auto decoded = common::from_base64(base64);
  if (!decoded || decoded->size() < block_id_size) return std::nullopt;
  const std::string_view raw = *decoded;
  BlockName name;
  name.upload.id_size = raw.size();
  name.upload.kind = static_cast<UploadKind>(raw[1]);
  const bool ours = raw[0] == 'b' && is_kind(raw[1]) &&
                    read_number(raw.substr(time_at, time_size), name.upload.time) &&
                    read_number(raw.substr(base_at, base_size), name.upload.base) &&
                    read_number(raw.substr(random_at, random_size), name.upload.random) &&
                    read_number(raw.substr(number_at, number_size), name.number) &&
                    raw.find_first_not_of('-', block_id_size) == std::string_view::npos;
  if (!ours) return std::nullopt;
  return name;
}

}  // namespace berth::azure
