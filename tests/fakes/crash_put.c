/* SPDX-License-Identifier: Apache-2.0
 *
 * Dies in put, which nearly every test of the conformance suite begins with.
 */
#include <stdlib.h>

#include "fake.h"

static berth_status crashing_put(berth_store* store, const berth_call* call, berth_str path,
                                 const void* data, size_t size, const berth_write_options* options,
                                 berth_error* err) {
  (void)store, (void)call, (void)path, (void)data, (void)size, (void)options, (void)err;
  abort();
}

static const berth_ops crash_put_ops = {FAKE_OPS, .put = crashing_put};
FAKE_DRIVER(crash_put, &crash_put_ops);
