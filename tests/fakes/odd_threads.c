/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread model that nobody defined.
 */
#include "fake.h"

static const berth_ops odd_threads_ops = {FAKE_OPS};
BERTH_REGISTER_DRIVER(odd_threads) = {BERTH_DRIVER_PREFIX, 9,
                                      FAKE_REST(odd_threads, &odd_threads_ops)};
