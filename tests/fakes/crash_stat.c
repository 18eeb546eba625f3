/* SPDX-License-Identifier: Apache-2.0
 *
 * Dies in stat of anything but the root, as drivers with a wild pointer do.
 */
#include <stdlib.h>

#include "fake.h"

static berth_status crashing_stat(berth_store* store, const berth_call* call, berth_str path,
                                  const berth_stat_options* options, berth_entry_fn emit,
                                  void* sink, berth_error* err) {
  if (path.size == 1) return fake_stat(store, call, path, options, emit, sink, err);
  abort();
}

static const berth_ops crash_stat_ops = {FAKE_OPS, .stat = crashing_stat};
FAKE_DRIVER(crash_stat, &crash_stat_ops);
