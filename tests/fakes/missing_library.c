/* SPDX-License-Identifier: Apache-2.0
 *
 * Needs a library that is found beside this file in the build only: a copy elsewhere lacks it.
 */
#include "fake.h"

int berth_fake_dependency(void);

static void dependent_close(berth_store* store) {
  (void)store;
  (void)berth_fake_dependency();
}

static const berth_ops missing_library_ops = {FAKE_OPS, .close = dependent_close};
FAKE_DRIVER(missing_library, &missing_library_ops);
