/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers BERTH_STATUS_OK and leaves *out as it was: of open, reader or writer, as told.
 */
#include "fake.h"

static berth_status unset_open(const berth_params* params, const berth_call* call,
                               berth_store** out, berth_error* err) {
  return fake_param_is(params, "store") ? BERTH_STATUS_OK : fake_open(params, call, out, err);
}

static berth_status unset_reader_open(berth_store* store, const berth_call* call, berth_str path,
                                      const berth_read_options* options, berth_reader** out,
                                      berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)out, (void)err;
  return BERTH_STATUS_OK;
}

static berth_status unset_writer_open(berth_store* store, const berth_call* call, berth_str path,
                                      const berth_write_options* options, berth_writer** out,
                                      berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)out, (void)err;
  return BERTH_STATUS_OK;
}

static const berth_ops unset_out_ops = {FAKE_OPS, .open = unset_open,
                                        .reader_open = unset_reader_open,
                                        .writer_open = unset_writer_open};
FAKE_PARAM("of");
FAKE_DRIVER_WITH_PARAM(unset_out, &unset_out_ops);
