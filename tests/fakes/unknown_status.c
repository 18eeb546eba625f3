/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers with statuses that no header defines, with and without a text.
 */
#include "fake.h"

static berth_status odd_stat(berth_store* store, const berth_call* call, berth_str path,
                             const berth_stat_options* options, berth_entry_fn emit, void* sink,
                             berth_error* err) {
  (void)options, (void)store, (void)call, (void)path, (void)emit, (void)sink;
  return fake_fail(err, 4711, "the moon is in the wrong phase");
}

static berth_status odd_list(berth_store* store, const berth_call* call, berth_str path,
                             const berth_list_options* options, berth_entry_fn emit, void* sink,
                             berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)emit, (void)sink, (void)err;
  return -3;
}

/* A text that fills its array without a NUL. */
static berth_status odd_remove(berth_store* store, const berth_call* call, berth_str path,
                               const berth_remove_options* options, berth_error* err) {
  (void)options, (void)store, (void)call, (void)path;
  memset(err->message, 'x', sizeof err->message);
  memset(err->code, 'c', sizeof err->code);
  memset(err->request_id, 'r', sizeof err->request_id);
  return BERTH_STATUS_IO;
}

static const berth_ops unknown_status_ops = {FAKE_OPS, .stat = odd_stat, .list = odd_list,
                                             .remove = odd_remove};
FAKE_DRIVER(unknown_status, &unknown_status_ops);
