/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver as it was written for driver.h 1.0, frozen: it must compile against every later header
 * of major 1 without a change, and the binary built from it then must load in every later host. See
 * README.md. It keeps objects in memory and declares BERTH_THREADS_SERIAL_STORE, so it needs no
 * lock.
 */
#include <berth/driver.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Bytes that objects, readers and writers share ------------------------------------------- */

typedef struct blob {
  size_t refs, size, capacity;
  unsigned char bytes[];
} blob;

static blob* blob_new(size_t capacity) {
  blob* b = malloc(sizeof *b + capacity);
  if (b) *b = (blob){.refs = 1, .capacity = capacity};
  return b;
}

static blob* blob_ref(blob* b) {
  b->refs++;
  return b;
}

static void blob_unref(blob* b) {
  if (b && --b->refs == 0) free(b);
}

/* Appends to *b, which must not be shared. Returns 0, or -1 without memory (then *b is as before).
 */
static int blob_append(blob** b, const void* data, size_t size) {
  size_t need = (*b)->size + size;
  if (need > (*b)->capacity) {
    size_t capacity = need + need / 2;
    blob* grown = realloc(*b, sizeof *grown + capacity);
    if (!grown) return -1;
    grown->capacity = capacity;
    *b = grown;
  }
  if (size) memcpy((*b)->bytes + (*b)->size, data, size);
  (*b)->size = need;
  return 0;
}

static blob* blob_copy(const blob* from) {
  blob* b = blob_new(from->size);
  if (b) blob_append(&b, from->bytes, from->size);
  return b;
}

/* ---- The table of objects -------------------------------------------------------------------- */

typedef struct object {
  char* path;
  blob* content; /* what readers see; NULL: nothing committed yet */
  blob* upload;  /* an unfinished upload, kept for append; NULL: none */
  int64_t mtime_ns;
} object;

struct berth_store {
  object* objects; /* sorted by path */
  size_t count, capacity;
};

struct berth_reader {
  blob* content;
  size_t offset, end;
  int64_t mtime_ns;
};

struct berth_writer {
  berth_store* store;
  char* path;
  blob* bytes;
  blob *base_content, *base_upload; /* at the path when the writer was opened; NULL: none */
  uint32_t flags;                   /* BERTH_WRITE_* */
  int finished;
};

static int64_t now_ns(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static berth_status fail(berth_error* err, berth_status status, const char* message) {
  snprintf(err->message, sizeof err->message, "%s", message);
  return status;
}

static berth_status no_memory(berth_error* err) {
  return fail(err, BERTH_STATUS_INTERNAL, "the driver ran out of memory");
}

/* Options that this driver does not know must be refused, never ignored. */
static berth_status refuse_option(berth_error* err) {
  return fail(err, BERTH_STATUS_UNSUPPORTED_METHOD,
              "an option of the call is unknown to this driver");
}

static berth_str text(const char* s) {
  return (berth_str){s, strlen(s)};
}

/* Index of the first object whose path is not before `path`. */
static size_t lower_bound(const berth_store* store, const char* path) {
  size_t low = 0, high = store->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(store->objects[middle].path, path) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static object* find(berth_store* store, const char* path) {
  size_t i = lower_bound(store, path);
  return i < store->count && strcmp(store->objects[i].path, path) == 0 ? &store->objects[i] : NULL;
}

static object* find_committed(berth_store* store, const char* path) {
  object* o = find(store, path);
  return o && o->content ? o : NULL;
}

/* The object at path, made if need be; NULL: no memory. */
static object* find_or_add(berth_store* store, const char* path) {
  object* o = find(store, path);
  if (o) return o;
  if (store->count == store->capacity) {
    size_t capacity = store->capacity ? 2 * store->capacity : 16;
    object* grown = realloc(store->objects, capacity * sizeof *grown);
    if (!grown) return NULL;
    store->objects = grown;
    store->capacity = capacity;
  }
  size_t size = strlen(path) + 1;
  char* copy = malloc(size);
  if (!copy) return NULL;
  memcpy(copy, path, size);
  size_t i = lower_bound(store, path);
  o = &store->objects[i];
  memmove(o + 1, o, (store->count - i) * sizeof *o);
  *o = (object){.path = copy};
  store->count++;
  return o;
}

static void erase(berth_store* store, size_t first, size_t last) {
  for (size_t i = first; i < last; i++) {
    blob_unref(store->objects[i].content);
    blob_unref(store->objects[i].upload);
    free(store->objects[i].path);
  }
  memmove(&store->objects[first], &store->objects[last],
          (store->count - last) * sizeof *store->objects);
  store->count -= last - first;
}

static void set_content(object* o, blob* content) {
  blob_unref(o->content);
  o->content = content;
  o->mtime_ns = now_ns();
}

static void drop_upload(berth_store* store, const char* path) {
  object* o = find(store, path);
  if (!o) return;
  blob_unref(o->upload);
  o->upload = NULL;
  if (!o->content) erase(store, (size_t)(o - store->objects), (size_t)(o - store->objects) + 1);
}

/* Bytes of `path` that a child's path has in front of its own name: "/a" -> 3, "/" -> 1. */
static size_t prefix_size(berth_str path) {
  return path.size == 1 ? 1 : path.size + 1;
}

static int is_below(const char* path, berth_str directory) {
  size_t n = prefix_size(directory);
  return strncmp(path, directory.data, directory.size) == 0 && path[n - 1] == '/' && path[n] != 0;
}

/* ---- Store ----------------------------------------------------------------------------------- */

static berth_status mem_open(const berth_params* params, const berth_call* call, berth_store** out,
                             berth_error* err) {
  (void)params, (void)call;
  *out = calloc(1, sizeof **out);
  return *out ? BERTH_STATUS_OK : no_memory(err);
}

static void mem_close(berth_store* store) {
  erase(store, 0, store->count);
  free(store->objects);
  free(store);
}

static void mem_caps(berth_store* store, berth_caps* out) {
  (void)store;
  out->flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_ATOMIC_MOVE | BERTH_CAP_CREATE_ONLY;
}

/* A name is a file or a directory here. A driver whose service allows both reports both in walk. */
static berth_status check_place(const berth_store* store, const char* path, berth_error* err) {
  for (size_t i = 0; i < store->count; i++) {
    const object* o = &store->objects[i];
    if (o->content && is_below(o->path, text(path))) {
      err->os_errno = EISDIR;
      return fail(err, BERTH_STATUS_IO, "a directory has this name");
    }
    if (o->content && is_below(path, text(o->path))) {
      err->os_errno = ENOTDIR;
      return fail(err, BERTH_STATUS_IO, "a parent of this path is a file");
    }
  }
  return BERTH_STATUS_OK;
}

/* A whole write: it voids what was unfinished at the path. Takes over the reference to content. */
static berth_status publish(berth_store* store, const char* path, blob* content, int create_only,
                            berth_error* err) {
  if (create_only && find_committed(store, path)) {
    blob_unref(content);
    return fail(err, BERTH_STATUS_ALREADY_EXISTS, "the object already exists");
  }
  berth_status status = check_place(store, path, err);
  object* o = status == BERTH_STATUS_OK ? find_or_add(store, path) : NULL;
  if (!o) {
    blob_unref(content);
    return status == BERTH_STATUS_OK ? no_memory(err) : status;
  }
  set_content(o, content);
  drop_upload(store, path);
  return BERTH_STATUS_OK;
}

static int unknown_write_option(const berth_write_options* options) {
  return (options->flags & ~(BERTH_WRITE_APPEND | BERTH_WRITE_CREATE_ONLY)) != 0 ||
         options->if_match.size != 0 || options->attribute_count != 0;
}

static berth_entry file_entry(const char* path, const object* o) {
  return (berth_entry){.struct_size = sizeof(berth_entry),
                       .flags = BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_MTIME,
                       .path = text(path),
                       .size = o->content->size,
                       .mtime_ns = o->mtime_ns};
}

/* Tells the host what is at path now. */
static void report_stored(berth_store* store, const char* path, berth_entry_fn stored, void* sink) {
  if (!stored) return;
  berth_entry entry = file_entry(path, find_committed(store, path));
  stored(sink, &entry);
}

static berth_status mem_put(berth_store* store, const berth_call* call, berth_str path,
                            const void* data, size_t size, const berth_write_options* options,
                            berth_error* err) {
  (void)call;
  if (unknown_write_option(options)) return refuse_option(err);
  blob* content = blob_new(size);
  if (!content) return no_memory(err);
  blob_append(&content, data, size);
  berth_status status =
      publish(store, path.data, content, (options->flags & BERTH_WRITE_CREATE_ONLY) != 0, err);
  if (status == BERTH_STATUS_OK)
    report_stored(store, path.data, options->stored, options->stored_sink);
  return status;
}

static berth_entry directory_entry(berth_str path) {
  return (berth_entry){
      .struct_size = sizeof(berth_entry), .flags = BERTH_ENTRY_DIRECTORY, .path = path};
}

static int has_children(const berth_store* store, berth_str path) {
  for (size_t i = lower_bound(store, path.data); i < store->count; i++) {
    if (strncmp(store->objects[i].path, path.data, path.size) != 0) return 0;
    if (store->objects[i].content && is_below(store->objects[i].path, path)) return 1;
  }
  return 0;
}

static berth_status mem_stat(berth_store* store, const berth_call* call, berth_str path,
                             const berth_stat_options* options, berth_entry_fn emit, void* sink,
                             berth_error* err) {
  (void)call;
  if (options->flags) return refuse_option(err);
  const object* o = find_committed(store, path.data);
  if (!o && path.size > 1 && !has_children(store, path)) return BERTH_STATUS_PATH_NOT_FOUND;
  berth_entry entry = o ? file_entry(path.data, o) : directory_entry(path);
  emit(sink, &entry);
  return BERTH_STATUS_OK;
}

/* ---- Listing --------------------------------------------------------------------------------- */

typedef struct child {
  char* path;
  berth_entry entry;
} child;

typedef struct children {
  child* items;
  size_t count, capacity;
} children;

static void children_free(children* list) {
  for (size_t i = 0; i < list->count; i++) free(list->items[i].path);
  free(list->items);
}

static child* children_find(const children* list, const char* path, size_t size) {
  for (size_t i = 0; i < list->count; i++)
    if (strncmp(list->items[i].path, path, size) == 0 && list->items[i].path[size] == 0)
      return &list->items[i];
  return NULL;
}

/* Adds the child of `directory` that object o is or lies in, once; what is a file and a directory
 * is reported as a directory, so that a walk enters it. Returns 0, or -1 without memory. */
static int children_add(children* list, berth_str directory, const object* o) {
  const char* slash = strchr(o->path + prefix_size(directory), '/');
  size_t size = slash ? (size_t)(slash - o->path) : strlen(o->path);
  child* known = children_find(list, o->path, size);
  if (known) {
    if (slash) known->entry = directory_entry(known->entry.path);
    return 0;
  }
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    child* grown = realloc(list->items, capacity * sizeof *grown);
    if (!grown) return -1;
    list->items = grown;
    list->capacity = capacity;
  }
  char* path = malloc(size + 1);
  if (!path) return -1;
  memcpy(path, o->path, size);
  path[size] = 0;
  list->items[list->count++] =
      (child){path, slash ? directory_entry((berth_str){path, size}) : file_entry(path, o)};
  return 0;
}

/* The callback may call into this store, so the children are copied before the first is reported.
 */
static berth_status mem_list(berth_store* store, const berth_call* call, berth_str path,
                             const berth_list_options* options, berth_entry_fn emit, void* sink,
                             berth_error* err) {
  (void)call;
  if (options->flags) return refuse_option(err);
  children list = {0};
  berth_status status = BERTH_STATUS_OK;
  for (size_t i = lower_bound(store, path.data); i < store->count && status == BERTH_STATUS_OK;
       i++) {
    const object* o = &store->objects[i];
    if (strncmp(o->path, path.data, path.size) != 0) break;
    if (o->content && is_below(o->path, path) && children_add(&list, path, o) != 0)
      status = no_memory(err);
  }
  if (status == BERTH_STATUS_OK && list.count == 0 && path.size > 1)
    status = BERTH_STATUS_PATH_NOT_FOUND;
  for (size_t i = 0; i < list.count && status == BERTH_STATUS_OK; i++) {
    if (options->start_after.size && strcmp(list.items[i].path, options->start_after.data) <= 0)
      continue;
    if (emit(sink, &list.items[i].entry) == BERTH_VISIT_STOP) break;
  }
  children_free(&list);
  return status;
}

/* ---- Move and remove ------------------------------------------------------------------------- */

static berth_status mem_move(berth_store* store, const berth_call* call, berth_str source,
                             berth_str destination, const berth_copy_options* options,
                             berth_error* err) {
  (void)call;
  if (options->flags || options->source_if_match.size || options->if_match.size)
    return refuse_option(err);
  if (!find_committed(store, source.data)) return BERTH_STATUS_PATH_NOT_FOUND;
  if (strcmp(source.data, destination.data) == 0) return BERTH_STATUS_OK;
  berth_status status = check_place(store, destination.data, err);
  if (status != BERTH_STATUS_OK) return status;
  if (!find_or_add(store, destination.data)) return no_memory(err);
  object* from = find(store, source.data); /* the table may have moved */
  object* to = find(store, destination.data);
  blob_unref(to->content);
  to->content = from->content;
  to->mtime_ns = from->mtime_ns;
  from->content = NULL;
  drop_upload(store, destination.data);
  drop_upload(store, source.data);
  report_stored(store, destination.data, options->stored, options->stored_sink);
  return BERTH_STATUS_OK;
}

static berth_status mem_remove(berth_store* store, const berth_call* call, berth_str path,
                               const berth_remove_options* options, berth_error* err) {
  (void)call;
  if (options->flags || options->if_match.size) return refuse_option(err);
  size_t before = store->count;
  object* o = find(store, path.data);
  if (o) erase(store, (size_t)(o - store->objects), (size_t)(o - store->objects) + 1);
  for (size_t i = lower_bound(store, path.data); i < store->count;) {
    if (strncmp(store->objects[i].path, path.data, path.size) != 0) break;
    if (is_below(store->objects[i].path, path))
      erase(store, i, i + 1);
    else
      i++;
  }
  return store->count < before ? BERTH_STATUS_OK : BERTH_STATUS_PATH_NOT_FOUND;
}

/* ---- Reader ---------------------------------------------------------------------------------- */

static size_t smaller(uint64_t a, size_t b) {
  return a < b ? (size_t)a : b;
}

static berth_status mem_reader_open(berth_store* store, const berth_call* call, berth_str path,
                                    const berth_read_options* options, berth_reader** out,
                                    berth_error* err) {
  (void)call;
  if (options->flags || options->if_match.size || options->if_none_match.size)
    return refuse_option(err);
  const object* o = find_committed(store, path.data);
  if (!o) return BERTH_STATUS_PATH_NOT_FOUND;
  berth_reader* reader = malloc(sizeof *reader);
  if (!reader) return no_memory(err);
  size_t offset = smaller((uint64_t)options->offset, o->content->size);
  size_t length = smaller(options->length, o->content->size - offset);
  *reader = (berth_reader){blob_ref(o->content), offset, offset + length, o->mtime_ns};
  *out = reader;
  return BERTH_STATUS_OK;
}

static berth_status mem_reader_read(berth_reader* reader, const berth_call* call, void* buffer,
                                    size_t capacity, size_t* got, berth_error* err) {
  (void)call, (void)err;
  *got = smaller(capacity, reader->end - reader->offset);
  memcpy(buffer, reader->content->bytes + reader->offset, *got);
  reader->offset += *got;
  return BERTH_STATUS_OK;
}

static void mem_reader_close(berth_reader* reader) {
  blob_unref(reader->content);
  free(reader);
}

/* ---- Writer ---------------------------------------------------------------------------------- */

/* What an append starts with; NULL with *missing unset: no memory. */
static blob* bytes_to_continue(berth_store* store, const char* path, int* missing) {
  const object* o = find(store, path);
  *missing = !o;
  return o ? blob_copy(o->upload ? o->upload : o->content) : NULL;
}

/* What the writer continues must still be there: it must not replace a newer object. */
static berth_status check_not_voided(const berth_writer* writer, berth_error* err) {
  const object* o = find(writer->store, writer->path);
  int same =
      (o ? o->content : NULL) == writer->base_content &&
      (!(writer->flags & BERTH_WRITE_APPEND) || (o ? o->upload : NULL) == writer->base_upload);
  if (same) return BERTH_STATUS_OK;
  return fail(err, BERTH_STATUS_PRECONDITION_FAILED,
              "the object was replaced or removed, or another writer took over the upload, after "
              "this writer was opened; write the object again");
}

static void writer_free(berth_writer* writer) {
  blob_unref(writer->base_content);
  blob_unref(writer->base_upload);
  blob_unref(writer->bytes);
  free(writer->path);
  free(writer);
}

static berth_status mem_writer_open(berth_store* store, const berth_call* call, berth_str path,
                                    const berth_write_options* options, berth_writer** out,
                                    berth_error* err) {
  (void)call;
  if (unknown_write_option(options)) return refuse_option(err);
  int missing = 0, append = (options->flags & BERTH_WRITE_APPEND) != 0;
  if (!append) drop_upload(store, path.data); /* started over */
  blob* bytes = append ? bytes_to_continue(store, path.data, &missing) : blob_new(0);
  if (missing) return BERTH_STATUS_PATH_NOT_FOUND;
  berth_writer* writer = calloc(1, sizeof *writer);
  char* copy = malloc(path.size + 1);
  if (!bytes || !writer || !copy) {
    blob_unref(bytes), free(writer), free(copy);
    return no_memory(err);
  }
  memcpy(copy, path.data, path.size + 1);
  const object* o = find(store, path.data);
  *writer = (berth_writer){.store = store,
                           .path = copy,
                           .bytes = bytes,
                           .base_content = o && o->content ? blob_ref(o->content) : NULL,
                           .base_upload = o && o->upload ? blob_ref(o->upload) : NULL,
                           .flags = options->flags};
  *out = writer;
  return BERTH_STATUS_OK;
}

static berth_status mem_writer_write(berth_writer* writer, const berth_call* call, const void* data,
                                     size_t size, berth_error* err) {
  (void)call;
  return blob_append(&writer->bytes, data, size) == 0 ? BERTH_STATUS_OK : no_memory(err);
}

static uint64_t mem_writer_size(berth_writer* writer) {
  return writer->bytes->size;
}

static berth_status mem_writer_commit(berth_writer* writer, const berth_call* call,
                                      const berth_commit_options* options, berth_error* err) {
  (void)call;
  if (options->flags) return refuse_option(err);
  writer->finished = 1;
  int append = (writer->flags & BERTH_WRITE_APPEND) != 0;
  berth_status status = append ? check_not_voided(writer, err) : BERTH_STATUS_OK;
  if (status != BERTH_STATUS_OK) return status;
  status = publish(writer->store, writer->path, blob_ref(writer->bytes),
                   (writer->flags & BERTH_WRITE_CREATE_ONLY) != 0, err);
  if (status == BERTH_STATUS_OK)
    report_stored(writer->store, writer->path, options->stored, options->stored_sink);
  return status;
}

static berth_status mem_writer_cancel(berth_writer* writer, const berth_call* call,
                                      berth_error* err) {
  (void)call, (void)err;
  writer->finished = 1;
  const object* o = find(writer->store, writer->path);
  if (o && writer->base_upload == o->upload) drop_upload(writer->store, writer->path);
  return BERTH_STATUS_OK;
}

static berth_status keep_upload(berth_writer* writer, berth_error* err) {
  berth_status status = check_not_voided(writer, err);
  if (status != BERTH_STATUS_OK) return status;
  object* o = find_or_add(writer->store, writer->path);
  if (!o) return no_memory(err);
  blob_unref(o->upload);
  o->upload = blob_ref(writer->bytes);
  return BERTH_STATUS_OK;
}

static berth_status mem_writer_close(berth_writer* writer, const berth_call* call,
                                     berth_error* err) {
  (void)call;
  berth_status status = writer->finished ? BERTH_STATUS_OK : keep_upload(writer, err);
  writer_free(writer);
  return status;
}

/* ---- The driver ------------------------------------------------------------------------------ */

static const berth_ops ops = {
    .struct_size = sizeof ops,
    .open = mem_open,
    .close = mem_close,
    .caps = mem_caps,
    .put = mem_put,
    .stat = mem_stat,
    .list = mem_list,
    .move = mem_move,
    .remove = mem_remove,
    .reader_open = mem_reader_open,
    .reader_read = mem_reader_read,
    .reader_close = mem_reader_close,
    .writer_open = mem_writer_open,
    .writer_write = mem_writer_write,
    .writer_size = mem_writer_size,
    .writer_commit = mem_writer_commit,
    .writer_cancel = mem_writer_cancel,
    .writer_close = mem_writer_close,
};

BERTH_REGISTER_DRIVER(mem) = {
    BERTH_DRIVER_PREFIX,
    BERTH_THREADS_SERIAL_STORE,
    "mem",
    "1.0.0",
    "Berth",
    "Keeps objects in memory, as of driver.h 1.0",
    &ops,
    NULL,
    0,
    sizeof(berth_param_spec),
};
