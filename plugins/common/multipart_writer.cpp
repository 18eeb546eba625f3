// SPDX-License-Identifier: Apache-2.0
#include "common/multipart_writer.hpp"

#include <algorithm>
#include <cstring>

#include "common/cleanup_call.hpp"

namespace berth::common {
namespace {

std::string unaborted(const std::string& message, const std::string& name, const std::string& why) {
  return message + "; the unfinished upload " + name + " could not be removed (" + why +
         ") and may be billed until it is";
}

}  // namespace

uint64_t size_of(const std::vector<Part>& parts) noexcept {
  uint64_t sum = 0;
  for (const Part& part : parts) sum += part.size;
  return sum;
}

MultipartWriter::MultipartWriter(std::unique_ptr<MultipartTarget> target,
                                 http::Transfers& transfers, const PartPlan& plan,
                                 unsigned concurrency, ResumePoint start)
    : target_(std::move(target)),
      plan_(plan),
      concurrency_(std::max(concurrency, 1U)),
      size_(size_of(start.parts) + start.tail.size()),
      written_(size_of(start.parts)),
      last_number_(start.parts.empty() ? 0 : start.parts.back().number),
      kept_(start.kept),
      begun_(start.begun),
      published_(start.published),
      tail_(std::move(start.tail)),
      batch_(transfers) {
  for (Part& part : start.parts) done_.emplace(part.number, std::move(part));
}

MultipartWriter::~MultipartWriter() {
  batch_.cancel();
}

void MultipartWriter::check_open() const {
  if (over_) throw sdk::Error(BERTH_STATUS_WRONG_STATE, "the writer has ended already");
}

void MultipartWriter::write(std::string_view bytes, const sdk::Call& call) {
  check_open();
  try {
    append_tail(call);
    append(bytes, call);
  } catch (...) {
    give_up();
  }
  size_ += bytes.size();
}

void MultipartWriter::append_tail(const sdk::Call& call) {
  append(std::exchange(tail_, {}), call);
}

// A full part waits for one more byte: the last one goes out at commit, and a single one as a whole
// object.
void MultipartWriter::append(std::string_view bytes, const sdk::Call& call) {
  while (!bytes.empty()) {
    if (filling_.data && filling_.size == filling_.limit) flush(call);
    make_room();
    const size_t n = std::min(bytes.size(), filling_.limit - filling_.size);
    std::memcpy(filling_.data.get() + filling_.size, bytes.data(), n);
    filling_.size += n;
    bytes.remove_prefix(n);
  }
}

void MultipartWriter::make_room() {
  if (filling_.data) return;
  const size_t limit = plan_.size(last_number_ + 1, written_);
  {
    const std::lock_guard lock(mutex_);
    // Those that are too small now would only take up room.
    const auto is_small = [limit](const Chunk& chunk) { return chunk.capacity < limit; };
    spare_.erase(std::remove_if(spare_.begin(), spare_.end(), is_small), spare_.end());
    if (!spare_.empty()) {
      filling_ = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (filling_.capacity < limit) {
    filling_.data = last_number_ == 0 ? part_memory(limit) : full_part_memory(limit);
    filling_.capacity = limit;
  }
  filling_.limit = limit;
  filling_.size = 0;
}

// Hands the collected bytes to the engine as the next part.
void MultipartWriter::flush(const sdk::Call& call) {
  if (filling_.size == 0) return;
  wait_until_below(at_once(filling_.size), call);
  begin(call);
  const uint32_t number = ++last_number_;
  written_ += filling_.size;
  std::string_view bytes;
  {
    const std::lock_guard lock(mutex_);
    Chunk& chunk = in_flight_[number] = std::exchange(filling_, {});
    bytes = {chunk.data.get(), chunk.size};
  }
  try {
    batch_.start({target_->part(number, bytes, call), nullptr,
                  [this, number](const http::JobResult& result) { done(number, result); }});
  } catch (...) {
    const std::lock_guard lock(mutex_);
    in_flight_.erase(number);
    throw;
  }
}

// As many as `concurrency` parts of the first one's size hold.
size_t MultipartWriter::at_once(size_t part_size) const noexcept {
  return std::clamp<size_t>(concurrency_ * plan_.chunk() / part_size, 1, concurrency_);
}

void MultipartWriter::begin(const sdk::Call& call) {
  if (begun_) return;
  target_->begin(call);
  begun_ = true;
}

void MultipartWriter::done(uint32_t number, const http::JobResult& result) noexcept {
  std::string tag;
  std::exception_ptr failure = result.error;
  try {
    if (!failure) tag = target_->tag(number, result.answer);
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    Chunk chunk = std::move(in_flight_.extract(number).mapped());
    if (failure && !failure_) failure_ = failure;
    if (!failure) done_.emplace(number, Part{number, std::move(tag), chunk.size});
    spare_.push_back(std::move(chunk));
  }
  wakeup_.raise();
}

void MultipartWriter::wait_until_below(size_t limit, const sdk::Call& call) {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (failure_) std::rethrow_exception(failure_);
      if (in_flight_.size() < limit) return;
    }
    wakeup_.wait(call);
  }
}

void MultipartWriter::commit(const sdk::CommitOptions& options, const sdk::Call& call) {
  check_open();
  try {
    append_tail(call);
    publish(call);
    over_ = true;
    begun_ = published_ = false;
  } catch (...) {
    give_up();
  }
  sdk::Stat stat;
  stat.size = size_;
  stat.etag = target_->etag();
  options.stored(stat);
}

void MultipartWriter::publish(const sdk::Call& call) {
  if (last_number_ == 0) {
    target_->put_whole({filling_.data.get(), filling_.size}, call);
    if (begun_) forget_upload();
    return;
  }
  flush(call);
  wait_until_below(1, call);
  target_->complete(parts(), call);
}

// An upload without parts, from before an append: the object is there, whatever becomes of it.
void MultipartWriter::forget_upload() noexcept {
  try {
    abort();
  } catch (const std::exception& error) {
    sdk::log(BERTH_LOG_WARN, unaborted("committed", target_->name(), error.what()));
  }
}

std::vector<Part> MultipartWriter::parts() {
  const std::lock_guard lock(mutex_);
  std::vector<Part> parts;
  parts.reserve(done_.size());
  for (const auto& [number, part] : done_) parts.push_back(part);
  return parts;
}

void MultipartWriter::keep(const sdk::Call& call) {
  if (cause_) std::rethrow_exception(cause_);
  check_open();
  try {
    append_tail(call);
    begin(call);
    if (filling_.size >= target_->smallest_part()) flush(call);
    wait_until_below(1, call);
    target_->on_suspend(parts(), {filling_.data.get(), filling_.size}, call);
    over_ = true;
    begun_ = published_ = false;
  } catch (...) {
    give_up();
  }
}

void MultipartWriter::cancel(const sdk::Call&) {
  batch_.cancel();
  over_ = true;
  try {
    if (std::exchange(begun_, false)) abort();
  } catch (const sdk::Error& error) {
    throw http::reworded(error,
                         unaborted("the writer was cancelled", target_->name(), error.message()));
  }
  if (std::exchange(published_, false)) remove_published();
}

void MultipartWriter::abort() {
  const CleanupCall own(cleanup_timeout);
  target_->abort(own.call());
}

void MultipartWriter::remove_published() {
  const CleanupCall own(cleanup_timeout);
  target_->remove_published(own.call());
}

// In a catch clause: ends everything and throws on.
void MultipartWriter::give_up() {
  cause_ = std::current_exception();
  over_ = true;
  batch_.cancel();
  if (kept_ || !std::exchange(begun_, false)) throw;
  std::string why;
  try {
    abort();
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (why.empty()) throw;
  try {
    std::rethrow_exception(cause_);
  } catch (const sdk::Error& error) {
    throw http::reworded(error, unaborted(error.message(), target_->name(), why));
  }
}

}  // namespace berth::common
