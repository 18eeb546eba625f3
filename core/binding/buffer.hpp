// SPDX-License-Identifier: Apache-2.0
//
// The berth_buffer that a driver appends to: the caller's string itself, so that bytes are written
// once, where they stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <berth/driver.h>

namespace berth::binding {

class StringBuffer {
 public:
  // most: bytes that the driver may append.
  explicit StringBuffer(std::string& into, std::size_t most = SIZE_MAX) noexcept
      : into_(into), most_(most) {
    raw_.struct_size = sizeof raw_;
    raw_.host_data = this;
    raw_.extend = &extend;
  }
  StringBuffer(const StringBuffer&) = delete;
  StringBuffer& operator=(const StringBuffer&) = delete;

  berth_buffer* raw() noexcept { return &raw_; }
  bool overrun() const noexcept { return overrun_; }  // the driver asked for more than that

 private:
  static void* extend(berth_buffer* raw, std::size_t n) noexcept;

  std::string& into_;
  const std::size_t most_;
  bool overrun_ = false;
  berth_buffer raw_{};
};

}  // namespace berth::binding
