// SPDX-License-Identifier: Apache-2.0
//
// Reading bytes of one object in the caller's thread. Every request after the first is pinned to
// its ETag, a broken one continues behind the last byte, and only a 206 whose Content-Range fits
// counts: one version of the object, byte for byte, or an error.
#ifndef BERTH_COMMON_OBJECT_STREAM_HPP
#define BERTH_COMMON_OBJECT_STREAM_HPP

#include <berth/driver.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "common/http/retry.hpp"

namespace berth::common {

constexpr uint64_t to_the_end = std::numeric_limits<uint64_t>::max();

// One object of one service. get() and judge() may be called by the reading thread and by the
// engine's (transfers.hpp) at the same time.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;

  // A signed GET that carries these headers too (Range, If-Match); made for each attempt anew,
  // within the call of the reading thread. nullptr: the engine's thread makes it.
  virtual http::Request get(const http::Headers& conditions, const sdk::Call* call) const = 0;

  // Called by the reading thread before the engine makes attempts: what these need and may take
  // long (a login) is done here.
  virtual void prepare(const sdk::Call& /*call*/) const {}

  virtual http::Verdict judge(const http::Response& answer) const {
    return http::judge_status(answer);
  }

  // Throws what an answer other than 200, 206, 412 and 416 means: PATH_NOT_FOUND of a 404, say.
  [[noreturn]] virtual void fail(const http::Response& answer) const = 0;
};

// Size of the whole object, in bytes, as the head of an answer to GET or HEAD reports it; nullopt:
// it does not.
std::optional<uint64_t> size_of_object(const http::Response& head) noexcept;

// ETag and Last-Modified of the head of an answer, and its size_of_object(); 0 where that is not
// known.
sdk::Stat stat_of(const http::Response& head);

// The headers that ask for bytes [first, last] of that version; no Range for the whole object, no
// If-Match without an ETag that can be compared.
http::Headers range_conditions(uint64_t first, uint64_t last, const std::string& etag);

// How an emulator of Azure answers a range that begins at the end: "bytes 10-9/10".
bool is_empty_range(const http::Response& head) noexcept;

// The object changed between two requests.
sdk::Error changed_error();

// Throws unless the head is a 206 that begins at `first` and shows that ETag (or none).
void check_range(const http::Response& head, uint64_t first, const std::string& etag);

// Bytes [first, last] of an object; `last` may lie behind its end.
class ObjectStream {
 public:
  // Opens at once. An offset at or behind the end is an empty stream. Throws what fail() throws.
  ObjectStream(const ObjectSource& source, http::Retrier& retrier, uint64_t first, uint64_t last,
               const sdk::Call& call);

  size_t read(char* buffer, size_t capacity, const sdk::Call& call);  // 0: the end

  const sdk::Stat& info() const noexcept { return info_; }
  uint64_t position() const noexcept { return position_; }  // in the object
  uint64_t end() const noexcept { return end_; }            // behind the last byte; to_the_end: ?
  bool ranges() const noexcept { return ranges_; }          // the service honours Range
  bool sized() const noexcept { return sized_; }            // info().size is known

  // Reads on until the byte before `end`, beyond what was asked for first. Before the first read:
  // an object without an ETag is asked for anew, since a second request could not go on with it.
  void extend(uint64_t end, const sdk::Call& call);

 private:
  std::unique_ptr<http::Stream> request(uint64_t last, const sdk::Call& call);
  void open(const sdk::Call& call);
  void open_empty(const http::Response& refusal, const sdk::Call& call);
  void reopen(const sdk::Call& call);
  bool open_next_range(const sdk::Call& call);
  void skip(uint64_t bytes, const sdk::Call& call);
  size_t read_once(char* buffer, size_t capacity, const sdk::Call& call);
  void finish(const sdk::Call& call) noexcept;

  const ObjectSource& source_;
  http::Retrier& retrier_;
  uint64_t position_;
  uint64_t last_;
  uint64_t end_ = to_the_end;
  bool ranges_ = false;
  bool sized_ = false;
  bool behind_ = false;  // the service said that nothing lies at the offset
  sdk::Stat info_;
  std::unique_ptr<http::Stream> stream_;
};

// The object as a GET of its first byte reports it, for services whose HEAD lacks the size. Throws
// what fail() throws, and UNAVAILABLE when this answer lacks the size too; `name` is for that
// message.
sdk::Stat stat_by_reading(const ObjectSource& source, http::Retrier& retrier,
                          const std::string& name, const sdk::Call& call);

// Appends the whole object to the buffer, which is made as large as announced at once: bytes go
// from the connection to the caller.
void read_whole(const ObjectSource& source, http::Retrier& retrier, const sdk::Buffer& into,
                const sdk::Call& call);

}  // namespace berth::common

#endif  // BERTH_COMMON_OBJECT_STREAM_HPP
