// SPDX-License-Identifier: Apache-2.0
//
// A small thread pool. add() blocks while the queue is full, so memory is bounded. The exception of
// a job is rethrown to the thread that adds jobs, and the remaining jobs are dropped.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cli/start_thread.hpp"

namespace berth::cli {

template <class Job>
class WorkQueue {
 public:
  WorkQueue(unsigned threads, std::function<void(Job&)> work)
      : work_(std::move(work)), most_(std::size_t{4} * threads) {
    threads_.reserve(threads);
    for (unsigned i = 0; i < threads && start(); ++i) {
    }
  }
  ~WorkQueue() { close(/*drop=*/true); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  void add(Job job) {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [this] { return jobs_.size() < most_ || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    jobs_.push_back(std::move(job));
    ready_.notify_one();
  }

  // Waits until everything is done.
  void finish() {
    close(/*drop=*/false);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // False: the system gives no more threads, or no memory for one. Those that run do the work.
  // Throws if there are none.
  bool start() {
    try {
      threads_.push_back(start_thread([this] { run(); }));
      return true;
    } catch (const std::exception&) {
      if (threads_.empty()) throw;
      return false;
    }
  }

  void close(bool drop) noexcept {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      if (drop) jobs_.clear();
    }
    ready_.notify_all();
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ready_.wait(lock, [this] { return !jobs_.empty() || closed_; });
      if (jobs_.empty()) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      space_.notify_one();
      auto failure = attempt(job);
      lock.lock();
      if (failure) fail(std::move(failure));
    }
  }

  std::exception_ptr attempt(Job& job) noexcept {
    try {
      work_(job);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  void fail(std::exception_ptr failure) noexcept {
    if (!failure_) failure_ = std::move(failure);
    jobs_.clear();
    space_.notify_all();
  }

  std::function<void(Job&)> work_;
  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable ready_, space_;
  std::deque<Job> jobs_;
  std::exception_ptr failure_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth::cli
