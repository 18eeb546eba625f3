/* SPDX-License-Identifier: Apache-2.0
 *
 * There is no table of functions.
 */
#include "fake.h"

static const berth_ops unused_ops = {FAKE_OPS};
const berth_ops* null_ops_unused(void);
const berth_ops* null_ops_unused(void) {
  return &unused_ops;
}
FAKE_DRIVER(null_ops, NULL);
