/* SPDX-License-Identifier: Apache-2.0
 *
 * The first four bytes are not BERTH_MAGIC.
 */
#include "fake.h"

static const berth_ops wrong_magic_ops = {FAKE_OPS};
BERTH_REGISTER_DRIVER(wrong_magic) = {UINT32_C(0x21212121),
                                      BERTH_ABI_MAJOR,
                                      BERTH_ABI_MINOR,
                                      sizeof(berth_driver),
                                      0,
                                      BERTH_THREADS_PARALLEL,
                                      FAKE_REST(wrong_magic, &wrong_magic_ops)};
