// SPDX-License-Identifier: Apache-2.0
//
// The berth_buffer that a driver appends to: the caller's string itself, so that bytes are written
// once, where they stay.
#pragma once

#include <cstddef>
#include <string>

#include <berth/driver.h>

namespace berth::binding {

class StringBuffer {
 public:
  explicit StringBuffer(std::string& into) noexcept : into_(into) {
    raw_.struct_size = sizeof raw_;
    raw_.host_data = this;
    raw_.extend = &extend;
  }
  StringBuffer(const StringBuffer&) = delete;
  StringBuffer& operator=(const StringBuffer&) = delete;

  berth_buffer* raw() noexcept { return &raw_; }

 private:
  static void* extend(berth_buffer* raw, std::size_t n) noexcept;

  std::string& into_;
  berth_buffer raw_{};
};

}  // namespace berth::binding
