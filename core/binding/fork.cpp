// SPDX-License-Identifier: Apache-2.0
//
// The order of the locks is the one of the rest of the host: the registry's and its drivers', those
// of the calls, the log's.
#include "binding/fork.hpp"

#include <new>

#include <pthread.h>

#include "binding/call_slot.hpp"
#include "binding/registry.hpp"
#include "model/log.hpp"

namespace berth::binding {
namespace {

void before_fork() {
  Registry::of_process().before_fork();
  lock_call_slots();
  model::lock_log();
}

void in_parent() {
  model::unlock_log();
  unlock_call_slots();
  Registry::of_process().after_fork_in_parent();
}

// A mutex that another thread held stays locked in the child for ever: it is made again in place.
void in_child() {
  model::unlock_log();
  unlock_call_slots();
  Registry::of_process().after_fork_in_child();
  new (&renewal_mutex()) std::mutex;
}

}  // namespace

void watch_fork() noexcept {
  static_cast<void>(::pthread_atfork(&before_fork, &in_parent, &in_child));
}

std::mutex& renewal_mutex() noexcept {
  static auto* const only = new std::mutex;  // threads may outlive main()
  return *only;
}

}  // namespace berth::binding
