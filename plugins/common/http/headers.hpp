// SPDX-License-Identifier: Apache-2.0
//
// The headers of a request or an answer, in their order; names compare without case.
#ifndef BERTH_COMMON_HTTP_HEADERS_HPP
#define BERTH_COMMON_HTTP_HEADERS_HPP

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::http {

// Whether two ASCII texts are equal when case is ignored; no locale.
bool same_name(std::string_view a, std::string_view b) noexcept;

struct Header {
  std::string name;
  std::string value;
};

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> list) : list_(list) {}

  void add(std::string_view name, std::string_view value) {
    list_.push_back({std::string(name), std::string(value)});
  }
  void set(std::string_view name, std::string_view value);  // replaces all of that name
  void remove(std::string_view name);
  void clear() noexcept { list_.clear(); }

  // The first of that name. Valid until the headers change.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  std::string_view get(std::string_view name) const noexcept { return find(name).value_or(""); }
  bool has(std::string_view name) const noexcept { return find(name).has_value(); }

  // The value as an unsigned number; nullopt when absent or not a number.
  std::optional<uint64_t> number(std::string_view name) const noexcept;

  auto begin() const noexcept { return list_.begin(); }
  auto end() const noexcept { return list_.end(); }
  size_t size() const noexcept { return list_.size(); }
  bool empty() const noexcept { return list_.empty(); }

 private:
  std::vector<Header> list_;
};

// The bytes that a 206 carries: "bytes 100-199/1000"; size is nullopt for "/*". A 416 has only the
// size ("bytes */1000") and first > last.
struct ContentRange {
  uint64_t first = 1;
  uint64_t last = 0;  // inclusive
  std::optional<uint64_t> size;
};
std::optional<ContentRange> content_range(const Headers& headers) noexcept;

// "bytes=0-99", or "bytes=100-" when last is UINT64_MAX.
std::string range_header(uint64_t first, uint64_t last);

// An HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT") as seconds since the epoch; nullopt: not one.
std::optional<int64_t> parse_http_date(std::string_view text);

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_HEADERS_HPP
