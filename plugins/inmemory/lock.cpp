// SPDX-License-Identifier: Apache-2.0
//
// The list of all locks of the process, for fork().
#include "lock.hpp"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <vector>

namespace berth::inmemory {

class AllLocks {
 public:
  // Never destroyed, because a store may outlive main().
  static AllLocks& instance() {
    static AllLocks& locks = *new AllLocks;
    return locks;
  }

  void add(Lock* lock) {
    const std::lock_guard guard(mutex_);
    locks_.push_back(lock);
  }
  void remove(Lock* lock) noexcept {
    const std::lock_guard guard(mutex_);
    locks_.erase(std::find(locks_.begin(), locks_.end(), lock));
  }

 private:
  AllLocks() {
    ::pthread_atfork([] { instance().before_fork(); }, [] { instance().in_parent(); },
                     [] { instance().in_child(); });
  }

  void before_fork() noexcept {
    mutex_.lock();
    for (Lock* lock : locks_) lock->lock();
  }
  void in_parent() noexcept {
    for (Lock* lock : locks_) lock->unlock();
    mutex_.unlock();
  }
  // Threads of the parent may be waiting for a lock. They do not exist in the child, so the locks
  // are initialised again.
  void in_child() noexcept {
    for (Lock* lock : locks_) lock->initialise();
    mutex_.unlock();
  }

  std::mutex mutex_;
  std::vector<Lock*> locks_;
};

Lock::Lock() {
  if (const int error = initialise())
    throw std::system_error(error, std::generic_category(), "cannot create the lock of a store");
  AllLocks::instance().add(this);
}

Lock::~Lock() {
  AllLocks::instance().remove(this);
  ::pthread_rwlock_destroy(&lock_);
}

int Lock::initialise() noexcept {
  pthread_rwlockattr_t kind;
  ::pthread_rwlockattr_init(&kind);
  ::pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  const int error = ::pthread_rwlock_init(&lock_, &kind);
  ::pthread_rwlockattr_destroy(&kind);
  return error;
}

}  // namespace berth::inmemory
