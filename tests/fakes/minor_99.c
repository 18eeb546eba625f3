/* SPDX-License-Identifier: Apache-2.0
 *
 * From the far future of major 1: every struct has members that we do not know.
 */
#include "fake.h"

struct ops_99 {
  berth_ops known;
  void (*unknown)(void);
};
struct param_99 {
  berth_param_spec known;
  const char* unknown;
};
struct driver_99 {
  berth_driver known;
  const char* unknown;
};

extern BERTH_VISIBLE const struct driver_99 berth_driver_v1_minor_99;

static const struct ops_99 minor_99_ops = {{FAKE_OPS, .struct_size = sizeof(struct ops_99)}, NULL};
static const struct param_99 minor_99_params[] = {
    {{.key = "first", .type = BERTH_PARAM_STRING, .help = "One."}, "unknown"},
    {{.key = "second", .type = BERTH_PARAM_BOOL, .default_value = "true", .help = "Two."},
     "unknown"}};

BERTH_PLACED const struct driver_99 berth_driver_v1_minor_99 = {
    {BERTH_MAGIC, BERTH_ABI_MAJOR, 99, sizeof(struct driver_99), 0, BERTH_THREADS_PARALLEL,
     "minor_99", "99.0", "tests", "A driver of the future", &minor_99_ops.known,
     &minor_99_params[0].known, 2, sizeof(struct param_99)},
    "https://example.com/"};
