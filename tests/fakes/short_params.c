/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of parameters are shorter than those of 1.0.
 */
#include "fake.h"

static const berth_ops short_params_ops = {FAKE_OPS};
FAKE_PARAM("key");
BERTH_REGISTER_DRIVER(short_params) = {
    BERTH_DRIVER_PREFIX, BERTH_THREADS_PARALLEL, "short_params", "1.0", "tests",
    "A fake driver",     &short_params_ops,      fake_params,    1,     16};
