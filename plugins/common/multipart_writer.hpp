// SPDX-License-Identifier: Apache-2.0
//
// The writer of all object stores: collects bytes into parts, uploads several at once in the
// background, and publishes at commit. A small object is uploaded in one request. MultipartTarget
// is the upload of one service: multipart of S3 and OSS, a block list of Azure, segments of Swift.
//
// - Every part has exactly the size that the plan says, except the last one and those that were the
//   last when a writer was closed.
// - At most `concurrency` parts are in flight; write() blocks for more. So memory stays below
//   chunk x (concurrency + 2), or below three parts if the plan makes them larger than that.
// - A commit without bytes makes an empty object.
// - A failure or a cancel aborts the upload. If that fails, the error names the upload.
// - On failure, data that an earlier close() saved is kept, so that it can still be resumed.
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

// The upload of one object to one service. Called by the writing thread, except tag() and the
// functions of part()'s plan: the engine's thread calls those, possibly at the same time.
class MultipartTarget {
 public:
  virtual ~MultipartTarget() = default;

  // Uploads the whole object in one request, which replaces an existing object atomically.
  virtual void put_whole(std::string_view bytes, const sdk::Call& call) = 0;

  // Starts the upload. Once, before the first part; not when ResumePoint::begun is set.
  virtual void begin(const sdk::Call& call) = 0;

  // The request that uploads one part. Runs in the writing thread, with its call, so slow
  // preparations (a login, a digest) belong here. The plan's functions run in the engine's thread,
  // possibly after that call has returned. The bytes stay valid until the part is done.
  virtual http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call& call) = 0;

  // The tag of a part, from the answer to it; throws if the answer is an error. Engine's thread.
  virtual std::string tag(uint32_t number, const http::Response& answer) = 0;

  // The minimum size of every part but the last; bytes.
  virtual size_t smallest_part() const noexcept { return 0; }

  // Publishes the object. The parts are in order. If the answer is lost, the target checks whether
  // the object exists.
  virtual void complete(const std::vector<Part>& parts, const sdk::Call& call) = 0;

  // The ETag of the object that put_whole or complete published; empty: unknown.
  virtual std::string etag() const { return {}; }

  // The upload is left unfinished, so that an append can resume it. All parts are uploaded; `rest`
  // is too small for a part.
  virtual void on_suspend(const std::vector<Part>& /*parts*/, std::string_view /*rest*/,
                          const sdk::Call& /*call*/) {}

  // Removes the upload and its parts.
  virtual void abort(const sdk::Call& call) = 0;

  // Removes the object that had to be published before the append could resume, unless it was
  // replaced since. Called on cancel only, and only if ResumePoint::published is set.
  virtual void remove_published(const sdk::Call& /*call*/) {}

  // The name of the upload in the service or its tools, for messages; may be empty.
  virtual std::string name() const = 0;
};

[[nodiscard]] uint64_t size_of(const std::vector<Part>& parts) noexcept;

// Where an append resumes.
struct ResumePoint {
  bool begun = false;       // the upload exists
  std::vector<Part> parts;  // uploaded parts that are kept, in order
  std::string tail;         // the bytes after them, which are uploaded again
  bool kept = false;        // an earlier writer closed them
  bool published = false;   // the upload of an earlier writer had to be published
};

class MultipartWriter final : public sdk::Writer {
 public:
  MultipartWriter(std::unique_ptr<MultipartTarget> target, http::Transfers& transfers,
                  const PartPlan& plan, unsigned concurrency, ResumePoint start = {});
  ~MultipartWriter() override;

  void write(std::string_view bytes, const sdk::Call& call) override;
  uint64_t size() const noexcept override { return size_; }
  void commit(const sdk::CommitOptions& options, const sdk::Call& call) override;
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
  void remove_published();
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
