/* SPDX-License-Identifier: Apache-2.0
 *
 * Sleeps 300 ms in stat, whatever deadline or cancellation says.
 */
#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "fake.h"

static berth_status slow_stat(berth_store* store, const berth_call* call, berth_str path,
                              const berth_stat_options* options, berth_entry_fn emit, void* sink,
                              berth_error* err) {
  const struct timespec pause = {0, 300 * 1000 * 1000};
  nanosleep(&pause, NULL);
  return fake_stat(store, call, path, options, emit, sink, err);
}

static const berth_ops slow_ops = {FAKE_OPS, .stat = slow_stat};
FAKE_DRIVER(slow, &slow_ops);
