// SPDX-License-Identifier: Apache-2.0
#include "append_writer.hpp"

#include <algorithm>
#include <utility>

#include "reader.hpp"

namespace berth::azure {

AppendWriter::AppendWriter(Container& container, std::string blob, uint64_t size)
    : container_(container), blob_(std::move(blob)), before_(size), landed_(size) {}

void AppendWriter::write(std::string_view bytes, const sdk::Call& call) {
  if (over_) throw sdk::Error(BERTH_STATUS_WRONG_STATE, "the writer has ended already");
  while (!bytes.empty()) {
    const size_t n = std::min<size_t>(bytes.size(), largest_append - buffer_.size());
    buffer_.append(bytes.substr(0, n));
    bytes.remove_prefix(n);
    if (buffer_.size() == largest_append) flush(call);
  }
}

void AppendWriter::finish(const sdk::Call& call) {
  if (over_) throw sdk::Error(BERTH_STATUS_WRONG_STATE, "the writer has ended already");
  flush(call);
  over_ = true;
}

void AppendWriter::flush(const sdk::Call& call) {
  if (buffer_.empty()) return;
  Operation operation;
  operation.method = "PUT";
  operation.blob = blob_;
  operation.query = {{"comp", "appendblock"}};
  operation.headers.add("x-ms-blob-condition-appendpos", std::to_string(landed_));
  operation.body = buffer_;
  over_ = true;  // unless it lands
  int attempts = 0;
  const http::Response answer = container_.send(operation, call, &attempts);
  // After a lost answer the block is there, and its own position is taken.
  const bool landed = answer.ok() || (answer.status == 412 && attempts > 1 && has_landed(call));
  if (!landed) Container::check(answer, operation);
  over_ = false;
  landed_ += buffer_.size();
  buffer_.clear();
}

bool AppendWriter::has_landed(const sdk::Call& call) {
  const auto info = container_.head(blob_, call);
  if (!info || info->size != landed_ + buffer_.size()) return false;
  return read_range(container_, blob_, info->etag, landed_, buffer_.size(), call) == buffer_;
}

void AppendWriter::cancel(const sdk::Call& call) {
  // Of a block that failed nobody knows.
  if (std::exchange(over_, true))
    if (const auto info = container_.head(blob_, call)) landed_ = info->size;
  if (landed_ <= before_) return;
  throw sdk::Error(BERTH_STATUS_UNSUPPORTED_METHOD,
                   "the writer was cancelled, but '" + blob_ + "' is an append blob, so the " +
                       std::to_string(landed_ - before_) +
                       " bytes that were added to it stay; remove it to be rid of them");
}

}  // namespace berth::azure
