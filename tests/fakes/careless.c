/* SPDX-License-Identifier: Apache-2.0
 *
 * Does nothing wrong either, but is linked without what the SDK says; see meson.build.
 */
#include "fake.h"

int careless_helper(void);
int careless_helper(void) {
  return 1;
}

static const berth_ops careless_ops = {FAKE_OPS};
FAKE_DRIVER(careless, &careless_ops);
