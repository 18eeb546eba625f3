// SPDX-License-Identifier: Apache-2.0
#include "common/object_stream.hpp"

#include <algorithm>
#include <array>

#include "common/dates.hpp"

namespace berth::common {
namespace {

constexpr size_t scratch_size = size_t{64} << 10;

sdk::Error wrong_range(const http::Response& head, uint64_t first) {
  const std::string_view range = head.headers.get("Content-Range");
  std::string text = "bytes from " + std::to_string(first) + " on were asked for, but the service ";
  text += head.status == 206 ? "sent the range '" + std::string(range) + "'"
                             : "answered " + std::to_string(head.status) + " without a range";
  sdk::Error error(BERTH_STATUS_UNAVAILABLE, text);
  return error.protocol_status(head.status);
}

sdk::Error ended_early(uint64_t position, uint64_t end) {
  sdk::Error error(
      BERTH_STATUS_UNAVAILABLE,
      "the answer ended at byte " + std::to_string(position) + " of " + std::to_string(end));
  return error.retryable();
}

bool comparable(const std::string& etag) noexcept {
  return !etag.empty() && etag.compare(0, 2, "W/") != 0;
}

}  // namespace

bool is_empty_range(const http::Response& head) noexcept {
  return head.status == 206 && head.headers.number("Content-Length") == 0 &&
         !http::content_range(head.headers);
}

std::optional<uint64_t> size_of_object(const http::Response& head) noexcept {
  if (head.status != 206 && head.status != 416) return head.headers.number("Content-Length");
  const auto range = http::content_range(head.headers);
  return range ? range->size : std::nullopt;
}

sdk::Stat stat_of(const http::Response& head) {
  sdk::Stat stat;
  stat.etag = head.headers.get("ETag");
  stat.size = size_of_object(head).value_or(0);
  stat.mtime_ns = parse_date(head.headers.get("Last-Modified"));
  return stat;
}

http::Headers range_conditions(uint64_t first, uint64_t last, const std::string& etag) {
  http::Headers headers;
  if (first != 0 || last != to_the_end) headers.add("Range", http::range_header(first, last));
  if (comparable(etag)) headers.add("If-Match", etag);
  return headers;
}

sdk::Error changed_error() {
  sdk::Error error(BERTH_STATUS_PRECONDITION_FAILED,
                   "the object was replaced while it was being read; read it again");
  return error.retryable();
}

void check_range(const http::Response& head, uint64_t first, const std::string& etag) {
  const auto range = http::content_range(head.headers);
  if (head.status != 206 || !range || range->first != first || range->last < first)
    throw wrong_range(head, first);
  const std::string_view now = head.headers.get("ETag");
  if (!etag.empty() && !now.empty() && now != etag) throw changed_error();
}

ObjectStream::ObjectStream(const ObjectSource& source, http::Retrier& retrier, uint64_t first,
                           uint64_t last, const sdk::Call& call)
    : source_(source), retrier_(retrier), position_(first), last_(last) {
  open(call);
}

std::unique_ptr<http::Stream> ObjectStream::request(uint64_t last, const sdk::Call& call) {
  return retrier_.open(
      {[&] { return source_.get(range_conditions(position_, last, info_.etag), &call); },
       [&](const http::Response& answer) { return source_.judge(answer); }},
      call);
}

void ObjectStream::open(const sdk::Call& call) {
  stream_ = request(last_, call);
  const http::Response& head = stream_->head();
  if (head.status == 416 || is_empty_range(head)) return open_empty(head, call);
  if (head.status != 200 && head.status != 206) source_.fail(head);
  info_ = stat_of(head);
  ranges_ = head.status == 206;
  sized_ = size_of_object(head).has_value();
  if (ranges_) {
    check_range(head, position_, {});
    end_ = sized_ ? info_.size : http::content_range(head.headers)->last + 1;
  } else if (sized_) {
    end_ = info_.size;
  }
  if (last_ != to_the_end) end_ = std::min(end_, last_ + 1);
  if (end_ <= position_)
    end_ = position_;
  else if (!ranges_)
    skip(position_, call);
}

// At or after the end; or at the beginning of an empty object, whose plain answer has the details.
void ObjectStream::open_empty(const http::Response& refusal, const sdk::Call& call) {
  const auto range = http::content_range(refusal.headers);
  sized_ = range && range->size;
  if (sized_) info_.size = *range->size;
  end_ = position_;
  stream_.reset();
  behind_ = position_ != 0;
  if (behind_) return;
  stream_ = request(to_the_end, call);
  const http::Response& head = stream_->head();
  if (head.status != 200) source_.fail(head);
  info_ = stat_of(head);
  sized_ = size_of_object(head).has_value();
  end_ = last_ == to_the_end ? to_the_end : last_ + 1;
  if (sized_) end_ = std::min(end_, info_.size);
}

void ObjectStream::extend(uint64_t end, const sdk::Call& call) {
  if (behind_) return;
  if (sized_) end = std::min(end, info_.size);
  if (end <= position_) return;
  if (end > end_ && ranges_ && (info_.etag.empty() || !sized_)) {
    last_ = end == to_the_end ? to_the_end : end - 1;
    if (info_.etag.empty()) open(call);
    return;  // see open_next_range()
  }
  end_ = end;
}

// Goes on behind the last byte. What cannot be told from another version is not gone on with.
void ObjectStream::reopen(const sdk::Call& call) {
  stream_ = request(end_ == to_the_end ? to_the_end : end_ - 1, call);
  const http::Response& head = stream_->head();
  if (head.status == 412) throw changed_error();
  if (head.status != 200 && head.status != 206) source_.fail(head);
  if (head.status == 206) return check_range(head, position_, info_.etag);
  if (head.headers.get("ETag") != info_.etag) throw changed_error();
  skip(position_, call);
}

void ObjectStream::skip(uint64_t bytes, const sdk::Call& call) {
  std::array<char, scratch_size> scratch;
  while (bytes != 0) {
    const size_t n = stream_->read(scratch.data(), std::min<uint64_t>(bytes, scratch.size()), call);
    if (n == 0) throw ended_early(position_ - bytes, position_);
    bytes -= n;
  }
}

// Of a service that does not report the size: its answer may have been shorter than the range that
// was asked for, so only a range without content is the end.
bool ObjectStream::open_next_range(const sdk::Call& call) {
  const bool wanted = last_ == to_the_end || position_ <= last_;
  if (sized_ || !ranges_ || !wanted || position_ == 0) return false;
  stream_ = request(last_, call);
  const http::Response& head = stream_->head();
  if (head.status == 416 || is_empty_range(head)) {
    stream_.reset();
    last_ = position_ - 1;
    return false;
  }
  if (head.status == 412) throw changed_error();
  if (head.status != 200 && head.status != 206) source_.fail(head);
  check_range(head, position_, info_.etag);
  if (info_.etag.empty())
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service reports neither the size nor an ETag of the object, so more than "
                     "its first bytes cannot be read safely");
  end_ = http::content_range(head.headers)->last + 1;
  return true;
}

size_t ObjectStream::read(char* buffer, size_t capacity, const sdk::Call& call) {
  if (position_ >= end_ && !open_next_range(call)) return 0;
  http::Backoff backoff(retrier_.policy());
  for (;;) {
    try {
      return read_once(buffer, capacity, call);
    } catch (const sdk::Error& error) {
      stream_.reset();
      const auto again = backoff.after(error);
      if (!again || info_.etag.empty()) throw http::with_attempts(error, backoff.attempts());
      http::pause(*again, call, error.message());
    }
  }
}

size_t ObjectStream::read_once(char* buffer, size_t capacity, const sdk::Call& call) {
  if (!stream_) reopen(call);
  const size_t n = stream_->read(buffer, std::min<uint64_t>(capacity, end_ - position_), call);
  // Of a whole answer without a length, the end is that of the answer.
  const bool end_is_known = (sized_ || ranges_) && end_ != to_the_end;
  if (n == 0 && end_is_known) throw ended_early(position_, end_);
  if (n == 0) end_ = position_;
  position_ += n;
  if (position_ == end_) finish(call);
  return n;
}

// Takes the end of the answer too, so that the connection can be used again.
void ObjectStream::finish(const sdk::Call& call) noexcept {
  try {
    char surplus;
    if (stream_) stream_->read(&surplus, 1, call);
  } catch (...) {  // all the bytes are here
  }
  stream_.reset();
}

sdk::Stat stat_by_reading(const ObjectSource& source, http::Retrier& retrier,
                          const std::string& name, const sdk::Call& call) {
  const ObjectStream stream(source, retrier, 0, 0, call);
  if (stream.sized()) return stream.info();
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                   "the service reports no size for '" + name +
                       "', neither to HEAD nor to a GET of its first byte");
}

void read_whole(const ObjectSource& source, http::Retrier& retrier, const sdk::Buffer& into,
                const sdk::Call& call) {
  ObjectStream stream(source, retrier, 0, to_the_end, call);
  if (stream.sized() && stream.end() != to_the_end) {
    size_t left = stream.end();
    char* place = left == 0 ? nullptr : into.extend(left);
    while (left != 0) {
      const size_t n = stream.read(place, left, call);
      place += n;
      left -= n;
    }
    return;
  }
  std::array<char, scratch_size> scratch;
  while (const size_t n = stream.read(scratch.data(), scratch.size(), call))
    into.append({scratch.data(), n});
}

}  // namespace berth::common
