// SPDX-License-Identifier: Apache-2.0
//
// An object open for reading; closes it and then lets go of the store. [one]
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <berth/ranges.hpp>

#include "binding/open_store.hpp"

namespace berth::binding {

class OpenReader {
 public:
  OpenReader(std::shared_ptr<OpenStore> store, std::string path) noexcept
      : store_(std::move(store)), path_(std::move(path)) {}
  ~OpenReader();
  OpenReader(const OpenReader&) = delete;
  OpenReader& operator=(const OpenReader&) = delete;

  // Before every other call. The object exists before the driver opens the reader, so that no
  // failure lies between a handle and its owner.
  void take(berth_reader* handle) noexcept { handle_ = handle; }

  std::size_t read(void* buffer, std::size_t size, const CallOptions& options);
  std::string read_all(const CallOptions& options);
  std::optional<FileInfo> info() const;

  // Reads one request of the plan, at whose offset this reader was opened, into its ranges. Calls
  // done(index) for each range that is complete.
  void read_ranges(berth_range* ranges, const sdk::RangePlan& plan,
                   const sdk::RangeRequest& request, const std::function<void(std::size_t)>& done,
                   const CallOptions& options);

 private:
  friend class OpenStore;
  std::size_t read(std::string_view operation, void* buffer, std::size_t size,
                   const CallOptions& options);
  std::string read_all(std::string_view operation, const CallOptions& options);
  std::size_t likely_size() const;

  void require_own_process(std::string_view operation) const;

  std::shared_ptr<OpenStore> store_;
  const sdk::ProcessMark process_;  // that opened it; a child after fork() cannot use it
  const std::string path_;
  berth_reader* handle_ = nullptr;
};

}  // namespace berth::binding
