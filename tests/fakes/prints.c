/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a line to standard output when a store is opened, and behaves otherwise.
 */
#include "fake.h"

static berth_status printing_open(const berth_params* params, const berth_call* call,
                                  berth_store** out, berth_error* err) {
  puts("the fake was opened");
  return fake_open(params, call, out, err);
}

static const berth_ops prints_ops = {FAKE_OPS, .open = printing_open};
FAKE_DRIVER(prints, &prints_ops);
