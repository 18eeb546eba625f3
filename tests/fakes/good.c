/* SPDX-License-Identifier: Apache-2.0
 *
 * A fake that does nothing wrong: the control.
 */
#include "fake.h"

static const berth_ops good_ops = {FAKE_OPS};
FAKE_DRIVER(good, &good_ops);
