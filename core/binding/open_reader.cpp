// SPDX-License-Identifier: Apache-2.0
//
// Reading, straight into the caller's memory.
#include "binding/open_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <vector>

#include "binding/entries.hpp"
#include "binding/exit.hpp"
#include "model/log.hpp"

namespace berth::binding {
namespace {

constexpr std::size_t first_read = 64 * 1024;
constexpr std::uint64_t largest_guess = 64 * 1024 * 1024;  // what a wrong size may cost

}  // namespace

OpenReader::~OpenReader() {
  if (handle_ == nullptr) return;
  if (at_exit() || process_.forked()) {
    abandon(handle_);
    return;
  }
  try {
    store_->run({store_->driver(), "reader_close", path_}, {}, {.limited = false, .must_run = true},
                [this](const berth_call*, berth_error*) {
                  store_->readers().remove(handle_);
                  store_->ops().reader_close(handle_);
                  return BERTH_STATUS_OK;
                });
  } catch (const std::exception& error) {
    model::log(model::LogLevel::error, error.what());
  }
}

void OpenReader::require_own_process(std::string_view operation) const {
  if (process_.forked())
    throw_wrong_state(store_->context(operation, path_),
                      "the reader was opened before fork(); open another one in the child");
}

std::size_t OpenReader::read(void* buffer, std::size_t size, const CallOptions& options) {
  return read("reader_read", buffer, size, options);
}

std::size_t OpenReader::read(std::string_view operation, void* buffer, std::size_t size,
                             const CallOptions& options) {
  require_own_process(operation);
  if (size == 0) return 0;
  std::size_t got = SIZE_MAX;  // so that a driver that sets nothing does not end the object
  store_->run({store_->driver(), operation, path_}, options, {.limited = false, .traced = false},
              [&](const berth_call* call, berth_error* error) {
                return store_->ops().reader_read(handle_, call, buffer, size, &got, error);
              });
  if (got == SIZE_MAX)
    throw_misbehaviour(store_->context(operation, path_),
                       "the driver answered OK but set no number of bytes");
  if (got > size)
    throw_misbehaviour(store_->context(operation, path_),
                       "the driver says it read " + std::to_string(got) +
                           " bytes into a buffer of " + std::to_string(size));
  return got;
}

std::string OpenReader::read_all(const CallOptions& options) {
  return read_all("reader_read", options);
}

std::string OpenReader::read_all(std::string_view operation, const CallOptions& options) {
  std::string bytes;
  std::size_t used = 0;
  bytes.resize(likely_size());
  while (true) {
    if (used == bytes.size()) bytes.resize(std::max(first_read, 2 * used));
    const std::size_t got = read(operation, bytes.data() + used, bytes.size() - used, options);
    if (got == 0) break;
    used += got;
  }
  bytes.resize(used);
  return bytes;
}

// With one byte more, so that the read that finds the end needs no larger buffer.
std::size_t OpenReader::likely_size() const {
  const std::optional<FileInfo> known = info();
  return known ? static_cast<std::size_t>(std::min(known->size, largest_guess)) + 1 : first_read;
}

std::optional<FileInfo> OpenReader::info() const {
  require_own_process("reader_info");
  if (store_->ops().reader_info == nullptr) return std::nullopt;
  const CallContext who = store_->context("reader_info", path_);
  OneEntry entry(who);
  store_->run({store_->driver(), "reader_info", path_}, {}, {.limited = false, .traced = false},
              [&](const berth_call*, berth_error* error) {
                return store_->ops().reader_info(handle_, &LentSink::emit, entry.sink(), error);
              });
  if (entry.count() == 0) return std::nullopt;
  return entry.take();
}

void OpenReader::read_ranges(berth_range* ranges, const sdk::RangePlan& plan,
                             const sdk::RangeRequest& request,
                             const std::function<void(std::size_t)>& done,
                             const CallOptions& options) {
  sdk::RangeScatter scatter(ranges, plan, request);
  std::vector<char> gap;
  std::uint64_t wanted = 0;
  for (;;) {
    char* place = scatter.place(&wanted);
    if (wanted == 0) return;
    if (place == nullptr) {
      gap.resize(first_read);
      wanted = std::min<std::uint64_t>(wanted, gap.size());
      place = gap.data();
    }
    const std::size_t got = read("read_ranges", place, wanted, options);
    if (got == 0) return scatter.finish(done);
    scatter.take(place, got, done);
  }
}

}  // namespace berth::binding
