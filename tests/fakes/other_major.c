/* SPDX-License-Identifier: Apache-2.0
 *
 * The symbol says major 1, the object says 2.
 */
#include "fake.h"

static const berth_ops other_major_ops = {FAKE_OPS};
BERTH_REGISTER_DRIVER(other_major) = {BERTH_MAGIC,
                                      2,
                                      0,
                                      sizeof(berth_driver),
                                      0,
                                      BERTH_THREADS_PARALLEL,
                                      FAKE_REST(other_major, &other_major_ops)};
