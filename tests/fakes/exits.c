/* SPDX-License-Identifier: Apache-2.0
 *
 * Ends the process in put, with success.
 */
#include <stdlib.h>

#include "fake.h"

static berth_status exiting_put(berth_store* store, const berth_call* call, berth_str path,
                                const void* data, size_t size, const berth_write_options* options,
                                berth_error* err) {
  (void)store, (void)call, (void)path, (void)data, (void)size, (void)options, (void)err;
  _Exit(0);
}

static const berth_ops exits_ops = {FAKE_OPS, .put = exiting_put};
FAKE_DRIVER(exits, &exits_ops);
