// SPDX-License-Identifier: Apache-2.0
//
// Going on with an append blob, which is what registries since 2.4 left of their uploads. The
// service can neither hide what is appended until a commit nor take it back, so this writer is not
// atomic: readers see each block as it lands.
#pragma once

#include <berth/driver.hpp>
#include <string>
#include <string_view>

#include "container.hpp"

namespace berth::azure {

// Every block says at which position it belongs: one that was sent twice lands once, and a second
// writer is an error.
class AppendWriter final : public sdk::Writer {
 public:
  AppendWriter(Container& container, std::string blob, uint64_t size);

  void write(std::string_view bytes, const sdk::Call& call) override;
  uint64_t size() const noexcept override { return landed_ + buffer_.size(); }
  void commit(const sdk::CommitOptions&, const sdk::Call& call) override { finish(call); }
  void keep(const sdk::Call& call) override { finish(call); }
  void cancel(const sdk::Call& call) override;

 private:
  void finish(const sdk::Call& call);
  void flush(const sdk::Call& call);
  [[nodiscard]] bool has_landed(const sdk::Call& call);

  Container& container_;
  const std::string blob_;
  const uint64_t before_;  // size when it was opened
  uint64_t landed_;
  std::string buffer_;
  bool over_ = false;
};

}  // namespace berth::azure
