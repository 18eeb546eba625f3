// SPDX-License-Identifier: Apache-2.0
//
// Many transfers at once: parts of an upload, ranges read ahead. One curl multi handle and one
// thread for a store, made with the first job; signals blocked in it. A job is a whole logical
// request: attempts, pauses and all.
#ifndef BERTH_COMMON_HTTP_TRANSFERS_HPP
#define BERTH_COMMON_HTTP_TRANSFERS_HPP

#include <exception>
#include <functional>
#include <memory>

#include "common/http/http.hpp"
#include "common/http/retry.hpp"

namespace berth::http {

// What a job came to: the last answer, as Retrier::send returns it, or what it would throw.
struct JobResult {
  Response answer;
  std::exception_ptr error;
};

struct Job {
  Plan plan;                            // its functions run in the engine's thread
  BodySink* sink = nullptr;             // borrowed until done; may be NULL
  std::function<void(JobResult)> done;  // in the engine's thread, once; quick, and must not throw
};

class Transfers {
 public:
  class Batch;

  // All are borrowed. `most` transfers run at once, more wait for their turn.
  Transfers(Client& client, RetryPolicy policy, Clock& clock, unsigned most = 64);
  ~Transfers();  // REQUIRES: no batch is left
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

// The jobs of one reader or writer, which end with it. [one]
class Transfers::Batch {
 public:
  explicit Batch(Transfers& transfers) noexcept;
  ~Batch();  // as cancel()
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Throws UNAVAILABLE when the engine cannot be started (no thread, no descriptor), WRONG_STATE in
  // a child after fork() and at the end of the program; then nothing of the job is kept.
  void start(Job job);

  // Ends what is under way. When it returns, nothing that was lent to the jobs is touched any more,
  // and done() of those that were not done is never called. Not from within done().
  void cancel() noexcept;

 private:
  Engine& engine_;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_TRANSFERS_HPP
