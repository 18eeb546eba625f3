/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls a function that no library has; linked lazily, so that only its first call would fail.
 */
#include "fake.h"

berth_status berth_fake_from_nowhere(berth_error* err);

static berth_status undefined_remove(berth_store* store, const berth_call* call, berth_str path,
                                     const berth_remove_options* options, berth_error* err) {
  (void)options, (void)store, (void)call, (void)path;
  return berth_fake_from_nowhere(err);
}

static const berth_ops undefined_symbol_ops = {FAKE_OPS, .remove = undefined_remove};
FAKE_DRIVER(undefined_symbol, &undefined_symbol_ops);
