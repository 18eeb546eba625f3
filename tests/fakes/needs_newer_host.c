/* SPDX-License-Identifier: Apache-2.0
 *
 * Demands a host that knows minor 98.
 */
#include "fake.h"

static const berth_ops needs_newer_host_ops = {FAKE_OPS};
BERTH_REGISTER_DRIVER(needs_newer_host) = {BERTH_MAGIC,
                                           BERTH_ABI_MAJOR,
                                           98,
                                           sizeof(berth_driver),
                                           98,
                                           BERTH_THREADS_PARALLEL,
                                           FAKE_REST(needs_newer_host, &needs_newer_host_ops)};
