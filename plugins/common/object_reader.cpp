// SPDX-License-Identifier: Apache-2.0
#include "common/object_reader.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "common/http/core.hpp"

namespace berth::common {
namespace {

// Waking the reader for less than this costs more than it brings.
constexpr size_t worth_waking = size_t{256} << 10;

uint64_t saturated_add(uint64_t a, uint64_t b) noexcept {
  return a > to_the_end - b ? to_the_end : a + b;
}

}  // namespace

// Bytes [first, first + size) on their way into memory. Written by the engine's thread, read by the
// reader's.
class ObjectReader::Range final : public http::BodySink {
 public:
  Range(const ObjectSource& source, const std::string& etag, uint64_t first, size_t size,
        std::unique_ptr<char[]> memory, Wakeup& wakeup)
      : source_(source),
        etag_(etag),
        first_(first),
        size_(size),
        memory_(std::move(memory)),
        wakeup_(wakeup) {}

  http::Job job() {
    return {{[this] { return next_request(); },
             [this](const http::Response& answer) { return source_.judge(answer); }, true},
            this,
            [this](const http::JobResult& result) { done(result); }};
  }

  // 0: all of it was taken, and the engine has let go of it.
  size_t take(char* buffer, size_t capacity, const sdk::Call& call) {
    const size_t wanted = std::min({capacity, size_ - taken_, worth_waking});
    wait_for(taken_ + wanted, call);
    const std::lock_guard lock(mutex_);
    const size_t n = std::min(capacity, received_ - taken_);
    std::memcpy(buffer, memory_.get() + taken_, n);
    taken_ += n;
    return n;
  }

  std::unique_ptr<char[]> release() noexcept { return std::move(memory_); }

 private:
  http::Request next_request() {
    const std::lock_guard lock(mutex_);
    return source_.get(range_conditions(first_ + received_, first_ + size_ - 1, etag_), nullptr);
  }

  void begin(const http::Response& head) override {
    const std::lock_guard lock(mutex_);
    check_range(head, first_ + received_, etag_);
  }

  void write(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    const size_t n = std::min(bytes.size(), size_ - received_);
    std::memcpy(memory_.get() + received_, bytes.data(), n);
    received_ += n;
    if (received_ >= wanted_) wake();
  }

  void done(const http::JobResult& result) {
    std::exception_ptr failure = result.error ? result.error : refusal(result.answer);
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    over_ = true;
    wake();
  }

  // What an answer without the bytes means.
  std::exception_ptr refusal(const http::Response& answer) const noexcept {
    try {
      if (answer.status == 412) throw changed_error();
      if (!answer.ok()) source_.fail(answer);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  void wake() noexcept {
    wanted_ = to_the_end;
    wakeup_.raise();
  }

  void wait_for(size_t count, const sdk::Call& call) {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (received_ >= count && (taken_ < size_ || over_)) return;
        if (failure_) std::rethrow_exception(failure_);
        if (over_)
          throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service sent too few bytes for a range");
        wanted_ = count;
      }
      wakeup_.wait(call);
    }
  }

  const ObjectSource& source_;
  const std::string etag_;
  const uint64_t first_;
  const size_t size_;
  std::unique_ptr<char[]> memory_;
  Wakeup& wakeup_;
  size_t taken_ = 0;

  std::mutex mutex_;  // guards the rest
  size_t received_ = 0;
  uint64_t wanted_ = to_the_end;  // the reader sleeps until so many are there
  bool over_ = false;
  std::exception_ptr failure_;
};

ObjectReader::ObjectReader(std::unique_ptr<const ObjectSource> source, http::Retrier& retrier,
                           http::Transfers& transfers, const ReadAhead& ahead,
                           const sdk::ReadOptions& options, const sdk::Call& call)
    : source_(std::move(source)),
      ahead_(ahead),
      start_(options.offset),
      stream_(*source_, retrier, options.offset,
              first_last(options, retrier.client().core().crowded()), call),
      batch_(transfers) {
  end_ = saturated_add(options.offset, options.length);
  if (stream_.sized()) end_ = std::min(end_, std::max(stream_.info().size, start_));
  if (ahead_.concurrency < 2 || !is_pinned()) stream_.extend(end_, call);
  next_ = stream_.end();
}

ObjectReader::~ObjectReader() {
  batch_.cancel();
}

// How far the first request goes: no further than one chunk when there may be others, and less
// where many readers are open.
uint64_t ObjectReader::first_last(const sdk::ReadOptions& options, bool crowded) const noexcept {
  const uint64_t wanted = std::max<uint64_t>(options.length, 1);
  const uint64_t most = ahead_.concurrency < 2 ? to_the_end
                        : crowded ? std::min(ahead_.chunk, http::Client::Core::small_answer)
                                  : ahead_.chunk;
  const uint64_t behind = saturated_add(options.offset, std::min(wanted, most));
  return behind == to_the_end ? to_the_end : behind - 1;
}

std::optional<sdk::Stat> ObjectReader::info() const {
  if (!stream_.sized()) return std::nullopt;
  return stream_.info();
}

size_t ObjectReader::read(char* buffer, size_t capacity, const sdk::Call& call) {
  if (stream_.position() >= std::min(stream_.end(), end_))
    return read_range(buffer, capacity, call);
  capacity = std::min<uint64_t>(capacity, end_ - stream_.position());
  // Before the bytes are taken: they would be lost if this failed.
  if (stream_.position() - start_ >= ahead_.chunk / 4) read_ahead(call);
  return stream_.read(buffer, capacity, call);
}

void ObjectReader::read_ahead(const sdk::Call& call) {
  while (ranges_.size() < depth_ && next_ < end_ && is_pinned()) start_range(call);
}

// Only the ETag can show that ranges of several requests belong to the same version.
bool ObjectReader::is_pinned() const noexcept {
  return stream_.ranges() && stream_.sized() && !stream_.info().etag.empty();
}

void ObjectReader::start_range(const sdk::Call& call) {
  source_->prepare(call);
  const size_t size = std::min(ahead_.chunk, end_ - next_);
  std::unique_ptr<char[]> memory;
  if (spare_.empty()) {
    memory = std::make_unique_for_overwrite<char[]>(ahead_.chunk);
  } else {
    memory = std::move(spare_.back());
    spare_.pop_back();
  }
  ranges_.push_back(std::make_unique<Range>(*source_, stream_.info().etag, next_, size,
                                            std::move(memory), wakeup_));
  try {
    batch_.start(ranges_.back()->job());
  } catch (...) {
    ranges_.pop_back();
    throw;
  }
  next_ += size;
}

size_t ObjectReader::read_range(char* buffer, size_t capacity, const sdk::Call& call) {
  read_ahead(call);
  if (ranges_.empty()) return 0;
  const size_t n = ranges_.front()->take(buffer, capacity, call);
  if (n != 0) return n;
  spare_.push_back(ranges_.front()->release());
  ranges_.pop_front();
  depth_ = std::min(depth_ + 1, ahead_.concurrency);
  return read_range(buffer, capacity, call);
}

std::string read_exactly(sdk::Reader& reader, const std::string& etag, uint64_t size,
                         const sdk::Call& call) {
  const std::optional<sdk::Stat> version = reader.info();
  if (version && !version->etag.empty() && version->etag != etag) throw changed_error();
  std::string bytes(size, '\0');
  for (size_t done = 0; done < bytes.size();) {
    const size_t got = reader.read(bytes.data() + done, bytes.size() - done, call);
    if (got == 0) throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "an object ended early").retryable();
    done += got;
  }
  return bytes;
}

}  // namespace berth::common
