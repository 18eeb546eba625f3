// SPDX-License-Identifier: Apache-2.0
//
// Leaves a thread_local object and a pthread_key value in each thread that calls stat; their
// destructors run when the thread ends, maybe long after the last store was closed.
#include <pthread.h>

#include <string>

#include "fake.hpp"

namespace {

struct Scratch {
  std::string text = "something that must be freed when the thread ends";
  ~Scratch() { text.assign(text.size(), '\0'); }
};

pthread_key_t key;

class ThreadExit final : public Fake {
 public:
  ThreadExit(const berth::sdk::Parameters&, const berth::sdk::Call&) {}
  static void init() {
    pthread_key_create(&key, [](void* value) { delete static_cast<Scratch*>(value); });
  }
  berth::sdk::Stat stat(std::string_view path, const berth::sdk::Call& call) override {
    thread_local Scratch scratch;
    scratch.text.assign(path);
    if (!pthread_getspecific(key)) pthread_setspecific(key, new Scratch);
    return Fake::stat(path, call);
  }
};

}  // namespace

BERTH_DRIVER(thread_exit, ThreadExit);
