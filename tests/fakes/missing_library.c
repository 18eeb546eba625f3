/* SPDX-License-Identifier: Apache-2.0
 *
 * Needs a library. A test makes it a missing one by changing the name in a copy of the file, since
 * the build's folder may be in the loader's search path.
 */
#include "fake.h"

int berth_fake_dependency(void);

static void dependent_close(berth_store* store) {
  (void)store;
  (void)berth_fake_dependency();
}

static const berth_ops missing_library_ops = {FAKE_OPS, .close = dependent_close};
FAKE_DRIVER(missing_library, &missing_library_ops);
