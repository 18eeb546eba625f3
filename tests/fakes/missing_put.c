/* SPDX-License-Identifier: Apache-2.0
 *
 * The table lacks put, which is required.
 */
#include "fake.h"

static const berth_ops missing_put_ops = {FAKE_OPS, .put = NULL};
FAKE_DRIVER(missing_put, &missing_put_ops);
