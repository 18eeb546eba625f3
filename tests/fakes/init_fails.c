/* SPDX-License-Identifier: Apache-2.0
 *
 * init answers with a failure.
 */
#include "fake.h"

static berth_status failing_init(const berth_host* host, berth_error* err) {
  (void)host;
  return fake_fail(err, BERTH_STATUS_UNAVAILABLE, "the licence server does not answer");
}

static const berth_ops init_fails_ops = {FAKE_OPS, .init = failing_init};
FAKE_DRIVER(init_fails, &init_fails_ops);
