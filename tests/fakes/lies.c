/* SPDX-License-Identifier: Apache-2.0
 *
 * Says what cannot be: more bytes read than there was room, no entry or two where one is owed,
 * a relative path, a child of another folder, an entry without a size.
 */
#include "fake.h"

static berth_status lying_read(berth_reader* reader, const berth_call* call, void* buffer,
                               size_t capacity, size_t* got, berth_error* err) {
  (void)reader, (void)call, (void)buffer, (void)err;
  *got = capacity + 4096;
  return BERTH_STATUS_OK;
}

static int ends_with(berth_str path, const char* text) {
  const size_t n = strlen(text);
  return path.size >= n && memcmp(path.data + path.size - n, text, n) == 0;
}

static void emit_file(berth_entry_fn emit, void* sink, const char* path, uint32_t struct_size) {
  const berth_entry entry = {.struct_size = struct_size,
                             .flags = BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_MTIME,
                             .path = {path, strlen(path)},
                             .size = 1};
  emit(sink, &entry);
}

/* The path says which lie to tell. */
static berth_status lying_stat(berth_store* store, const berth_call* call, berth_str path,
                               const berth_stat_options* options, berth_entry_fn emit, void* sink,
                               berth_error* err) {
  if (path.size == 1) return fake_stat(store, call, path, options, emit, sink, err);
  if (ends_with(path, "/nothing")) return BERTH_STATUS_OK;
  if (ends_with(path, "/twice")) emit_file(emit, sink, "/twice", sizeof(berth_entry));
  if (ends_with(path, "/twice")) emit_file(emit, sink, "/twice", sizeof(berth_entry));
  if (ends_with(path, "/other")) emit_file(emit, sink, "/elsewhere", sizeof(berth_entry));
  if (ends_with(path, "/short")) emit_file(emit, sink, "/short", 8);
  if (ends_with(path, "/null")) emit(sink, NULL);
  return BERTH_STATUS_OK;
}

static berth_status lying_list(berth_store* store, const berth_call* call, berth_str path,
                               const berth_list_options* options, berth_entry_fn emit, void* sink,
                               berth_error* err) {
  (void)store, (void)call, (void)path, (void)options, (void)err;
  emit_file(emit, sink, "relative", sizeof(berth_entry));
  emit_file(emit, sink, "/other/child", sizeof(berth_entry));
  return BERTH_STATUS_OK;
}

static const berth_ops lies_ops = {FAKE_OPS, .reader_read = lying_read, .stat = lying_stat,
                                   .list = lying_list};
FAKE_DRIVER(lies, &lies_ops);
