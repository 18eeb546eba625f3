// SPDX-License-Identifier: Apache-2.0
//
// The baseline for the driver `inmemory`: the small workloads of `berth bench` on a hash map with a
// shared lock, where each get is a memcpy.
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "workload.hpp"

using namespace berth::bench;

namespace {

class RawMemory {
 public:
  explicit RawMemory(Options options)
      : options_(std::move(options)), content_(options_.bytes, 'x') {
    objects_.reserve(options_.objects);
  }

  void run() {
    measure("put-small", [this] { return put_small(); });
    measure("get-small", [this] { return get_small(); });
    measure("stat", [this] { return stat(); });
    measure("delete", [this] { return remove(); });
  }

 private:
  using Bytes = std::unique_ptr<char[]>;

  // Each thread calls body(next number, its own buffer) until no number is left.
  template <class Body>
  void in_parallel(Body&& body) {
    std::atomic<std::uint64_t> next{0};
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < options_.threads; ++t)
      threads.emplace_back([&] {
        const auto buffer = std::make_unique<char[]>(options_.bytes);
        for (std::uint64_t i = next++; i < options_.objects; i = next++) body(i, buffer.get());
      });
  }
  Amount all() const { return {options_.objects, options_.objects * options_.bytes}; }

  Amount put_small() {
    in_parallel([this](std::uint64_t i, char*) {
      auto bytes = std::make_unique_for_overwrite<char[]>(options_.bytes);
      std::memcpy(bytes.get(), content_.data(), options_.bytes);
      std::string path = object_path(i);
      const std::unique_lock lock(mutex_);
      objects_.insert_or_assign(std::move(path), std::move(bytes));
    });
    return all();
  }
  Amount get_small() {
    in_parallel([this](std::uint64_t i, char* buffer) {
      const std::string path = object_path(i);
      const std::shared_lock lock(mutex_);
      std::memcpy(buffer, objects_.find(path)->second.get(), options_.bytes);
      asm volatile("" : : "r"(buffer) : "memory");  // somebody reads it
    });
    return all();
  }
  Amount stat() {
    in_parallel([this](std::uint64_t i, char*) {
      const std::string path = object_path(i);
      const std::shared_lock lock(mutex_);
      const auto found = objects_.find(path);
      asm volatile("" : : "r"(found->second.get()) : "memory");
    });
    return {options_.objects, 0};
  }
  Amount remove() {
    in_parallel([this](std::uint64_t i, char*) {
      const std::string path = object_path(i);
      const std::unique_lock lock(mutex_);
      objects_.erase(path);
    });
    return {options_.objects, 0};
  }

  const Options options_;
  const std::string content_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Bytes> objects_;
};

}  // namespace

int main(int argc, char** argv) {
  RawMemory(options_of(argc, argv, Root::unused)).run();
}
