/* SPDX-License-Identifier: Apache-2.0
 *
 * Made for the next major of the ABI, and honest about it.
 */
#include "fake.h"

extern BERTH_VISIBLE const berth_driver berth_driver_v2_future;

static const berth_ops future_ops = {FAKE_OPS};
BERTH_PLACED const berth_driver berth_driver_v2_future = {BERTH_MAGIC,
                                                          2,
                                                          0,
                                                          sizeof(berth_driver),
                                                          0,
                                                          BERTH_THREADS_PARALLEL,
                                                          FAKE_REST(future, &future_ops)};
