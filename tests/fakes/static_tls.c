/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps thread-local variables where only libraries that are loaded at the program's start have
 * room. With many TLS_BYTES it cannot be loaded by a running program at all.
 */
#include "fake.h"

static __thread volatile char in_static_tls[TLS_BYTES] __attribute__((tls_model("initial-exec")));

static berth_status use_it(const berth_host* host, berth_error* err) {
  (void)host, (void)err;
  in_static_tls[0] = 1;
  return BERTH_STATUS_OK;
}

static const berth_ops tls_ops = {FAKE_OPS, .init = use_it};
FAKE_DRIVER(static_tls, &tls_ops);
