// SPDX-License-Identifier: Apache-2.0
//
// fork() in a program with threads. The handlers of pthread_atfork take the host's own locks before
// the fork, so that the child finds none of them held by a thread that it does not have, and
// nothing half changed. Stores renew themselves at their first call in the child (open_store.hpp).
#pragma once

#include <mutex>

namespace berth::binding {

// Registers the handlers. Call once. Without memory for them nothing is handled.
void watch_fork() noexcept;

// Held while a store is opened again in a child. [any thread]
std::mutex& renewal_mutex() noexcept;

}  // namespace berth::binding
