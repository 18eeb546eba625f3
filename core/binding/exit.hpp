// SPDX-License-Identifier: Apache-2.0
//
// The end of the process. A program may hold stores in statics that are destroyed after those of a
// plugin; a driver called then would work on destroyed objects. So once exit() has come to us,
// nothing is closed any more: the process ends anyway. [any thread]
#pragma once

namespace berth::binding {

// Has exit() come to the last place where watch_exit() was called? Statics go in the reverse order
// of their making, so what was made before that place is still whole until this is true.
bool at_exit() noexcept;
void watch_exit() noexcept;

// Keeps a handle that will not be closed where leak checkers see it.
void abandon(const void* handle) noexcept;

}  // namespace berth::binding
