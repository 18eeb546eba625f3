/* SPDX-License-Identifier: Apache-2.0
 *
 * The name in the object is not the one in the symbol.
 */
#include "fake.h"

static const berth_ops other_name_ops = {FAKE_OPS};
BERTH_REGISTER_DRIVER(other_name) = {BERTH_DRIVER_PREFIX, BERTH_THREADS_PARALLEL,
                                     FAKE_REST(somebody_else, &other_name_ops)};
