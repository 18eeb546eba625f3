/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the berth_call of writer_open and asks it in writer_write whether the call was cancelled.
 */
#include "fake.h"

static const berth_call* kept;

static berth_status keeping_writer_open(berth_store* store, const berth_call* call, berth_str path,
                                        const berth_write_options* options, berth_writer** out,
                                        berth_error* err) {
  kept = call;
  return fake_writer_open(store, call, path, options, out, err);
}

static berth_status late_writer_write(berth_writer* writer, const berth_call* call,
                                      const void* data, size_t size, berth_error* err) {
  if (kept->cancelled(kept)) return BERTH_STATUS_CANCELLED;
  return fake_writer_write(writer, call, data, size, err);
}

static const berth_ops keeps_call_ops = {FAKE_OPS, .writer_open = keeping_writer_open,
                                         .writer_write = late_writer_write};
FAKE_DRIVER(keeps_call, &keeps_call_ops);
