/* SPDX-License-Identifier: Apache-2.0
 *
 * The Berth driver ABI, version 1: the only header that a storage driver needs.
 *
 * A driver is a shared object that exports one constant, a berth_driver, defined with
 * BERTH_REGISTER_DRIVER. The host (libberth) finds it by the name of the symbol without running any
 * code of the file, checks and copies it, and calls the functions of its berth_ops table.
 * driver.hpp wraps this header for C++17; template/ contains a complete driver in C and one in C++.
 *
 * The header compiles as C11 and as C++11 and later, includes only <stddef.h> and <stdint.h>, and
 * declares no function to link against.
 *
 * Rules for all functions:
 * - Growth: structs grow at the end only. The first member is the number of bytes that the side
 * which filled the struct knows; never read or write beyond it. Zero means "not set".
 * - Memory: the side that allocates memory frees it. Pointers passed in are borrowed until the call
 *   returns. There are three kinds of output: into a host buffer, through a host callback during
 * the call, or an opaque handle with its own close function (*out is ignored on failure).
 * - Errors: functions return a berth_status and write details to *err, which is never NULL and is
 *   owned, sized and zeroed by the host. On success *err stays unchanged.
 * - Exceptions: none crosses a call in either direction; in C++17 the types are noexcept.
 * - Strings: UTF-8 with a length. A string passed to a driver also has a NUL at data[size], unless
 * it is {NULL, 0}.
 * - Threads: each function has one tag.
 *     [any]    any thread, any number of calls at once (thread_model may restrict this)
 *     [one]    any thread, one call at a time for that object; the host ensures this
 *     [serial] one call at a time in the whole process; the host holds its lifecycle lock
 * - Process: a driver blocks all signals in the threads it starts, installs no signal handler, and
 *   changes neither the working directory, locale, umask nor environment. It does not write to
 *   stdout or stderr; it logs through the host. It is never unloaded.
 *
 * Life of a driver; no other transitions are allowed:
 *
 *   found --(no code runs)--> listed --dlopen, checks--> init ----------------------> shutdown
 *                                                         |                              ^
 *                                                         +- open -> store --> close ----+
 *                                                                     |  ^
 *                          get put stat list walk move copy remove ---+  |
 *                          url_for caps place                         |  |
 *                                                                     |  |
 *                          reader_open -> reader_read* -> reader_close --+
 *                          writer_open -> writer_write*                  |
 *                             -> [writer_commit|writer_cancel] -> writer_close
 *
 * All readers and writers of a store are closed before the store, and all stores before shutdown.
 */
#ifndef BERTH_DRIVER_H
#define BERTH_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus) && __cplusplus >= 201703L
#define BERTH_NOTHROW noexcept /* a driver function that may throw does not compile */
#else
#define BERTH_NOTHROW
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_MAGIC UINT32_C(0x42525448) /* "BRTH" */
#define BERTH_ABI_MAJOR 1                /* also in the exported symbol's name */
#define BERTH_ABI_MINOR 0                /* +1 for each release that appends members */

/* ---- Limits ---------------------------------------------------------------------------------- */

/* What a driver may pass to the host at most. Exceeding a limit is a bug in the driver: the call
 * fails with BERTH_STATUS_INTERNAL, or the driver is rejected when it is loaded. Sizes are bytes
 * without the NUL. */
#define BERTH_MAX_PATH_BYTES 1024         /* of a path that a program may pass */
#define BERTH_MAX_NAME_BYTES 1048576      /* of the path of an entry */
#define BERTH_MAX_ETAG_BYTES 1024         /* of the etag of an entry */
#define BERTH_MAX_VERSION_BYTES 1024      /* of the version of an entry */
#define BERTH_MAX_OBJECT_BYTES INT64_MAX  /* of the size of an entry, or of a writer */
#define BERTH_MAX_ATTRIBUTES 4096         /* of an entry */
#define BERTH_MAX_ATTRIBUTE_BYTES 1048576 /* of all names and values of an entry */
#define BERTH_MAX_URL_BYTES 65536         /* of the URL of url_for; visible ASCII */
#define BERTH_MAX_PLACE_BYTES 65536       /* of all lines of place */
#define BERTH_MAX_LOG_BYTES 8192          /* of a log line; longer ones are truncated */
#define BERTH_MAX_PARAMS 4096             /* rows */
#define BERTH_MAX_PARAM_STRIDE 4096       /* bytes from one row to the next */
#define BERTH_MAX_PARAM_KEY_BYTES 128     /* of a row's key; visible ASCII */
#define BERTH_MAX_DESCRIPTION_BYTES 8192  /* of every other string of a row or of a driver */

/* ---- Status ---------------------------------------------------------------------------------- */

/* The result of a call. Numbers never change. The host treats an unknown number as UNKNOWN and puts
 * it into the message. */
typedef int32_t berth_status;
#define BERTH_STATUS_OK 0
#define BERTH_STATUS_UNKNOWN 1             /* none of the others; see the message */
#define BERTH_STATUS_PATH_NOT_FOUND 2      /* does not exist; never for a time-out, HTTP 403, 5xx */
#define BERTH_STATUS_INVALID_PATH 3        /* breaks the grammar or a limit of the service */
#define BERTH_STATUS_INVALID_OFFSET 4      /* negative; one after the end is an empty read */
#define BERTH_STATUS_UNSUPPORTED_METHOD 5  /* no such operation, or an option of it */
#define BERTH_STATUS_INVALID_PARAMETERS 6  /* they conflict with each other or the service */
#define BERTH_STATUS_ALREADY_EXISTS 7      /* CREATE_ONLY was given, and the object exists */
#define BERTH_STATUS_PRECONDITION_FAILED 8 /* replaced meanwhile, or a condition is not true */
#define BERTH_STATUS_UNAUTHENTICATED 9     /* missing or wrong credentials */
#define BERTH_STATUS_PERMISSION_DENIED 10  /* valid credentials without the permission */
#define BERTH_STATUS_RATE_LIMITED 11       /* asks to slow down; retry_after_ms may be set */
#define BERTH_STATUS_UNAVAILABLE 12        /* the service or network does not respond properly */
#define BERTH_STATUS_DEADLINE_EXCEEDED 13  /* the call's deadline passed */
#define BERTH_STATUS_CANCELLED 14          /* the call was cancelled */
#define BERTH_STATUS_NO_SPACE 15           /* disk, quota or bucket full, object too large */
#define BERTH_STATUS_CORRUPT 16            /* stored or transferred bytes are damaged */
#define BERTH_STATUS_IO 17                 /* the operating system failed; os_errno is set */
#define BERTH_STATUS_WRONG_STATE 18        /* not allowed now, such as write after commit */
#define BERTH_STATUS_INTERNAL 19           /* a bug in the driver, such as an exception */
#define BERTH_STATUS_NOT_MODIFIED 20       /* the object has the etag of if_none_match */
#define BERTH_STATUS_CONFLICT 21           /* another client is changing the object: try again */

/* ---- Small types ----------------------------------------------------------------------------- */

typedef struct berth_host berth_host;
typedef struct berth_store berth_store;   /* private to the driver: one configured instance */
typedef struct berth_reader berth_reader; /* private to the driver; a new one for each open */
typedef struct berth_writer berth_writer; /* private to the driver; a new one for each open */

/* A string, not owned. {NULL, 0} is the empty string and allowed everywhere. */
typedef struct berth_str {
  const char* data;
  size_t size; /* bytes, without the NUL */
} berth_str;

/* Set in berth_error.flags if the same call may succeed later. Only the driver knows whether the
 * request took effect, so only the driver sets it. */
#define BERTH_ERROR_RETRYABLE UINT32_C(1)

struct berth_buffer;

/* The details of a failure. Owned by the host; the driver sets what it knows before it returns a
 * status other than BERTH_STATUS_OK. Strings are NUL-terminated, and truncated if they do not fit.
 */
typedef struct berth_error {
  uint32_t struct_size;
  uint32_t flags;          /* BERTH_ERROR_RETRYABLE */
  int32_t os_errno;        /* errno of the failing system call, or 0 */
  int32_t protocol_status; /* HTTP status, rados code, or 0 */
  uint32_t retry_after_ms; /* the service's advice, or 0 */
  uint32_t reserved0;
  char code[64];        /* the service's own code: "NoSuchKey" */
  char request_id[128]; /* the service's id of the request, for its support */
  char message[512];    /* one sentence, no newline, no secret; empty: the host writes one */
  struct berth_buffer* long_message; /* for a longer message, at most 64 KiB; may be NULL */
} berth_error;

/* One operation in flight. Borrowed until the function that received it returns. Streams get a new
 * one for each read and write. The host may set struct_size to 0 when the function returns;
 * cancelled() then returns non-zero. */
typedef struct berth_call {
  uint32_t struct_size;
  uint32_t flags;      /* none defined in 1.0 */
  int64_t deadline_ns; /* CLOCK_MONOTONIC, absolute, over all retries; INT64_MAX: none */
  void* host_data;     /* the host's; do not touch */

  /* Non-zero after the caller cancelled: return BERTH_STATUS_CANCELLED soon. Cheap enough to poll.
   * [any]
   */
  int32_t (*cancelled)(const struct berth_call* call) BERTH_NOTHROW;

  int32_t cancel_fd; /* becomes readable once cancelled, for poll(); never read from it; -1: none */
  uint32_t reserved0;
  berth_str trace_id; /* for logs and for services that accept one; may be empty */
} berth_call;

/* ---- What the host offers -------------------------------------------------------------------- */

#define BERTH_LOG_TRACE 0
#define BERTH_LOG_DEBUG 1
#define BERTH_LOG_INFO 2
#define BERTH_LOG_WARN 3
#define BERTH_LOG_ERROR 4

/* Valid from init() until shutdown() returns. [any] */
struct berth_host {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor; /* the newest minor the host knows */
  void* host_data;    /* the host's; do not touch */
  const char* name;   /* of the program or library that loads the driver: "berth" */
  const char* version;

  /* Non-zero if a line of that level would be logged: check before formatting. [any] */
  int32_t (*log_enabled)(const berth_host* host, int32_t level) BERTH_NOTHROW;

  /* Logs one line: no trailing newline, no secret. The host adds driver, time and level. [any] */
  void (*log)(const berth_host* host, int32_t level, berth_str text) BERTH_NOTHROW;

  /* A table of additional services by id and revision ("berth.credentials/1"); NULL: none. The
   * table starts with its struct_size. [any] */
  const void* (*extension)(const berth_host* host, const char* id)BERTH_NOTHROW;
};

/* ---- Parameters ------------------------------------------------------------------------------ */

/* A driver publishes its parameters as rows. The host uses them to reject unknown keys (with "did
 * you mean"), apply defaults, normalise values, hide secrets, print help and make a JSON Schema.
 * The driver receives checked values only. Nested JSON objects flatten with dots:
 * {"credentials": {"type": "x"}} is the key "credentials.type". A JSON array of strings is joined
 * with commas. */
#define BERTH_PARAM_STRING 1 /* a string, or any scalar as a string */
#define BERTH_PARAM_BOOL 2   /* JSON true/false, or as a string; canonical "true"/"false" */
#define BERTH_PARAM_INT 3    /* JSON integer or string; canonical decimal */
#define BERTH_PARAM_BYTES 4  /* 8388608 or "8MiB"; canonical decimal, bytes */
#define BERTH_PARAM_MILLIS 5 /* 30000 or "30s"; canonical decimal, milliseconds */

#define BERTH_PARAM_REQUIRED UINT32_C(1)
#define BERTH_PARAM_SECRET UINT32_C(2)     /* never logged, never echoed */
#define BERTH_PARAM_DEPRECATED UINT32_C(4) /* accepted, warned about */
#define BERTH_PARAM_CLAMP UINT32_C(8)      /* values below the minimum are raised to it, no error */
#define BERTH_PARAM_PATH UINT32_C(16)      /* a local file or folder, see below */

/* One row; constant data inside the driver. A relative value of a row with BERTH_PARAM_PATH is
 * relative to the folder of the config file if it comes from one, otherwise to the working
 * directory. */
typedef struct berth_param_spec {
  const char* key; /* lower case, as the registry writes it; a dot for each nested object */
  uint32_t type;   /* BERTH_PARAM_STRING ... */
  uint32_t flags;  /* BERTH_PARAM_REQUIRED ... */
  const char* default_value; /* in canonical form; NULL: none */
  const char* help;    /* one sentence; UTF-8 without control characters, as all strings here */
  const char* choices; /* "a|b|c", compared without case, handed on as written here; NULL: any */
  int64_t minimum, maximum; /* for INT, BYTES, MILLIS, both inclusive; both 0: unbounded */
} berth_param_spec;

typedef struct berth_param {
  berth_str key, value;
} berth_param;

/* The argument of open(): every parameter that was given or has a default, sorted by key, in
 * canonical form. Borrowed until open() returns. */
typedef struct berth_params {
  uint32_t struct_size;
  uint32_t count;
  const berth_param* items; /* exactly sizeof(berth_param) apart, for all time */
  berth_str json;           /* the object as the caller wrote it, for drivers with nested needs */
} berth_params;

/* ---- Capabilities ---------------------------------------------------------------------------- */

/* A pointer in berth_ops says that an operation exists. A flag here guarantees a property, and the
 * conformance suite tests each flag that is set. */
#define BERTH_CAP_ATOMIC_PUT (UINT64_C(1) << 0) /* readers see the whole old or new object */
#define BERTH_CAP_RESUME (UINT64_C(1) << 1)     /* append resumes an upload that a process closed */
#define BERTH_CAP_ATOMIC_MOVE (UINT64_C(1) << 2)
#define BERTH_CAP_URL (UINT64_C(1) << 3)         /* url_for works, at least for GET */
#define BERTH_CAP_CREATE_ONLY (UINT64_C(1) << 4) /* put-if-absent is atomic */
#define BERTH_CAP_LIST_ORDERED                                      \
  (UINT64_C(1) << 5) /* list is in walk order; start_after is cheap \
                      */
#define BERTH_CAP_EMPTY_DIRECTORIES (UINT64_C(1) << 6) /* may report empty directories */
/* put and writer_open honour if_match. The comparison and the replacement are one atomic step, also
 * against other processes and against calls without a condition. */
#define BERTH_CAP_IF_MATCH (UINT64_C(1) << 7)
/* put and writer_open store attributes; stat and reader_info report them; copy, move and append
 * keep them. */
#define BERTH_CAP_ATTRIBUTES (UINT64_C(1) << 8)
/* A child of fork() may use the parent's store, and does not close it. Without this flag the host
 * opens the store again in the child, with the same parameters, and abandons the parent's store, so
 * a driver needs no handling of fork(). Readers and writers are never used in a child. */
#define BERTH_CAP_FORK (UINT64_C(1) << 9)
/* reader_open and get honour if_match and if_none_match. Without this flag the host compares the
 * etag that reader_info reports. */
#define BERTH_CAP_READ_CONDITIONS (UINT64_C(1) << 10)
/* reader_open and get honour FROM_END. Without this flag the host asks for the size first. */
#define BERTH_CAP_READ_FROM_END (UINT64_C(1) << 11)
/* move and copy honour the flag CREATE_ONLY, atomically. */
#define BERTH_CAP_COPY_CREATE_ONLY (UINT64_C(1) << 12)
/* move and copy honour source_if_match: they copy that version or fail. */
#define BERTH_CAP_COPY_SOURCE_IF_MATCH (UINT64_C(1) << 13)
/* move and copy honour if_match, the condition on the destination, atomically. */
#define BERTH_CAP_COPY_IF_MATCH (UINT64_C(1) << 14)
/* remove honours if_match, atomically. */
#define BERTH_CAP_REMOVE_IF_MATCH (UINT64_C(1) << 15)
/* remove honours ONLY_OBJECT. */
#define BERTH_CAP_REMOVE_ONLY_OBJECT (UINT64_C(1) << 16)
/* All flags of this header. A host ignores the others. */
#define BERTH_CAPS_KNOWN ((UINT64_C(1) << 17) - 1)

/* Zeroed and sized by the host; the driver sets what applies. */
typedef struct berth_caps {
  uint32_t struct_size;
  uint32_t max_parallel_calls; /* not counting streams and walks; 0: no limit */
  uint64_t flags;              /* BERTH_CAP_* */
  uint64_t max_path_bytes;     /* longest path; 0: the model's limit of 1024 */
  uint64_t max_object_bytes;   /* 0: unknown */
  uint64_t preferred_io_bytes; /* a good size for one read or write; 0: no preference */
} berth_caps;

/* ---- Entries --------------------------------------------------------------------------------- */

#define BERTH_ENTRY_DIRECTORY UINT32_C(1)
#define BERTH_ENTRY_HAS_SIZE UINT32_C(2)
#define BERTH_ENTRY_HAS_MTIME UINT32_C(4)
#define BERTH_ENTRY_HAS_ETAG UINT32_C(8)

/* One attribute of an object. The names content-type, cache-control, content-encoding,
 * content-disposition and content-language are the HTTP headers; every other name is user metadata.
 * In options the host has checked: names are lower-case tokens of RFC 9110, at most 128 bytes, and
 * occur once; values are UTF-8 without control characters; all names and values have at most 8 KiB.
 * A service may have a lower limit: INVALID_PARAMETERS. In an entry, names are lower case. */
typedef struct berth_attribute {
  berth_str name;
  berth_str value;
} berth_attribute;

/* A file or directory that stat, list or walk reports. Borrowed until the callback returns. A path
 * that is longer than the store allows is reported unchanged: the host passes it to the program as
 * a name that breaks the path grammar. */
typedef struct berth_entry {
  uint32_t struct_size;
  uint32_t flags;    /* BERTH_ENTRY_* */
  berth_str path;    /* always the full driver path, no trailing slash */
  berth_str etag;    /* opaque identity of the content, as the service reports it */
  uint64_t size;     /* bytes; 0 for a directory */
  int64_t mtime_ns;  /* since the epoch, UTC */
  berth_str version; /* the service's name of this version of the object; may be empty */
  const berth_attribute* attributes; /* of a file; list and walk need not report them */
  size_t attribute_count;
} berth_entry;

#define BERTH_VISIT_CONTINUE 0
#define BERTH_VISIT_STOP 1           /* end the operation, which returns BERTH_STATUS_OK */
#define BERTH_VISIT_SKIP_DIRECTORY 2 /* walk only: do not enter the directory just reported */

/* Returns BERTH_VISIT_CONTINUE, BERTH_VISIT_STOP or BERTH_VISIT_SKIP_DIRECTORY; any other value
 * means STOP. A driver holds no lock during the call, because the callback may call into the same
 * store. Any thread may call it, one thread at a time, until the function that received it returns.
 * Later calls have no effect. [one] */
typedef int32_t (*berth_entry_fn)(void* sink, const berth_entry* entry) BERTH_NOTHROW;

/* A growing buffer of the host, so that there is at most one copy between network and caller. */
typedef struct berth_buffer {
  uint32_t struct_size;
  uint32_t reserved0;
  void* host_data; /* the host's; do not touch */

  /* Appends n bytes and returns where to write them, valid until the next extend() or the end of
   * the call; NULL: too large, or out of memory (then return BERTH_STATUS_NO_SPACE). [one] */
  void* (*extend)(struct berth_buffer* buffer, size_t n)BERTH_NOTHROW;
} berth_buffer;

/* ---- Options --------------------------------------------------------------------------------- */

/* Rules for all options:
 * - A flag that the driver does not know, or a member that it does not implement and that is set,
 * is UNSUPPORTED_METHOD, and nothing is done. The host refuses an option whose capability the store
 *   does not have before it calls the driver.
 * - A condition is an etag as an entry reported it; the empty string is no condition. A condition
 *   on a missing object is PRECONDITION_FAILED for a write and PATH_NOT_FOUND for a read, move,
 *   copy or remove.
 * - stored, unless it is NULL, is called at most once, after success, with what is at the path now:
 *   size, etag, version and mtime as far as the service's answer reports them. The driver makes no
 *   extra request for it. The path in the entry and the returned value are ignored. */

#define BERTH_READ_FROM_END UINT32_C(1) /* offset counts back from the end: its last bytes */
typedef struct berth_read_options {
  uint32_t struct_size;
  uint32_t flags;          /* BERTH_READ_* */
  int64_t offset;          /* bytes; checked by the host: never negative */
  uint64_t length;         /* maximum bytes to deliver; UINT64_MAX: to the end */
  berth_str if_match;      /* PRECONDITION_FAILED unless the object has this etag */
  berth_str if_none_match; /* NOT_MODIFIED if the object has this etag */
} berth_read_options;

typedef struct berth_stat_options {
  uint32_t struct_size;
  uint32_t flags; /* none defined in 1.0 */
} berth_stat_options;

#define BERTH_WRITE_APPEND UINT32_C(1)      /* resume an upload or append; never with CREATE_ONLY */
#define BERTH_WRITE_CREATE_ONLY UINT32_C(2) /* fail with ALREADY_EXISTS if the object exists */
typedef struct berth_write_options {
  uint32_t struct_size;
  uint32_t flags;     /* BERTH_WRITE_* */
  uint64_t size_hint; /* bytes that will be written; UINT64_MAX: unknown */

  /* Replace the object only if it has this etag, else PRECONDITION_FAILED: of put, and of the
   * commit of a writer, which may also fail when it is opened. Never with CREATE_ONLY. With APPEND
   * the etag of the committed object that is continued. */
  berth_str if_match;

  /* What the object gets, instead of all attributes that it had. With APPEND and none: those of the
   * object that is continued; those of an unfinished upload if the service keeps them. */
  const berth_attribute* attributes;
  size_t attribute_count;

  berth_entry_fn stored; /* of put; writer_open ignores it */
  void* stored_sink;
} berth_write_options;

typedef struct berth_commit_options {
  uint32_t struct_size;
  uint32_t flags; /* none defined in 1.0 */
  berth_entry_fn stored;
  void* stored_sink;
} berth_commit_options;

#define BERTH_COPY_CREATE_ONLY UINT32_C(1) /* ALREADY_EXISTS if the destination exists */
/* Of move and of copy. */
typedef struct berth_copy_options {
  uint32_t struct_size;
  uint32_t flags;            /* BERTH_COPY_* */
  berth_str source_if_match; /* PRECONDITION_FAILED unless the source has this etag */
  berth_str if_match;        /* PRECONDITION_FAILED unless the destination has this etag */
  berth_entry_fn stored;     /* the destination */
  void* stored_sink;
} berth_copy_options;

#define BERTH_REMOVE_ONLY_OBJECT UINT32_C(1) /* the object at path and nothing below it */
typedef struct berth_remove_options {
  uint32_t struct_size;
  uint32_t flags;     /* BERTH_REMOVE_* */
  berth_str if_match; /* PRECONDITION_FAILED unless the object has this etag; then nothing below
                       * path is removed */
} berth_remove_options;

/* Of list and of walk. */
typedef struct berth_list_options {
  uint32_t struct_size;
  uint32_t flags;        /* none defined in 1.0 */
  berth_str start_after; /* only entries after this path, in walk order; empty: all.
                          * Hosts of 1.0 set it for walk only. */
} berth_list_options;

typedef struct berth_url_options {
  uint32_t struct_size;
  uint32_t flags;        /* none defined in 1.0 */
  berth_str method;      /* "GET", "HEAD", "PUT" */
  int64_t expires_in_ms; /* from now; positive */
} berth_url_options;

/* One byte range of an object, for read_ranges. */
typedef struct berth_range {
  uint64_t offset; /* bytes; offset + length never overflows */
  uint64_t length; /* bytes; 0 is allowed */
  void* into;      /* length bytes of the caller's memory, which the driver writes to directly */
  uint64_t got; /* 0 at first; set by the driver: bytes written, short only at the object's end */
} berth_range;

typedef struct berth_ranges_options {
  uint32_t struct_size;
  uint32_t flags;    /* none defined in 1.0 */
  uint64_t join_gap; /* ranges no more bytes apart share a request; UINT64_MAX: your choice */
  uint64_t largest_request; /* bytes of a request that ranges share; 0: your choice */
  uint32_t parallel;        /* the most requests at once; 0: your choice */
  uint32_t reserved0;
  berth_str if_match; /* PRECONDITION_FAILED unless the object has this etag; empty: any */
} berth_ranges_options;

/* ranges[index] is complete. [one] */
typedef void (*berth_range_fn)(void* sink, size_t index) BERTH_NOTHROW;

/* ---- The table of functions ------------------------------------------------------------------ */

/* NULL means "not supported". The host then returns UNSUPPORTED_METHOD, or composes the operation
 * from others: get and read_ranges from readers, copy from a reader and a writer, walk from list
 * and stat. Required: open, close, caps, put, stat, list, move, remove, reader_open, reader_read,
 * reader_close and all writer_*.
 *
 * Paths follow the path grammar: absolute, components are non-empty valid UTF-8 without control
 * characters, never "." or "..", no trailing slash, at most max_path_bytes. Only stat, list and
 * walk get "/". A path is below directory d if it begins with d + "/", not if it merely begins with
 * d.
 *
 * Every function that takes a berth_call returns DEADLINE_EXCEEDED soon after its deadline, and
 * CANCELLED soon after it was cancelled. */
typedef struct berth_ops {
  uint32_t struct_size;
  uint32_t reserved0;

  /* Called once, before everything else; may be NULL. After a failure the driver cannot be used in
   * this process. host stays valid until shutdown() returns. [serial] */
  berth_status (*init)(const berth_host* host, berth_error* err) BERTH_NOTHROW;

  /* Called once, after the last store was closed, if the program requests it; may be NULL. Joins
   * the remaining threads. The driver stays mapped. [serial] */
  void (*shutdown)(void) BERTH_NOTHROW;

  /* Creates a store from checked parameters. The driver owns *out until close(), which is called
   * once per successful open(). A driver need not do I/O here; if it does, it reports wrong
   * credentials. The message of INVALID_PARAMETERS names the parameter. [any] */
  berth_status (*open)(const berth_params* params, const berth_call* call, berth_store** out,
                       berth_error* err) BERTH_NOTHROW;

  /* Frees the store, whose readers and writers are closed already, and joins its threads. [one] */
  void (*close)(berth_store* store) BERTH_NOTHROW;

  /* What this store can do with these parameters. Constant for the life of the store. [any] */
  void (*caps)(berth_store* store, berth_caps* out) BERTH_NOTHROW;

  /* Appends the bytes that options ask for to *into. PATH_NOT_FOUND if the object does not exist or
   * is a directory. NULL: composed from the reader. [any] */
  berth_status (*get)(berth_store* store, const berth_call* call, berth_str path,
                      const berth_read_options* options, berth_buffer* into,
                      berth_error* err) BERTH_NOTHROW;

  /* Replaces the object by data[0..size) and creates its parents. size 0 makes an empty object;
   * data may then be NULL. APPEND is never set in options. Permanently voids an unfinished upload
   * at path: no later append resumes it, not even after the object was moved away or removed. [any]
   */
  berth_status (*put)(berth_store* store, const berth_call* call, berth_str path, const void* data,
                      size_t size, const berth_write_options* options,
                      berth_error* err) BERTH_NOTHROW;

  /* Calls emit exactly once with the file (with size, mtime and attributes, but not the
   * content-type that the service or the driver gives to objects without one) or directory at path,
   * or returns PATH_NOT_FOUND. "/" is always a directory. After it reported size n, bytes [0, n)
   * are readable. [any] */
  berth_status (*stat)(berth_store* store, const berth_call* call, berth_str path,
                       const berth_stat_options* options, berth_entry_fn emit, void* sink,
                       berth_error* err) BERTH_NOTHROW;

  /* Calls emit once for each direct child, with size, mtime and etag if the service reports them
   * without another request. PATH_NOT_FOUND if nothing is below path or path is a file; never for
   * "/". Keys that only mark a directory are not reported. A stored name that breaks the path
   * grammar (a newline, invalid UTF-8, an empty component) is reported unchanged: the host passes
   * it to the program as such. [any] */
  berth_status (*list)(berth_store* store, const berth_call* call, berth_str path,
                       const berth_list_options* options, berth_entry_fn emit, void* sink,
                       berth_error* err) BERTH_NOTHROW;

  /* Calls emit for everything below path, path itself not, in bytewise order of the full path where
   * a directory sorts as its name followed by "/" and comes just before its contents. Files carry
   * size and mtime. What vanishes meanwhile is left out. Missing path: PATH_NOT_FOUND. NULL:
   * composed. [any] */
  berth_status (*walk)(berth_store* store, const berth_call* call, berth_str path,
                       const berth_list_options* options, berth_entry_fn emit, void* sink,
                       berth_error* err) BERTH_NOTHROW;

  /* Renames one object, overwrites the destination and creates its parents. PATH_NOT_FOUND refers
   * to the source, and the destination is then unchanged. The source is removed last: if an earlier
   * step fails, it is still complete. If it was replaced since it was copied, it stays, with
   * PRECONDITION_FAILED. Voids unfinished uploads at both paths, as put does. A directory is
   * PATH_NOT_FOUND unless the driver can rename it as a whole. [any] */
  berth_status (*move)(berth_store* store, const berth_call* call, berth_str source,
                       berth_str destination, const berth_copy_options* options,
                       berth_error* err) BERTH_NOTHROW;

  /* Copies one object inside the store: as move, but the source and its unfinished upload stay.
   * NULL: composed. [any] */
  berth_status (*copy)(berth_store* store, const berth_call* call, berth_str source,
                       berth_str destination, const berth_copy_options* options,
                       berth_error* err) BERTH_NOTHROW;

  /* Removes the object at path and everything below path + "/", including unfinished uploads, but
   * never a sibling. PATH_NOT_FOUND if there is neither an object nor an unfinished upload. An
   * error names the object that could not be removed. [any] */
  berth_status (*remove)(berth_store* store, const berth_call* call, berth_str path,
                         const berth_remove_options* options, berth_error* err) BERTH_NOTHROW;

  /* Appends to *into a URL for options->method that works without credentials. UNSUPPORTED_METHOD
   * if the service cannot sign that method. The object need not exist. [any] */
  berth_status (*url_for)(berth_store* store, const berth_call* call, berth_str path,
                          const berth_url_options* options, berth_buffer* into,
                          berth_error* err) BERTH_NOTHROW;

  /* Opens the object for reading from options->offset. If it does not exist, PATH_NOT_FOUND here,
   * not at the first read. With an offset at or after the end, the reader is at its end. The reader
   * delivers one version of the object or fails with PRECONDITION_FAILED, never a mix. [any] */
  berth_status (*reader_open)(berth_store* store, const berth_call* call, berth_str path,
                              const berth_read_options* options, berth_reader** out,
                              berth_error* err) BERTH_NOTHROW;

  /* Reads up to capacity (never 0) bytes into buffer. BERTH_STATUS_OK with *got == 0 is the end; a
   * short read is not the end. With BERTH_STATUS_OK, *got is always set. [one] */
  berth_status (*reader_read)(berth_reader* reader, const berth_call* call, void* buffer,
                              size_t capacity, size_t* got, berth_error* err) BERTH_NOTHROW;

  /* Calls emit once with the size (of the whole object), mtime, etag and attributes of the object,
   * if opening it reported them. Makes no request. NULL: never known. [one] */
  berth_status (*reader_info)(berth_reader* reader, berth_entry_fn emit, void* sink,
                              berth_error* err) BERTH_NOTHROW;

  /* Frees the reader. [one] */
  void (*reader_close)(berth_reader* reader) BERTH_NOTHROW;

  /* Opens path for writing. Without APPEND the writer starts from the beginning; a committed object
   * stays readable until commit. With APPEND:
   *   1. An unfinished upload that was not voided is resumed. An upload is voided, for good, by
   * each of these: put, commit of a writer without APPEND, copy or move to path, move away, remove.
   *   2. Otherwise the writer appends to the committed object.
   *   3. If there is neither, PATH_NOT_FOUND.
   * Invariant: bytes of a voided upload never appear in an object. Comparing times does not keep
   * it, comparing versions does. stat, list and walk never report unfinished uploads. [any] */
  berth_status (*writer_open)(berth_store* store, const berth_call* call, berth_str path,
                              const berth_write_options* options, berth_writer** out,
                              berth_error* err) BERTH_NOTHROW;

  /* Accepts all of data or fails. After a failure only cancel and close are called. [one] */
  berth_status (*writer_write)(berth_writer* writer, const berth_call* call, const void* data,
                               size_t size, berth_error* err) BERTH_NOTHROW;

  /* Bytes accepted so far, including those before an append. [one] */
  uint64_t (*writer_size)(berth_writer* writer) BERTH_NOTHROW;

  /* Publishes the whole object at once; an empty object if nothing was written. The object is
   * durable when this returns. PRECONDITION_FAILED if the upload was voided, or if another writer
   * took it over and committed or closed it. [one] */
  berth_status (*writer_commit)(berth_writer* writer, const berth_call* call,
                                const berth_commit_options* options,
                                berth_error* err) BERTH_NOTHROW;

  /* Discards everything written, including the upload that an append resumed. A committed object
   * stays unchanged. [one] */
  berth_status (*writer_cancel)(berth_writer* writer, const berth_call* call,
                                berth_error* err) BERTH_NOTHROW;

  /* Frees the writer in any case. Without a commit or cancel before, it first saves everything
   * written, so that an append can resume it, also in another process. Saving can fail, with
   * PRECONDITION_FAILED in the same cases as commit. Saved bytes never replace a newer object.
   * [one] */
  berth_status (*writer_close)(berth_writer* writer, const berth_call* call,
                               berth_error* err) BERTH_NOTHROW;

  /* Returns a table of additional operations by id and revision ("berth.multipart/1",
   * "com.example.tags/2"); NULL: not supported. New operations after 1.0 are offered this way
   * first. The table starts with its struct_size. With store NULL: whether the driver may ever
   * offer it. This pointer may be NULL. [any] */
  const void* (*extension)(berth_store* store, const char* id)BERTH_NOTHROW;

  /* Appends to *into the identity of the location where the store keeps its objects, so that a
   * program can detect that two stores share objects. One line, ended by "\n", for each container,
   * outermost first; the last line is the root of the store. A line is an identity that no other
   * container has, a tab, and the name of the container inside the container of the line before
   * (empty in the first line):
   *
   *   s3://gateway.example:7480/archive<TAB>
   *   s3://gateway.example:7480/archive/2026<TAB>2026
   *
   * Two stores with the same last line have the same objects. If the last line of one store is any
   * line of another, the first store contains the second below the names of the lines in between.
   * Contains no secret. Makes no request to a service. NULL, or nothing appended: unknown. [any] */
  berth_status (*place)(berth_store* store, berth_buffer* into, berth_error* err) BERTH_NOTHROW;

  /* Reads many byte ranges of one version of the object into the caller's memory. Ranges are in any
   * order, may overlap, be empty, or begin after the end of the object (got stays 0). Calls done
   * once for each range when it is complete, and emit at most once with the metadata that the
   * answers contain; both in the calling thread. PATH_NOT_FOUND if the object does not exist;
   * PRECONDITION_FAILED if it is replaced meanwhile, never a mix. After a failure the contents of
   * the memory are undefined. ranges.hpp plans the requests. NULL: composed from readers. [any] */
  berth_status (*read_ranges)(berth_store* store, const berth_call* call, berth_str path,
                              berth_range* ranges, size_t count,
                              const berth_ranges_options* options, berth_range_fn done,
                              berth_entry_fn emit, void* sink, berth_error* err) BERTH_NOTHROW;
} berth_ops;

/* ---- The exported object --------------------------------------------------------------------- */

#define BERTH_THREADS_SERIAL_DRIVER 0 /* one call at a time in the whole driver */
#define BERTH_THREADS_SERIAL_STORE 1  /* one call at a time per store; the host serialises */
#define BERTH_THREADS_PARALLEL 2      /* any number at once */

/* Constant data; its first sixteen bytes are fixed for all time. */
typedef struct berth_driver {
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor; /* of the header it was built with */
  uint32_t struct_size;
  uint16_t min_host_minor; /* a host with an older minor rejects the driver; normally 0 */
  uint16_t thread_model;   /* BERTH_THREADS_SERIAL_DRIVER ... */
  const char* name;        /* the name for factory::create: [a-z][a-z0-9_]{0,31} */
  const char* version;
  const char* vendor;
  const char* summary; /* one line: what it stores to */
  const berth_ops* ops;
  const berth_param_spec* params; /* param_count rows, param_stride bytes apart */
  uint32_t param_count;
  uint32_t param_stride; /* sizeof(berth_param_spec) when compiled */
} berth_driver;

#ifdef __cplusplus
}
#endif

/* The first members of every berth_driver. */
#define BERTH_DRIVER_PREFIX BERTH_MAGIC, BERTH_ABI_MAJOR, BERTH_ABI_MINOR, sizeof(berth_driver), 0

/* Registers a driver: BERTH_REGISTER_DRIVER(memory) = {BERTH_DRIVER_PREFIX, BERTH_THREADS_PARALLEL,
 * "memory", ...}; defines the one symbol the host looks for, berth_driver_v1_memory, in section
 * .berth.drivers. The host reads these names from the file's .dynsym without running any code. The
 * name in the object must be the one in the symbol. One file may register several drivers. */
#define BERTH_VISIBLE __attribute__((visibility("default")))
#define BERTH_PLACED __attribute__((used, section(".berth.drivers")))
#ifdef __cplusplus
#define BERTH_REGISTER_DRIVER(ident)                                   \
  extern "C" BERTH_VISIBLE const berth_driver berth_driver_v1_##ident; \
  BERTH_PLACED const berth_driver berth_driver_v1_##ident
#else
#define BERTH_REGISTER_DRIVER(ident)                               \
  extern BERTH_VISIBLE const berth_driver berth_driver_v1_##ident; \
  BERTH_PLACED const berth_driver berth_driver_v1_##ident
#endif

#endif /* BERTH_DRIVER_H */
