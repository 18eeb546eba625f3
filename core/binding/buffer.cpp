// SPDX-License-Identifier: Apache-2.0
//
// Grows as std::string does: by doubling.
#include "binding/buffer.hpp"

namespace berth::binding {

void* StringBuffer::extend(berth_buffer* raw, std::size_t n) noexcept {
  auto& self = *static_cast<StringBuffer*>(raw->host_data);
  std::string& into = self.into_;
  const std::size_t before = into.size();
  if (n > self.most_ - before) return self.overrun_ = true, nullptr;
  try {
    into.append(n, '\0');
    return into.data() + before;
  } catch (...) {  // no memory, or more than a string can hold: the driver answers NO_SPACE
    return nullptr;
  }
}

}  // namespace berth::binding
