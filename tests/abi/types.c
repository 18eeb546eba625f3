/* SPDX-License-Identifier: Apache-2.0
 *
 * The frozen function types of driver.h 1.0: a parameter list may change without changing any size,
 * and every driver built so far would be called wrongly. Compiling it is the test.
 */
#include <berth/driver.h>

#define FROZEN(type, name, frozen)                                    \
  _Static_assert(_Generic(((type*)0)->name, frozen : 1, default : 0), \
                 "the function type of " #type "." #name " changed")

/* ---- As of 1.0 ------------------------------------------------------------------------------- */

typedef int32_t (*v1_entry_fn)(void* sink, const berth_entry* entry);
typedef int32_t (*v1_call_cancelled)(const struct berth_call* call);
typedef int32_t (*v1_host_log_enabled)(const berth_host* host, int32_t level);
typedef void (*v1_host_log)(const berth_host* host, int32_t level, berth_str text);
typedef const void* (*v1_host_extension)(const berth_host* host, const char* id);
typedef void* (*v1_buffer_extend)(struct berth_buffer* buffer, size_t n);
typedef berth_status (*v1_ops_init)(const berth_host* host, berth_error* err);
typedef void (*v1_ops_shutdown)(void);
typedef berth_status (*v1_ops_open)(const berth_params* params, const berth_call* call,
                                    berth_store** out, berth_error* err);
typedef void (*v1_ops_close)(berth_store* store);
typedef void (*v1_ops_caps)(berth_store* store, berth_caps* out);
typedef berth_status (*v1_ops_get)(berth_store* store, const berth_call* call, berth_str path,
                                   const berth_read_options* options, berth_buffer* into,
                                   berth_error* err);
typedef berth_status (*v1_ops_put)(berth_store* store, const berth_call* call, berth_str path,
                                   const void* data, size_t size,
                                   const berth_write_options* options, berth_error* err);
typedef berth_status (*v1_ops_stat)(berth_store* store, const berth_call* call, berth_str path,
                                    const berth_stat_options* options, berth_entry_fn emit,
                                    void* sink, berth_error* err);
typedef berth_status (*v1_ops_list)(berth_store* store, const berth_call* call, berth_str path,
                                    const berth_list_options* options, berth_entry_fn emit,
                                    void* sink, berth_error* err);
typedef berth_status (*v1_ops_walk)(berth_store* store, const berth_call* call, berth_str path,
                                    const berth_list_options* options, berth_entry_fn emit,
                                    void* sink, berth_error* err);
typedef berth_status (*v1_ops_move)(berth_store* store, const berth_call* call, berth_str source,
                                    berth_str destination, const berth_copy_options* options,
                                    berth_error* err);
typedef berth_status (*v1_ops_copy)(berth_store* store, const berth_call* call, berth_str source,
                                    berth_str destination, const berth_copy_options* options,
                                    berth_error* err);
typedef berth_status (*v1_ops_remove)(berth_store* store, const berth_call* call, berth_str path,
                                      const berth_remove_options* options, berth_error* err);
typedef berth_status (*v1_ops_url_for)(berth_store* store, const berth_call* call, berth_str path,
                                       const berth_url_options* options, berth_buffer* into,
                                       berth_error* err);
typedef berth_status (*v1_ops_reader_open)(berth_store* store, const berth_call* call,
                                           berth_str path, const berth_read_options* options,
                                           berth_reader** out, berth_error* err);
typedef berth_status (*v1_ops_reader_read)(berth_reader* reader, const berth_call* call,
                                           void* buffer, size_t capacity, size_t* got,
                                           berth_error* err);
typedef berth_status (*v1_ops_reader_info)(berth_reader* reader, berth_entry_fn emit, void* sink,
                                           berth_error* err);
typedef void (*v1_ops_reader_close)(berth_reader* reader);
typedef berth_status (*v1_ops_writer_open)(berth_store* store, const berth_call* call,
                                           berth_str path, const berth_write_options* options,
                                           berth_writer** out, berth_error* err);
typedef berth_status (*v1_ops_writer_write)(berth_writer* writer, const berth_call* call,
                                            const void* data, size_t size, berth_error* err);
typedef uint64_t (*v1_ops_writer_size)(berth_writer* writer);
typedef berth_status (*v1_ops_writer_commit)(berth_writer* writer, const berth_call* call,
                                             const berth_commit_options* options, berth_error* err);
typedef berth_status (*v1_ops_writer_cancel)(berth_writer* writer, const berth_call* call,
                                             berth_error* err);
typedef berth_status (*v1_ops_writer_close)(berth_writer* writer, const berth_call* call,
                                            berth_error* err);
typedef const void* (*v1_ops_extension)(berth_store* store, const char* id);
typedef void (*v1_range_fn)(void* sink, size_t index);
typedef berth_status (*v1_ops_read_ranges)(berth_store* store, const berth_call* call,
                                           berth_str path, berth_range* ranges, size_t count,
                                           const berth_ranges_options* options, berth_range_fn done,
                                           berth_entry_fn emit, void* sink, berth_error* err);
typedef berth_status (*v1_ops_place)(berth_store* store, berth_buffer* into, berth_error* err);

/* ---- As of today ----------------------------------------------------------------------------- */

_Static_assert(_Generic((berth_entry_fn)0, v1_entry_fn : 1, default : 0),
               "the function type berth_entry_fn changed");
_Static_assert(_Generic((berth_range_fn)0, v1_range_fn : 1, default : 0),
               "the function type berth_range_fn changed");
FROZEN(berth_call, cancelled, v1_call_cancelled);
FROZEN(berth_host, log_enabled, v1_host_log_enabled);
FROZEN(berth_host, log, v1_host_log);
FROZEN(berth_host, extension, v1_host_extension);
FROZEN(berth_buffer, extend, v1_buffer_extend);
FROZEN(berth_ops, init, v1_ops_init);
FROZEN(berth_ops, shutdown, v1_ops_shutdown);
FROZEN(berth_ops, open, v1_ops_open);
FROZEN(berth_ops, close, v1_ops_close);
FROZEN(berth_ops, caps, v1_ops_caps);
FROZEN(berth_ops, get, v1_ops_get);
FROZEN(berth_ops, put, v1_ops_put);
FROZEN(berth_ops, stat, v1_ops_stat);
FROZEN(berth_ops, list, v1_ops_list);
FROZEN(berth_ops, walk, v1_ops_walk);
FROZEN(berth_ops, move, v1_ops_move);
FROZEN(berth_ops, copy, v1_ops_copy);
FROZEN(berth_ops, remove, v1_ops_remove);
FROZEN(berth_ops, url_for, v1_ops_url_for);
FROZEN(berth_ops, reader_open, v1_ops_reader_open);
FROZEN(berth_ops, reader_read, v1_ops_reader_read);
FROZEN(berth_ops, reader_info, v1_ops_reader_info);
FROZEN(berth_ops, reader_close, v1_ops_reader_close);
FROZEN(berth_ops, writer_open, v1_ops_writer_open);
FROZEN(berth_ops, writer_write, v1_ops_writer_write);
FROZEN(berth_ops, writer_size, v1_ops_writer_size);
FROZEN(berth_ops, writer_commit, v1_ops_writer_commit);
FROZEN(berth_ops, writer_cancel, v1_ops_writer_cancel);
FROZEN(berth_ops, writer_close, v1_ops_writer_close);
FROZEN(berth_ops, extension, v1_ops_extension);
FROZEN(berth_ops, place, v1_ops_place);
FROZEN(berth_ops, read_ranges, v1_ops_read_ranges);

/* A translation unit needs a declaration. */
extern const int types_are_checked_when_this_compiles;
