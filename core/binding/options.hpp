// SPDX-License-Identifier: Apache-2.0
//
// From the options of Store to those of driver.h.
#pragma once

#include <string_view>
#include <vector>

#include <berth/driver.h>
#include <berth/store.hpp>

namespace berth::binding {

inline berth_str str(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

// Attributes as a driver gets them. The strings are borrowed.
class RawAttributes {
 public:
  explicit RawAttributes(const Attributes& attributes);
  const berth_attribute* data() const noexcept { return rows_.data(); }
  std::size_t size() const noexcept { return rows_.size(); }

 private:
  std::vector<berth_attribute> rows_;
};

// REQUIRES: the offset was checked. `attributes` must outlive the result, as must the options.
berth_read_options to_raw(const ReadOptions& options) noexcept;
berth_write_options to_raw(const PutOptions& options, const RawAttributes& attributes,
                           std::uint64_t size) noexcept;
berth_write_options to_raw(const WriterOptions& options, const RawAttributes& attributes) noexcept;
berth_copy_options to_raw(const CopyOptions& options) noexcept;
berth_remove_options to_raw(const RemoveOptions& options) noexcept;

}  // namespace berth::binding
