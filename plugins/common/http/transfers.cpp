// SPDX-License-Identifier: Apache-2.0
#include "common/http/transfers.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "common/http/core.hpp"
#include "common/http/curl_request.hpp"
#include "common/http/signals.hpp"

namespace berth::http {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds idle{60'000};

sdk::Error lacking(const char* what, int error_number) {
  sdk::Error error(BERTH_STATUS_UNAVAILABLE, std::string("parallel transfers need ") + what + ": " +
                                                 std::generic_category().message(error_number));
  return error.os_errno(error_number);
}

}  // namespace

class Transfers::Engine {
 public:
  Engine(Client& client, RetryPolicy policy, Clock& clock, unsigned most)
      : core_(client.core()), policy_(policy), clock_(clock), most_(most) {}

  ~Engine() {
    if (!thread_) return;
    if (core_.forked()) {
      abandon();
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_->join();
    if (!core_.usable()) abandon();
  }

  // The job is queued last: what throws before leaves nothing behind that refers to its owner.
  void start(const Batch* owner, Job job) {
    core_.require_usable();
    {
      const std::lock_guard lock(mutex_);
      auto task = std::make_unique<Task>(owner, std::move(job), policy_);
      if (!thread_) start_thread();
      arriving_.push_back(std::move(task));
    }
    curl_multi_wakeup(multi_.get());
  }

  void cancel(const Batch* owner) noexcept {
    if (core_.forked()) return;  // the thread is not in this process
    std::unique_lock lock(mutex_);
    if (!thread_) return;
    leaving_.push_back(owner);
    curl_multi_wakeup(multi_.get());
    left_.wait(lock, [&] {
      return stopped_ || std::find(leaving_.begin(), leaving_.end(), owner) == leaving_.end();
    });
  }

 private:
  // One job and its attempt under way, if any.
  struct Task {
    Task(const Batch* batch, Job work, const RetryPolicy& policy)
        : owner(batch), job(std::move(work)), backoff(policy) {}
    bool running() const noexcept { return transfer.has_value(); }

    const Batch* const owner;
    Job job;
    Backoff backoff;
    Time due{};          // not before
    bool fresh = false;  // on a connection of its own
    Easy easy;
    Request request;
    std::optional<WatchedSink> sink;
    std::optional<CurlRequest> transfer;
  };
  using Tasks = std::list<std::unique_ptr<Task>>;

  // REQUIRES: mutex_.
  void start_thread() {
    if (!multi_) multi_ = woken_multi();
    const SignalBlock block;
    try {
      thread_ = std::make_unique<std::thread>([this] { run(); });
    } catch (const std::system_error& error) {
      throw lacking(
          "a thread, and none can be started; see the limits on processes of the user (ulimit -u) "
          "and of the control group (pids.max), and the memory",
          error.code().value());
    }
  }

  // curl makes a multi handle without the sockets that wake it up when there is no descriptor left.
  // The engine's thread would then notice a new job only by chance.
  Multi woken_multi() const {
    Multi multi = core_.make_multi();
    if (curl_multi_wakeup(multi.get()) != CURLM_OK)
      throw lacking("file descriptors, and the process has none left (ulimit -n)", EMFILE);
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, long{most_});
    return multi;
  }

  // In a child after fork() the thread and the connections are the parent's. While the program
  // exits, curl and OpenSSL cannot be used any more.
  void abandon() noexcept {
    static_cast<void>(thread_.release());
    for (auto& task : tasks_) static_cast<void>(task.release());
    for (auto& easy : spare_) static_cast<void>(easy.release());
    static_cast<void>(multi_.release());
  }

  void run() noexcept {
    while (take_orders()) {
      if (!core_.usable()) return fail_all();
      start_due();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      if (collect()) continue;  // a place is free
      end_overdue();
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(poll_timeout().count()), nullptr);
    }
    for (auto& task : tasks_) release(*task);
  }

  // The program is exiting, and curl cannot be used any more.
  void fail_all() noexcept {
    {
      const std::lock_guard lock(mutex_);
      tasks_.splice(tasks_.end(), arriving_);
      stopped_ = true;
    }
    for (auto& task : tasks_) {
      const auto done = std::move(task->job.done);
      static_cast<void>(task->easy.release());
      static_cast<void>(task.release());
      try {
        core_.require_usable();
      } catch (...) {
        done({{}, std::current_exception()});
      }
    }
    tasks_.clear();
    left_.notify_all();
  }

  // False: it is over.
  bool take_orders() {
    const std::lock_guard lock(mutex_);
    tasks_.splice(tasks_.end(), arriving_);
    for (const Batch* owner : leaving_) drop(owner);
    if (!leaving_.empty()) left_.notify_all();
    leaving_.clear();
    return !stop_;
  }

  void drop(const Batch* owner) {
    tasks_.remove_if([&](const std::unique_ptr<Task>& task) {
      if (task->owner != owner) return false;
      release(*task);
      return true;
    });
  }

  // Takes the handle out of curl's hands and keeps it for the next task.
  void release(Task& task) noexcept {
    if (!task.running()) return;
    curl_multi_remove_handle(multi_.get(), task.easy.get());
    task.transfer.reset();
    --running_;
    spare_.push_back(std::move(task.easy));
  }

  void start_due() {
    const Time now = std::chrono::steady_clock::now();
    for (auto at = tasks_.begin(); at != tasks_.end() && running_ < most_;) {
      Task& task = **at;
      const bool begin = !task.running() && task.due <= now;
      if (begin && !attempt(task))
        at = tasks_.erase(at);
      else
        ++at;
    }
  }

  // False: the attempt could not even be made, and the job is done.
  bool attempt(Task& task) noexcept {
    try {
      task.request = task.job.plan.make();
      task.easy = spare_easy();
      if (task.job.sink) task.sink.emplace(*task.job.sink);
      BodySink* const sink = task.job.sink ? &*task.sink : nullptr;
      task.transfer.emplace(task.easy.get(), core_, task.request, sink, task.fresh);
      curl_easy_setopt(task.easy.get(), CURLOPT_PRIVATE, &task);
      if (curl_multi_add_handle(multi_.get(), task.easy.get()) != CURLM_OK) throw std::bad_alloc();
      ++running_;
      return true;
    } catch (...) {
      task.transfer.reset();
      task.job.done({{}, std::current_exception()});
      return false;
    }
  }

  Easy spare_easy() {
    if (spare_.empty()) return core_.make_easy();
    Easy easy = std::move(spare_.back());
    spare_.pop_back();
    return easy;
  }

  bool collect() {
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      Task* task = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &task);
      const CURLcode code = message->data.result;  // the message goes with the handle
      finish(
          *task, [&] { return task->transfer->finish(code); }, task->transfer->stale(code));
      any = true;
    }
    return any;
  }

  void end_overdue() {
    const Time now = std::chrono::steady_clock::now();
    if (now < next_check_) return;
    next_check_ = now + idle;
    for (auto at = tasks_.begin(); at != tasks_.end();) {
      Task& task = **at++;  // finish() may remove it
      if (!task.running()) continue;
      next_check_ = std::min(next_check_, now + task.transfer->tick());
      if (const auto error = task.transfer->overdue(now))
        finish(
            task, [&]() -> Response { throw *error; }, false);
    }
  }

  // Ends an attempt: the next one, or the end of the job.
  template <class Answer>
  void finish(Task& task, Answer answer_of, bool stale) noexcept {
    JobResult result;
    std::optional<milliseconds> again;
    const bool touched = task.sink && task.sink->touched();
    if (touched && task.job.plan.resumes) task.backoff.progressed();
    try {
      result.answer = stale ? Response() : answer_of();
      if (!stale)
        again = task.backoff.after(verdict_of(task.job.plan, task.request, result.answer),
                                   result.answer, clock_);
    } catch (const sdk::Error& error) {
      again = task.backoff.after(error);
      result.error = std::make_exception_ptr(with_attempts(error, task.backoff.attempts()));
    } catch (...) {
      result.error = std::current_exception();
    }
    release(task);
    task.fresh = stale;
    if (stale) again = milliseconds(0);
    if (again && (!touched || task.job.plan.resumes)) {
      task.due = std::chrono::steady_clock::now() + *again;
      return;
    }
    const auto done = std::move(task.job.done);
    tasks_.remove_if([&](const std::unique_ptr<Task>& one) { return one.get() == &task; });
    done(std::move(result));
  }

  milliseconds poll_timeout() const {
    const Time now = std::chrono::steady_clock::now();
    milliseconds time = idle;
    for (const auto& task : tasks_) {
      if (task->running())
        time = std::min(time, task->transfer->tick());
      else if (running_ < most_)
        time = std::min(time, std::chrono::ceil<milliseconds>(task->due - now));
    }
    return std::max(time, milliseconds(0));
  }

  Client::Core& core_;
  const RetryPolicy policy_;
  Clock& clock_;
  const unsigned most_;
  Multi multi_;  // null until the first job

  std::mutex mutex_;  // guards the orders
  std::condition_variable left_;
  Tasks arriving_;
  std::vector<const Batch*> leaving_;
  bool stop_ = false;
  bool stopped_ = false;  // the thread drives nothing any more

  Tasks tasks_;  // the engine's thread only, from here on
  std::vector<Easy> spare_;
  unsigned running_ = 0;
  Time next_check_{};
  std::unique_ptr<std::thread> thread_;  // null until the first job; changed under mutex_
};

Transfers::Transfers(Client& client, RetryPolicy policy, Clock& clock, unsigned most)
    : engine_(std::make_unique<Engine>(client, policy, clock, most)) {}

Transfers::~Transfers() = default;

Transfers::Batch::Batch(Transfers& transfers) noexcept : engine_(*transfers.engine_) {}

Transfers::Batch::~Batch() {
  cancel();
}

void Transfers::Batch::start(Job job) {
  engine_.start(this, std::move(job));
}

void Transfers::Batch::cancel() noexcept {
  engine_.cancel(this);
}

}  // namespace berth::http
