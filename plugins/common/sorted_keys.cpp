// SPDX-License-Identifier: Apache-2.0
#include "common/sorted_keys.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace berth::common {
namespace {

constexpr size_t buffer_size = size_t{64} << 10;  // of one run that is being read

size_t bytes_of(const KeyEntry& entry) noexcept {
  return sizeof entry + entry.key.size() + entry.etag.size();
}

bool is_before(const KeyEntry& a, const KeyEntry& b) noexcept {
  return a.key < b.key;
}

// ---- One entry as bytes

template <class Value>
void put_value(std::string& bytes, const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& bytes, const std::string& text) {
  put_value(bytes, text.size());
  bytes += text;
}

template <class Value>
void put_optional(std::string& bytes, const std::optional<Value>& value) {
  put_value(bytes, value.has_value());
  put_value(bytes, value.value_or(Value()));
}

void put_entry(std::string& bytes, const KeyEntry& entry) {
  put_text(bytes, entry.key);
  put_value(bytes, entry.is_prefix);
  put_optional(bytes, entry.size);
  put_optional(bytes, entry.mtime_ns);
  put_text(bytes, entry.etag);
}

std::string temporary_directory() {
  const char* const given = std::getenv("TMPDIR");
  return given && *given ? given : "/tmp";
}

sdk::Error file_failure(int number) {
  return sdk::Error(BERTH_STATUS_NO_SPACE,
                    "the service does not list keys in the order of their bytes, and they cannot "
                    "be sorted in a temporary file in " +
                        temporary_directory() + ": " + std::generic_category().message(number))
      .os_errno(number);
}

}  // namespace

// Written at its end, read anywhere; has no name.
class SortedKeys::TemporaryFile {
 public:
  TemporaryFile() : descriptor_(open_unlinked(temporary_directory())) {
    if (descriptor_ < 0) throw file_failure(errno);
  }
  ~TemporaryFile() { ::close(descriptor_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] uint64_t size() const noexcept { return size_; }

  void append(std::string_view bytes) {
    refuse_beyond_limit(bytes.size());
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset(size_));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw file_failure(n < 0 ? errno : EIO);
      size_ += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  void read(char* into, size_t size, uint64_t from) const {
    while (size != 0) {
      const ssize_t n = ::pread(descriptor_, into, size, offset(from));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw file_failure(n < 0 ? errno : EIO);
      into += n;
      size -= static_cast<size_t>(n);
      from += static_cast<uint64_t>(n);
    }
  }

 private:
  static off_t offset(uint64_t place) noexcept { return static_cast<off_t>(place); }

  static int open_unlinked(const std::string& directory) {
    const int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (descriptor >= 0) return descriptor;
    std::string name = directory + "/berth-list-XXXXXX";  // a file system without O_TMPFILE
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) ::unlink(name.c_str());
    return named;
  }

  // A write beyond the limit of the process would raise SIGXFSZ.
  void refuse_beyond_limit(size_t more) const {
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    if (size_ + more > limit.rlim_cur) throw file_failure(EFBIG);
  }

  const int descriptor_;
  uint64_t size_ = 0;
};

// Sorted entries of the file, read one by one.
class SortedKeys::Run {
 public:
  Run(const TemporaryFile& file, uint64_t begin, uint64_t end)
      : file_(file), next_(begin), end_(end) {}

  // False: there are no more. Else current() is the next entry.
  bool advance() {
    if (at_ == buffer_.size() && next_ == end_) return false;
    current_.key = take_text();
    current_.is_prefix = take_value<bool>();
    current_.size = take_optional<uint64_t>();
    current_.mtime_ns = take_optional<int64_t>();
    current_.etag = take_text();
    return true;
  }
  KeyEntry& current() noexcept { return current_; }

 private:
  void need(size_t bytes) {
    if (buffer_.size() - at_ >= bytes) return;
    buffer_.erase(0, at_);
    at_ = 0;
    const size_t before = buffer_.size();
    const uint64_t more = std::min<uint64_t>(end_ - next_, std::max(bytes - before, buffer_size));
    buffer_.resize(before + more);
    file_.read(buffer_.data() + before, more, next_);
    next_ += more;
  }

  template <class Value>
  Value take_value() {
    need(sizeof(Value));
    Value value;
    std::memcpy(&value, buffer_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  template <class Value>
  std::optional<Value> take_optional() {
    const bool known = take_value<bool>();
    const auto value = take_value<Value>();
    return known ? std::optional(value) : std::nullopt;
  }
  std::string take_text() {
    const auto size = take_value<size_t>();
    need(size);
    std::string text = buffer_.substr(at_, size);
    at_ += size;
    return text;
  }

  const TemporaryFile& file_;
  uint64_t next_;  // byte of the file that is not in the buffer yet
  const uint64_t end_;
  std::string buffer_;
  size_t at_ = 0;
  KeyEntry current_;
};

SortedKeys::SortedKeys(const Limits& limits) : limits_(limits) {}

SortedKeys::~SortedKeys() = default;

void SortedKeys::add(KeyEntry entry) {
  if (++count_ > limits_.entries)
    throw sdk::Error(BERTH_STATUS_NO_SPACE,
                     "the service does not list keys in the order of their bytes, and more than " +
                         std::to_string(limits_.entries) +
                         " keys are not sorted; list a smaller directory");
  memory_ += bytes_of(entry);
  entries_.push_back(std::move(entry));
  if (memory_ > limits_.memory) spill();
}

void SortedKeys::spill() {
  std::stable_sort(entries_.begin(), entries_.end(), is_before);
  if (!file_) file_ = std::make_unique<TemporaryFile>();
  const uint64_t begin = file_->size();
  std::string bytes;
  for (const KeyEntry& entry : entries_) {
    put_entry(bytes, entry);
    if (bytes.size() < buffer_size) continue;
    file_->append(bytes);
    bytes.clear();
  }
  file_->append(bytes);
  runs_.push_back(std::make_unique<Run>(*file_, begin, file_->size()));
  entries_.clear();
  memory_ = 0;
}

// Runs are a heap by their current entries.
namespace {
constexpr auto comes_later = [](const auto& a, const auto& b) {
  return b->current().key < a->current().key;
};
}  // namespace

void SortedKeys::start_reading() {
  reading_ = true;
  if (file_ && !entries_.empty()) spill();
  if (!file_) {
    std::stable_sort(entries_.begin(), entries_.end(), is_before);
    std::reverse(entries_.begin(), entries_.end());  // the smallest is taken from the back
    return;
  }
  for (auto& run : runs_) (void)run->advance();  // no run is empty
  std::make_heap(runs_.begin(), runs_.end(), comes_later);
}

const KeyEntry* SortedKeys::smallest() {
  if (!file_) {
    if (entries_.empty()) return nullptr;
    current_ = std::move(entries_.back());
    entries_.pop_back();
    return &current_;
  }
  if (runs_.empty()) return nullptr;
  std::pop_heap(runs_.begin(), runs_.end(), comes_later);
  current_ = std::move(runs_.back()->current());
  if (runs_.back()->advance())
    std::push_heap(runs_.begin(), runs_.end(), comes_later);
  else
    runs_.pop_back();
  return &current_;
}

const KeyEntry* SortedKeys::next() {
  if (!reading_) start_reading();
  const std::string last = returned_ ? current_.key : std::string();
  const KeyEntry* entry = smallest();
  while (entry && returned_ && entry->key == last) entry = smallest();
  returned_ = true;
  return entry;
}

}  // namespace berth::common
