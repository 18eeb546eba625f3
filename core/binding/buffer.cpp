// SPDX-License-Identifier: Apache-2.0
//
// Grows as std::string does: by doubling.
#include "binding/buffer.hpp"

namespace berth::binding {

void* StringBuffer::extend(berth_buffer* raw, std::size_t n) noexcept {
  std::string& into = static_cast<StringBuffer*>(raw->host_data)->into_;
  const std::size_t before = into.size();
  try {
    into.append(n, '\0');
    return into.data() + before;
  } catch (...) {  // no memory, or more than a string can hold: the driver answers NO_SPACE
    return nullptr;
  }
}

}  // namespace berth::binding
