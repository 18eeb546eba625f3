/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of functions says that it ends before the required ones.
 */
#include "fake.h"

static const berth_ops short_ops_ops = {FAKE_OPS, .struct_size = 64};
FAKE_DRIVER(short_ops, &short_ops_ops);
