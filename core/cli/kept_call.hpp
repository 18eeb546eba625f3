// SPDX-License-Identifier: Apache-2.0
//
// Recognises a crash of a driver that used a berth_call after the call had returned; see
// core/binding/call_pages.hpp.
#pragma once

namespace berth::cli {

// From now on, such a crash is explained in one line on fd before it ends the process. REQUIRES: a
// driver was called with BERTH_CALL_PAGES set.
void explain_kept_calls(int fd);

}  // namespace berth::cli
