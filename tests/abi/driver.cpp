// SPDX-License-Identifier: Apache-2.0
//
// A driver that is plain C++, compiled by compile.sh as C++11 to C++20. With -DTHROWING, one of its
// functions may throw: C++17 and later must refuse it.
#include <berth/driver.h>

#if defined(THROWING)
static void close_store(berth_store*) {}
#else
static void close_store(berth_store*) BERTH_NOTHROW {}
#endif

static berth_ops make_ops() {
  berth_ops ops = berth_ops();
  ops.struct_size = sizeof ops;
  ops.close = close_store;
  return ops;
}

static const berth_ops compiled_ops = make_ops();

BERTH_REGISTER_DRIVER(compiled) = {
    BERTH_DRIVER_PREFIX, BERTH_THREADS_PARALLEL, "compiled", "1.0", "tests",
    "A driver",          &compiled_ops,          nullptr,    0,     sizeof(berth_param_spec)};
