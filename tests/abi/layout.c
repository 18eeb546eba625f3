/* SPDX-License-Identifier: Apache-2.0
 *
 * The frozen layout of driver.h 1.0 on 64-bit machines: every size, every member's place, every
 * constant. Compiling it is the test. A release that appends members changes the size of that
 * struct and adds lines here; a line that must change otherwise breaks every driver built so far.
 */
#include <berth/driver.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "the size of " #type " changed")
#define MEMBER(type, name, offset, bytes)                                                 \
  _Static_assert(offsetof(type, name) == (offset) && sizeof(((type*)0)->name) == (bytes), \
                 #type "." #name " moved or changed its size")
#define CONSTANT(name, value) _Static_assert((name) == (value), #name " changed")

/* ---- Structs --------------------------------------------------------------------------------- */

_Static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8, "these numbers are of 64-bit machines");
_Static_assert(sizeof(berth_status) == 4 && (berth_status)-1 < 0, "a status is an int32_t");

SIZE(berth_str, 16);
MEMBER(berth_str, data, 0, 8);
MEMBER(berth_str, size, 8, 8);

SIZE(berth_error, 736);
MEMBER(berth_error, struct_size, 0, 4);
MEMBER(berth_error, flags, 4, 4);
MEMBER(berth_error, os_errno, 8, 4);
MEMBER(berth_error, protocol_status, 12, 4);
MEMBER(berth_error, retry_after_ms, 16, 4);
MEMBER(berth_error, reserved0, 20, 4);
MEMBER(berth_error, code, 24, 64);
MEMBER(berth_error, request_id, 88, 128);
MEMBER(berth_error, message, 216, 512);
MEMBER(berth_error, long_message, 728, 8);

SIZE(berth_call, 56);
MEMBER(berth_call, struct_size, 0, 4);
MEMBER(berth_call, flags, 4, 4);
MEMBER(berth_call, deadline_ns, 8, 8);
MEMBER(berth_call, host_data, 16, 8);
MEMBER(berth_call, cancelled, 24, 8);
MEMBER(berth_call, cancel_fd, 32, 4);
MEMBER(berth_call, reserved0, 36, 4);
MEMBER(berth_call, trace_id, 40, 16);

SIZE(berth_host, 56);
MEMBER(berth_host, struct_size, 0, 4);
MEMBER(berth_host, abi_major, 4, 2);
MEMBER(berth_host, abi_minor, 6, 2);
MEMBER(berth_host, host_data, 8, 8);
MEMBER(berth_host, name, 16, 8);
MEMBER(berth_host, version, 24, 8);
MEMBER(berth_host, log_enabled, 32, 8);
MEMBER(berth_host, log, 40, 8);
MEMBER(berth_host, extension, 48, 8);

SIZE(berth_param_spec, 56);
MEMBER(berth_param_spec, key, 0, 8);
MEMBER(berth_param_spec, type, 8, 4);
MEMBER(berth_param_spec, flags, 12, 4);
MEMBER(berth_param_spec, default_value, 16, 8);
MEMBER(berth_param_spec, help, 24, 8);
MEMBER(berth_param_spec, choices, 32, 8);
MEMBER(berth_param_spec, minimum, 40, 8);
MEMBER(berth_param_spec, maximum, 48, 8);

SIZE(berth_param, 32);
MEMBER(berth_param, key, 0, 16);
MEMBER(berth_param, value, 16, 16);

SIZE(berth_params, 32);
MEMBER(berth_params, struct_size, 0, 4);
MEMBER(berth_params, count, 4, 4);
MEMBER(berth_params, items, 8, 8);
MEMBER(berth_params, json, 16, 16);

SIZE(berth_caps, 40);
MEMBER(berth_caps, struct_size, 0, 4);
MEMBER(berth_caps, max_parallel_calls, 4, 4);
MEMBER(berth_caps, flags, 8, 8);
MEMBER(berth_caps, max_path_bytes, 16, 8);
MEMBER(berth_caps, max_object_bytes, 24, 8);
MEMBER(berth_caps, preferred_io_bytes, 32, 8);

SIZE(berth_entry, 88);
MEMBER(berth_entry, struct_size, 0, 4);
MEMBER(berth_entry, flags, 4, 4);
MEMBER(berth_entry, path, 8, 16);
MEMBER(berth_entry, etag, 24, 16);
MEMBER(berth_entry, size, 40, 8);
MEMBER(berth_entry, mtime_ns, 48, 8);
MEMBER(berth_entry, version, 56, 16);
MEMBER(berth_entry, attributes, 72, 8);
MEMBER(berth_entry, attribute_count, 80, 8);

SIZE(berth_buffer, 24);
MEMBER(berth_buffer, struct_size, 0, 4);
MEMBER(berth_buffer, reserved0, 4, 4);
MEMBER(berth_buffer, host_data, 8, 8);
MEMBER(berth_buffer, extend, 16, 8);

SIZE(berth_attribute, 32);
MEMBER(berth_attribute, name, 0, 16);
MEMBER(berth_attribute, value, 16, 16);

SIZE(berth_read_options, 56);
MEMBER(berth_read_options, struct_size, 0, 4);
MEMBER(berth_read_options, flags, 4, 4);
MEMBER(berth_read_options, offset, 8, 8);
MEMBER(berth_read_options, length, 16, 8);
MEMBER(berth_read_options, if_match, 24, 16);
MEMBER(berth_read_options, if_none_match, 40, 16);

SIZE(berth_stat_options, 8);
MEMBER(berth_stat_options, struct_size, 0, 4);
MEMBER(berth_stat_options, flags, 4, 4);

SIZE(berth_write_options, 64);
MEMBER(berth_write_options, struct_size, 0, 4);
MEMBER(berth_write_options, flags, 4, 4);
MEMBER(berth_write_options, size_hint, 8, 8);
MEMBER(berth_write_options, if_match, 16, 16);
MEMBER(berth_write_options, attributes, 32, 8);
MEMBER(berth_write_options, attribute_count, 40, 8);
MEMBER(berth_write_options, stored, 48, 8);
MEMBER(berth_write_options, stored_sink, 56, 8);

SIZE(berth_commit_options, 24);
MEMBER(berth_commit_options, struct_size, 0, 4);
MEMBER(berth_commit_options, flags, 4, 4);
MEMBER(berth_commit_options, stored, 8, 8);
MEMBER(berth_commit_options, stored_sink, 16, 8);

SIZE(berth_copy_options, 56);
MEMBER(berth_copy_options, struct_size, 0, 4);
MEMBER(berth_copy_options, flags, 4, 4);
MEMBER(berth_copy_options, source_if_match, 8, 16);
MEMBER(berth_copy_options, if_match, 24, 16);
MEMBER(berth_copy_options, stored, 40, 8);
MEMBER(berth_copy_options, stored_sink, 48, 8);

SIZE(berth_remove_options, 24);
MEMBER(berth_remove_options, struct_size, 0, 4);
MEMBER(berth_remove_options, flags, 4, 4);
MEMBER(berth_remove_options, if_match, 8, 16);

SIZE(berth_range, 32);
MEMBER(berth_range, offset, 0, 8);
MEMBER(berth_range, length, 8, 8);
MEMBER(berth_range, into, 16, 8);
MEMBER(berth_range, got, 24, 8);

SIZE(berth_ranges_options, 48);
MEMBER(berth_ranges_options, struct_size, 0, 4);
MEMBER(berth_ranges_options, flags, 4, 4);
MEMBER(berth_ranges_options, join_gap, 8, 8);
MEMBER(berth_ranges_options, largest_request, 16, 8);
MEMBER(berth_ranges_options, parallel, 24, 4);
MEMBER(berth_ranges_options, reserved0, 28, 4);
MEMBER(berth_ranges_options, if_match, 32, 16);

SIZE(berth_list_options, 24);
MEMBER(berth_list_options, struct_size, 0, 4);
MEMBER(berth_list_options, flags, 4, 4);
MEMBER(berth_list_options, start_after, 8, 16);

SIZE(berth_url_options, 32);
MEMBER(berth_url_options, struct_size, 0, 4);
MEMBER(berth_url_options, flags, 4, 4);
MEMBER(berth_url_options, method, 8, 16);
MEMBER(berth_url_options, expires_in_ms, 24, 8);

SIZE(berth_ops, 224);
MEMBER(berth_ops, struct_size, 0, 4);
MEMBER(berth_ops, reserved0, 4, 4);
MEMBER(berth_ops, init, 8, 8);
MEMBER(berth_ops, shutdown, 16, 8);
MEMBER(berth_ops, open, 24, 8);
MEMBER(berth_ops, close, 32, 8);
MEMBER(berth_ops, caps, 40, 8);
MEMBER(berth_ops, get, 48, 8);
MEMBER(berth_ops, put, 56, 8);
MEMBER(berth_ops, stat, 64, 8);
MEMBER(berth_ops, list, 72, 8);
MEMBER(berth_ops, walk, 80, 8);
MEMBER(berth_ops, move, 88, 8);
MEMBER(berth_ops, copy, 96, 8);
MEMBER(berth_ops, remove, 104, 8);
MEMBER(berth_ops, url_for, 112, 8);
MEMBER(berth_ops, reader_open, 120, 8);
MEMBER(berth_ops, reader_read, 128, 8);
MEMBER(berth_ops, reader_info, 136, 8);
MEMBER(berth_ops, reader_close, 144, 8);
MEMBER(berth_ops, writer_open, 152, 8);
MEMBER(berth_ops, writer_write, 160, 8);
MEMBER(berth_ops, writer_size, 168, 8);
MEMBER(berth_ops, writer_commit, 176, 8);
MEMBER(berth_ops, writer_cancel, 184, 8);
MEMBER(berth_ops, writer_close, 192, 8);
MEMBER(berth_ops, extension, 200, 8);
MEMBER(berth_ops, place, 208, 8);
MEMBER(berth_ops, read_ranges, 216, 8);

SIZE(berth_driver, 72);
MEMBER(berth_driver, magic, 0, 4);
MEMBER(berth_driver, abi_major, 4, 2);
MEMBER(berth_driver, abi_minor, 6, 2);
MEMBER(berth_driver, struct_size, 8, 4);
MEMBER(berth_driver, min_host_minor, 12, 2);
MEMBER(berth_driver, thread_model, 14, 2);
MEMBER(berth_driver, name, 16, 8);
MEMBER(berth_driver, version, 24, 8);
MEMBER(berth_driver, vendor, 32, 8);
MEMBER(berth_driver, summary, 40, 8);
MEMBER(berth_driver, ops, 48, 8);
MEMBER(berth_driver, params, 56, 8);
MEMBER(berth_driver, param_count, 64, 4);
MEMBER(berth_driver, param_stride, 68, 4);

/* ---- Constants ------------------------------------------------------------------------------- */

CONSTANT(BERTH_MAGIC, 0x42525448);
CONSTANT(BERTH_ABI_MAJOR, 1);
CONSTANT(BERTH_ABI_MINOR, 0);
CONSTANT(BERTH_STATUS_OK, 0);
CONSTANT(BERTH_STATUS_UNKNOWN, 1);
CONSTANT(BERTH_STATUS_PATH_NOT_FOUND, 2);
CONSTANT(BERTH_STATUS_INVALID_PATH, 3);
CONSTANT(BERTH_STATUS_INVALID_OFFSET, 4);
CONSTANT(BERTH_STATUS_UNSUPPORTED_METHOD, 5);
CONSTANT(BERTH_STATUS_INVALID_PARAMETERS, 6);
CONSTANT(BERTH_STATUS_ALREADY_EXISTS, 7);
CONSTANT(BERTH_STATUS_PRECONDITION_FAILED, 8);
CONSTANT(BERTH_STATUS_UNAUTHENTICATED, 9);
CONSTANT(BERTH_STATUS_PERMISSION_DENIED, 10);
CONSTANT(BERTH_STATUS_RATE_LIMITED, 11);
CONSTANT(BERTH_STATUS_UNAVAILABLE, 12);
CONSTANT(BERTH_STATUS_DEADLINE_EXCEEDED, 13);
CONSTANT(BERTH_STATUS_CANCELLED, 14);
CONSTANT(BERTH_STATUS_NO_SPACE, 15);
CONSTANT(BERTH_STATUS_CORRUPT, 16);
CONSTANT(BERTH_STATUS_IO, 17);
CONSTANT(BERTH_STATUS_WRONG_STATE, 18);
CONSTANT(BERTH_STATUS_INTERNAL, 19);
CONSTANT(BERTH_STATUS_NOT_MODIFIED, 20);
CONSTANT(BERTH_STATUS_CONFLICT, 21);
CONSTANT(BERTH_ERROR_RETRYABLE, 1);
CONSTANT(BERTH_LOG_TRACE, 0);
CONSTANT(BERTH_LOG_DEBUG, 1);
CONSTANT(BERTH_LOG_INFO, 2);
CONSTANT(BERTH_LOG_WARN, 3);
CONSTANT(BERTH_LOG_ERROR, 4);
CONSTANT(BERTH_PARAM_STRING, 1);
CONSTANT(BERTH_PARAM_BOOL, 2);
CONSTANT(BERTH_PARAM_INT, 3);
CONSTANT(BERTH_PARAM_BYTES, 4);
CONSTANT(BERTH_PARAM_MILLIS, 5);
CONSTANT(BERTH_PARAM_REQUIRED, 1);
CONSTANT(BERTH_PARAM_SECRET, 2);
CONSTANT(BERTH_PARAM_DEPRECATED, 4);
CONSTANT(BERTH_PARAM_CLAMP, 8);
CONSTANT(BERTH_PARAM_PATH, 16);

CONSTANT(BERTH_MAX_PATH_BYTES, 1024);
CONSTANT(BERTH_MAX_NAME_BYTES, 1048576);
CONSTANT(BERTH_MAX_ETAG_BYTES, 1024);
CONSTANT(BERTH_MAX_VERSION_BYTES, 1024);
CONSTANT(BERTH_MAX_OBJECT_BYTES, INT64_MAX);
CONSTANT(BERTH_MAX_ATTRIBUTES, 4096);
CONSTANT(BERTH_MAX_ATTRIBUTE_BYTES, 1048576);
CONSTANT(BERTH_MAX_URL_BYTES, 65536);
CONSTANT(BERTH_MAX_PLACE_BYTES, 65536);
CONSTANT(BERTH_MAX_LOG_BYTES, 8192);
CONSTANT(BERTH_MAX_PARAMS, 4096);
CONSTANT(BERTH_MAX_PARAM_STRIDE, 4096);
CONSTANT(BERTH_MAX_PARAM_KEY_BYTES, 128);
CONSTANT(BERTH_MAX_DESCRIPTION_BYTES, 8192);
CONSTANT(BERTH_CAP_ATOMIC_PUT, 1);
CONSTANT(BERTH_CAP_RESUME, 2);
CONSTANT(BERTH_CAP_ATOMIC_MOVE, 4);
CONSTANT(BERTH_CAP_URL, 8);
CONSTANT(BERTH_CAP_CREATE_ONLY, 16);
CONSTANT(BERTH_CAP_LIST_ORDERED, 32);
CONSTANT(BERTH_CAP_EMPTY_DIRECTORIES, 64);
CONSTANT(BERTH_CAP_IF_MATCH, 128);
CONSTANT(BERTH_CAP_ATTRIBUTES, 256);
CONSTANT(BERTH_CAP_FORK, 512);
CONSTANT(BERTH_CAP_READ_CONDITIONS, 1024);
CONSTANT(BERTH_CAP_READ_FROM_END, 2048);
CONSTANT(BERTH_CAP_COPY_CREATE_ONLY, 4096);
CONSTANT(BERTH_CAP_COPY_SOURCE_IF_MATCH, 8192);
CONSTANT(BERTH_CAP_COPY_IF_MATCH, 16384);
CONSTANT(BERTH_CAP_REMOVE_IF_MATCH, 32768);
CONSTANT(BERTH_CAP_REMOVE_ONLY_OBJECT, 65536);
CONSTANT(BERTH_CAPS_KNOWN, 131071);
CONSTANT(BERTH_ENTRY_DIRECTORY, 1);
CONSTANT(BERTH_ENTRY_HAS_SIZE, 2);
CONSTANT(BERTH_ENTRY_HAS_MTIME, 4);
CONSTANT(BERTH_ENTRY_HAS_ETAG, 8);
CONSTANT(BERTH_VISIT_CONTINUE, 0);
CONSTANT(BERTH_VISIT_STOP, 1);
CONSTANT(BERTH_VISIT_SKIP_DIRECTORY, 2);
CONSTANT(BERTH_WRITE_APPEND, 1);
CONSTANT(BERTH_WRITE_CREATE_ONLY, 2);
CONSTANT(BERTH_READ_FROM_END, 1);
CONSTANT(BERTH_COPY_CREATE_ONLY, 1);
CONSTANT(BERTH_REMOVE_ONLY_OBJECT, 1);
CONSTANT(BERTH_THREADS_SERIAL_DRIVER, 0);
CONSTANT(BERTH_THREADS_SERIAL_STORE, 1);
CONSTANT(BERTH_THREADS_PARALLEL, 2);

/* A translation unit needs a declaration. */
extern const int layout_is_checked_when_this_compiles;
