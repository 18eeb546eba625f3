// SPDX-License-Identifier: Apache-2.0
//
// The reader of all object stores. Opening makes one ranged request, which tells the size and is
// read in the caller's thread; when the reading goes on behind its first quarter, the rest of a
// large object is read ahead in parallel ranges, pinned to the same version.
#ifndef BERTH_COMMON_OBJECT_READER_HPP
#define BERTH_COMMON_OBJECT_READER_HPP

#include <berth/driver.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/transfers.hpp"
#include "common/object_stream.hpp"
#include "common/wakeup.hpp"

namespace berth::common {

struct ReadAhead {
  uint64_t chunk = uint64_t{10} << 20;  // bytes of one range
  unsigned concurrency = 4;             // ranges at once; below 2: none is read ahead
};

class ObjectReader final : public sdk::Reader {
 public:
  // Opens at once; see ObjectStream. Memory: at most chunk x concurrency.
  ObjectReader(std::unique_ptr<const ObjectSource> source, http::Retrier& retrier,
               http::Transfers& transfers, const ReadAhead& ahead, const sdk::ReadOptions& options,
               const sdk::Call& call);
  ~ObjectReader() override;

  size_t read(char* buffer, size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override;

 private:
  class Range;

  uint64_t first_last(const sdk::ReadOptions& options, bool crowded) const noexcept;
  void read_ahead(const sdk::Call& call);
  bool is_pinned() const noexcept;
  void start_range(const sdk::Call& call);
  size_t read_range(char* buffer, size_t capacity, const sdk::Call& call);

  const std::unique_ptr<const ObjectSource> source_;
  const ReadAhead ahead_;
  const uint64_t start_;
  ObjectStream stream_;  // the beginning
  uint64_t end_ = 0;     // of all that is to be read
  uint64_t next_ = 0;    // the first byte that no range was asked for
  unsigned depth_ = 1;   // ranges ahead; grows while the reading goes on
  Wakeup wakeup_;
  std::vector<std::unique_ptr<char[]>> spare_;  // buffers of ranges that were read
  std::deque<std::unique_ptr<Range>> ranges_;
  http::Transfers::Batch batch_;  // last: ends before what its jobs use
};

// The next bytes, exactly so many, of the version with that ETag; another one is an error.
[[nodiscard]] std::string read_exactly(sdk::Reader& reader, const std::string& etag, uint64_t size,
                                       const sdk::Call& call);

}  // namespace berth::common

#endif  // BERTH_COMMON_OBJECT_READER_HPP
