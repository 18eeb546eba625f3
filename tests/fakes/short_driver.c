/* SPDX-License-Identifier: Apache-2.0
 *
 * The exported object says that it ends before its table.
 */
#include "fake.h"

static const berth_ops short_driver_ops = {FAKE_OPS};
BERTH_REGISTER_DRIVER(short_driver) = {BERTH_MAGIC,
                                       BERTH_ABI_MAJOR,
                                       BERTH_ABI_MINOR,
                                       24,
                                       0,
                                       BERTH_THREADS_PARALLEL,
                                       FAKE_REST(short_driver, &short_driver_ops)};
