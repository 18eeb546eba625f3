/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver in C that behaves: one empty store. Each fake includes it and replaces what it gets
 * wrong:
 *
 *   static const berth_ops ops = {FAKE_OPS, .stat = NULL};
 *   FAKE_DRIVER(my_fake, &ops);
 */
#ifndef BERTH_TESTS_FAKE_H
#define BERTH_TESTS_FAKE_H

#include <berth/driver.h>
#include <stdio.h>
#include <string.h>

/* Handles only have to be different from NULL. */
static char fake_handle;

static berth_status fake_fail(berth_error* err, berth_status status, const char* message) {
  snprintf(err->message, sizeof err->message, "%s", message);
  return status;
}

static berth_status fake_open(const berth_params* params, const berth_call* call, berth_store** out,
                              berth_error* err) {
  (void)params, (void)call, (void)err;
  *out = (berth_store*)&fake_handle;
  return BERTH_STATUS_OK;
}

static void fake_close(berth_store* store) {
  (void)store;
}

static void fake_caps(berth_store* store, berth_caps* out) {
  (void)store, (void)out;
}

static berth_status fake_put(berth_store* store, const berth_call* call, berth_str path,
                             const void* data, size_t size, const berth_write_options* options,
                             berth_error* err) {
  (void)store, (void)call, (void)path, (void)data, (void)size, (void)options;
  return fake_fail(err, BERTH_STATUS_NO_SPACE, "the fake keeps nothing");
}

static berth_status fake_stat(berth_store* store, const berth_call* call, berth_str path,
                              const berth_stat_options* options, berth_entry_fn emit, void* sink,
                              berth_error* err) {
  (void)store, (void)call, (void)options, (void)err;
  if (path.size != 1) return BERTH_STATUS_PATH_NOT_FOUND;
  const berth_entry root = {
      .struct_size = sizeof root, .flags = BERTH_ENTRY_DIRECTORY, .path = path};
  emit(sink, &root);
  return BERTH_STATUS_OK;
}

static berth_status fake_list(berth_store* store, const berth_call* call, berth_str path,
                              const berth_list_options* options, berth_entry_fn emit, void* sink,
                              berth_error* err) {
  (void)store, (void)call, (void)options, (void)emit, (void)sink, (void)err;
  return path.size == 1 ? BERTH_STATUS_OK : BERTH_STATUS_PATH_NOT_FOUND;
}

static berth_status fake_move(berth_store* store, const berth_call* call, berth_str source,
                              berth_str destination, const berth_copy_options* options,
                              berth_error* err) {
  (void)options, (void)store, (void)call, (void)source, (void)destination, (void)err;
  return BERTH_STATUS_PATH_NOT_FOUND;
}

static berth_status fake_remove(berth_store* store, const berth_call* call, berth_str path,
                                const berth_remove_options* options, berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)err;
  return BERTH_STATUS_PATH_NOT_FOUND;
}

static berth_status fake_reader_open(berth_store* store, const berth_call* call, berth_str path,
                                     const berth_read_options* options, berth_reader** out,
                                     berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)err;
  *out = (berth_reader*)&fake_handle;
  return BERTH_STATUS_OK;
}

static berth_status fake_reader_read(berth_reader* reader, const berth_call* call, void* buffer,
                                     size_t capacity, size_t* got, berth_error* err) {
  (void)reader, (void)call, (void)buffer, (void)capacity, (void)err;
  *got = 0;
  return BERTH_STATUS_OK;
}

static void fake_reader_close(berth_reader* reader) {
  (void)reader;
}

static berth_status fake_writer_open(berth_store* store, const berth_call* call, berth_str path,
                                     const berth_write_options* options, berth_writer** out,
                                     berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)err;
  *out = (berth_writer*)&fake_handle;
  return BERTH_STATUS_OK;
}

static berth_status fake_writer_write(berth_writer* writer, const berth_call* call,
                                      const void* data, size_t size, berth_error* err) {
  (void)writer, (void)call, (void)data, (void)size, (void)err;
  return BERTH_STATUS_OK;
}

static uint64_t fake_writer_size(berth_writer* writer) {
  (void)writer;
  return 0;
}

static berth_status fake_writer_commit(berth_writer* writer, const berth_call* call,
                                       const berth_commit_options* options, berth_error* err) {
  (void)writer, (void)call, (void)options, (void)err;
  return BERTH_STATUS_OK;
}

static berth_status fake_writer_end(berth_writer* writer, const berth_call* call,
                                    berth_error* err) {
  (void)writer, (void)call, (void)err;
  return BERTH_STATUS_OK;
}

#define FAKE_OPS                                                                                   \
  .struct_size = sizeof(berth_ops), .open = fake_open, .close = fake_close, .caps = fake_caps,     \
  .put = fake_put, .stat = fake_stat, .list = fake_list, .move = fake_move, .remove = fake_remove, \
  .reader_open = fake_reader_open, .reader_read = fake_reader_read,                                \
  .reader_close = fake_reader_close, .writer_open = fake_writer_open,                              \
  .writer_write = fake_writer_write, .writer_size = fake_writer_size,                              \
  .writer_commit = fake_writer_commit, .writer_cancel = fake_writer_end,                           \
  .writer_close = fake_writer_end

/* What follows the prefix and the thread model. */
#define FAKE_REST(ident, ops) \
#ident, "1.0", "tests", "A fake driver", ops, NULL, 0, sizeof(berth_param_spec)

#define FAKE_DRIVER(ident, ops)                                                \
  BERTH_REGISTER_DRIVER(ident) = {BERTH_DRIVER_PREFIX, BERTH_THREADS_PARALLEL, \
                                  FAKE_REST(ident, ops)}

/* One text parameter, so that a fake can be told what to get wrong. */
#define FAKE_PARAM(key_name)                      \
  static const berth_param_spec fake_params[] = { \
      {.key = key_name, .type = BERTH_PARAM_STRING, .help = "What to get wrong."}}

#define FAKE_DRIVER_WITH_PARAM(ident, ops)                \
  BERTH_REGISTER_DRIVER(ident) = {BERTH_DRIVER_PREFIX,    \
                                  BERTH_THREADS_PARALLEL, \
                                  #ident,                 \
                                  "1.0",                  \
                                  "tests",                \
                                  "A fake driver",        \
                                  ops,                    \
                                  fake_params,            \
                                  1,                      \
                                  sizeof(berth_param_spec)}

static int fake_param_is(const berth_params* params, const char* value) {
  for (uint32_t i = 0; i < params->count; ++i)
    if (params->items[i].value.size == strlen(value) &&
        memcmp(params->items[i].value.data, value, strlen(value)) == 0)
      return 1;
  return 0;
}

#endif /* BERTH_TESTS_FAKE_H */
