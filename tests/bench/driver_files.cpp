// SPDX-License-Identifier: Apache-2.0
//
// The same workloads on the driver class `filesystem` without a host. Shows what the driver adds to
// the system calls (raw_files), and what the host adds to the driver (`berth bench`).
#include <algorithm>
#include <memory>
#include <string>

#include "driver.hpp"
#include "support/driver_calls.hpp"
#include "workload.hpp"

using namespace berth::bench;
using namespace berth;

namespace {

class Counter {
 public:
  sdk::Sink sink() noexcept {
    return sdk::Sink(
        [](void* count, const berth_entry*) noexcept -> int32_t {
          ++*static_cast<std::uint64_t*>(count);
          return BERTH_VISIT_CONTINUE;
        },
        &count_);
  }
  std::uint64_t count() const noexcept { return count_; }

 private:
  std::uint64_t count_ = 0;
};

class DriverFiles {
 public:
  explicit DriverFiles(Options options)
      : options_(std::move(options)),
        buffer_(std::max<std::size_t>(block, options_.bytes)),
        store_(test::open_driver<filesystem::FilesystemDriver>(
            {{"rootdirectory", options_.root}, {"fsync", options_.fsync ? "true" : "false"}})) {}

  void run() {
    // The folders already exist, as for the raw system calls.
    for (std::uint64_t i = 0; i < folders; ++i)
      store_->put(folder_path(i) + "/keep", "", {}, call_);
    measure("put-small", [this] { return put_small(); });
    measure("get-small", [this] { return get_small(); });
    measure("stat", [this] { return stat(); });
    measure("list", [this] { return list(); });
    measure("walk", [this] { return walk(); });
    if (options_.large != 0) {
      measure("write-large", [this] { return write_large(); });
      measure("read-large", [this] { return read_large(); });
      store_->remove(large_folder, {}, call_);
    }
    measure("delete", [this] { return remove(); });
    store_->remove("/bench", {}, call_);
  }

 private:
  Amount all() const { return {options_.objects, options_.objects * options_.bytes}; }

  Amount put_small() {
    const std::string_view bytes(buffer_.data(), options_.bytes);
    for (std::uint64_t i = 0; i < options_.objects; ++i)
      store_->put(object_path(i), bytes, {}, call_);
    return all();
  }
  Amount get_small() {
    test::GrowingBuffer buffer;
    for (std::uint64_t i = 0; i < options_.objects; ++i) {
      store_->get(object_path(i), buffer.buffer(), call_);
      buffer.take();
    }
    return all();
  }
  Amount stat() {
    for (std::uint64_t i = 0; i < options_.objects; ++i) store_->stat(object_path(i), call_);
    return {options_.objects, 0};
  }
  Amount list() {
    Counter counter;
    for (std::uint64_t i = 0; i < folders; ++i)
      store_->list(folder_path(i), {}, counter.sink(), call_);
    return {counter.count(), 0};
  }
  Amount walk() {
    Counter counter;
    store_->walk("/bench", {}, counter.sink(), call_);
    return {counter.count(), 0};
  }
  Amount write_large() {
    const auto writer = store_->writer(large_path, {}, call_);
    for (std::uint64_t done = 0; done < options_.large; done += block)
      writer->write({buffer_.data(), block}, call_);
    writer->commit({}, call_);
    return {1, options_.large};
  }
  Amount read_large() {
    const auto reader = store_->reader(large_path, {}, call_);
    std::uint64_t done = 0;
    while (const std::size_t got = reader->read(buffer_.data(), block, call_)) done += got;
    return {1, done};
  }
  Amount remove() {
    for (std::uint64_t i = 0; i < options_.objects; ++i) store_->remove(object_path(i), {}, call_);
    return {options_.objects, 0};
  }

  const Options options_;
  Pages buffer_;
  const test::FakeCall call_;
  const std::unique_ptr<filesystem::FilesystemDriver> store_;
};

}  // namespace

int main(int argc, char** argv) {
  DriverFiles(options_of(argc, argv)).run();
}
