// SPDX-License-Identifier: Apache-2.0
//
// The writer of all object stores: collects bytes into parts, uploads several at once in the
// background, and publishes at commit. Small objects go in one request. What a service calls an
// upload (S3 and OSS multipart, Azure block list, Swift segments) is behind MultipartTarget.
//
// Promises: every part is exactly as large as the plan says, but the last one and those that were
// the last when a writer was closed; at most `concurrency` parts are in flight and write() blocks
// for more, so memory stays below chunk x (concurrency + 2), or below three parts where the plan
// makes them larger than that (the second half of an object that was not known to be very large);
// an empty commit makes an empty object; a failure or a cancel aborts the upload, and if that
// fails, the error names the upload. But a failure leaves what an earlier writer was closed with:
// that is still to be gone on with.
#ifndef BERTH_COMMON_MULTIPART_WRITER_HPP
#define BERTH_COMMON_MULTIPART_WRITER_HPP

#include <berth/driver.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/transfers.hpp"
#include "common/part_memory.hpp"
#include "common/part_plan.hpp"
#include "common/wakeup.hpp"

namespace berth::common {

struct Part {
  uint32_t number = 0;
  std::string tag;  // what the service answered: the ETag; or the block's or segment's name
  uint64_t size = 0;
};

// One object on its way into one service. Called by the writing thread, but for tag() and the
// functions of part()'s plan: those run in the engine's, perhaps at the same time.
class MultipartTarget {
 public:
  virtual ~MultipartTarget() = default;

  // The whole object in one request; replaces what is there at once.
  virtual void put_whole(std::string_view bytes, const sdk::Call& call) = 0;

  // Starts the upload. Once, before the first part; not when MultipartStart::begun is set.
  virtual void begin(const sdk::Call& call) = 0;

  // The request that uploads one part. Runs in the writing thread, under its call: what may take
  // long (a login, a digest) is done here. The plan's functions run in the engine's thread, perhaps
  // after that call. The bytes stay where they are until the part is done.
  virtual http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call& call) = 0;

  // The tag of a part from its last answer; throws the error that a bad answer means. Engine's
  // thread.
  virtual std::string tag(uint32_t number, const http::Response& answer) = 0;

  // No smaller part can stand in the middle of an object.
  virtual size_t smallest_part() const noexcept { return 0; }

  // Publishes; the parts are in order. A lost answer is the target's business (look whether the
  // object is there).
  virtual void complete(const std::vector<Part>& parts, const sdk::Call& call) = 0;

  // The upload is left unfinished, for an append to go on with: all parts so far are there. The
  // rest is too small for one.
  virtual void kept(const std::vector<Part>& /*parts*/, std::string_view /*rest*/,
                    const sdk::Call& /*call*/) {}

  // Removes the upload and its parts.
  virtual void abort(const sdk::Call& call) = 0;

  // Removes what had to be published before the append could go on, unless it was replaced since.
  // Only by a cancel, since other programs' bytes are in it; only where MultipartStart::published.
  virtual void take_back(const sdk::Call& /*call*/) {}

  // How the service or its tools name the upload, for messages; may be empty.
  virtual std::string name() const = 0;
};

[[nodiscard]] uint64_t size_of(const std::vector<Part>& parts) noexcept;

// Where an append goes on.
struct MultipartStart {
  bool begun = false;       // the upload exists
  std::vector<Part> parts;  // that stay as they are, in order
  std::string tail;         // bytes behind them that are to be uploaded again
  bool kept = false;        // an earlier writer left them so
  bool published = false;   // an earlier writer's upload had to be
};

class MultipartWriter final : public sdk::Writer {
 public:
  MultipartWriter(std::unique_ptr<MultipartTarget> target, http::Transfers& transfers,
                  const PartPlan& plan, unsigned concurrency, MultipartStart start = {});
  ~MultipartWriter() override;

  void write(std::string_view bytes, const sdk::Call& call) override;
  uint64_t size() const noexcept override { return size_; }
  void commit(const sdk::Call& call) override;
  void cancel(const sdk::Call& call) override;
  void keep(const sdk::Call& call) override;

 private:
  struct Chunk {
    PartMemory data;
    size_t capacity = 0;
    size_t limit = 0;  // the part's size
    size_t size = 0;
  };

  void check_open() const;
  void append_tail(const sdk::Call& call);
  void append(std::string_view bytes, const sdk::Call& call);
  void make_room();
  void flush(const sdk::Call& call);
  void begin(const sdk::Call& call);
  size_t at_once(size_t part_size) const noexcept;
  void done(uint32_t number, const http::JobResult& result) noexcept;
  void wait_until_below(size_t limit, const sdk::Call& call);
  void publish(const sdk::Call& call);
  std::vector<Part> parts();
  void abort();
  void take_back();
  void forget_upload() noexcept;
  [[noreturn]] void give_up();

  const std::unique_ptr<MultipartTarget> target_;
  const PartPlan plan_;
  const unsigned concurrency_;
  uint64_t size_ = 0;     // accepted
  uint64_t written_ = 0;  // of it, handed on as parts
  uint32_t last_number_ = 0;
  const bool kept_;
  bool begun_;      // there is something to abort
  bool published_;  // and something to take back
  bool over_ = false;
  std::string tail_;  // from the start, not yet looked at
  Chunk filling_;
  std::exception_ptr cause_;  // why it was given up

  std::mutex mutex_;  // guards what done() touches
  std::map<uint32_t, Part> done_;
  std::map<uint32_t, Chunk> in_flight_;
  std::vector<Chunk> spare_;
  std::exception_ptr failure_;
  Wakeup wakeup_;
  http::Transfers::Batch batch_;  // last: ends before what its jobs use
};

}  // namespace berth::common

#endif  // BERTH_COMMON_MULTIPART_WRITER_HPP
