// SPDX-License-Identifier: Apache-2.0
//
// The operations of the driver `rados`.
#include "driver.hpp"

#include <cstring>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "blobs.hpp"
#include "cleanup.hpp"
#include "directories.hpp"
#include "files.hpp"
#include "layout.hpp"
#include "list.hpp"
#include "moves.hpp"
#include "orphans_view.hpp"
#include "reader.hpp"
#include "remove.hpp"
#include "resume.hpp"
#include "session.hpp"
#include "writer.hpp"

namespace berth::rados {
namespace {

constexpr std::size_t first_read = 256U << 10;       // read by the request for the size
constexpr std::size_t max_buffered_get = 16U << 20;  // up to this size get() retries

}  // namespace

// The parts of a store, and the conversion between its paths and those in the pool.
class RadosDriver::Pool {
 public:
  Pool(const sdk::Parameters& parameters, const sdk::Call& call)
      : session(settings_of(parameters), call) {}

  const Session session;
  const Directories directories{session};
  const Blobs blobs{session};
  const Uploads uploads{session, blobs};
  const Files files{session, directories, blobs};
  const Removal removal{session, directories, blobs};
  const Moves moves{session, directories, blobs, files, removal};

  Parts parts() const { return {session, directories, blobs, files, uploads, removal}; }

  std::string stored(std::string_view path) const {
    const std::string& root = session.settings().root;
    if (root == "/") return std::string(path);
    return path == "/" ? root : root + std::string(path);
  }
  std::string shown(const std::string& path) const {
    const std::string& root = session.settings().root;
    return root == "/" ? path : path.substr(root.size());
  }

  // All bytes; null if the blob was removed meanwhile.
  std::unique_ptr<char[]> read_whole(const std::string& blob, const BlobInfo& info,
                                     const sdk::Call& call) const;

  void write_large(const UploadRecord& record, std::string_view bytes, const sdk::Call& call) const;
  void move(const std::string& source, const std::string& destination, const sdk::Call& call) const;
};

RadosDriver::RadosDriver(const sdk::Parameters& parameters, const sdk::Call& call)
    : pool_(std::make_unique<Pool>(parameters, call)) {
  if (parameters.string("view") != "orphans") return;
  Orphans orphans(pool_->session, pool_->directories, pool_->uploads, parameters.millis("minage"));
  orphans_ = std::make_unique<OrphansView>(pool_->session, pool_->blobs, std::move(orphans));
}

RadosDriver::~RadosDriver() = default;

sdk::Capabilities RadosDriver::capabilities() const noexcept {
  if (orphans_) return orphans_->capabilities();
  sdk::Capabilities capabilities;
  capabilities.flags =
      BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_CREATE_ONLY | BERTH_CAP_LIST_ORDERED;
  capabilities.preferred_io_bytes = max_request_bytes;
  return capabilities;
}

// ---- Whole objects

// A small file that is replaced while it is read is read again. A large one is read directly into
// the caller's buffer, so its replacement is an error.
void RadosDriver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  if (orphans_) return orphans_->get(path, into, call);
  const std::string stored = pool_->stored(path);
  for (;;) {
    std::string blob = pool_->files.blob_of(stored, call);
    const std::unique_ptr<char[]> start(new char[first_read]);
    const auto request = pool_->blobs.start_info(blob, start.get(), first_read);
    auto info = pool_->blobs.await_info(*request, call);
    const std::uint64_t got =
        info ? std::min<std::uint64_t>({request->got(), info->size, info->chunk_size}) : 0;
    if (!info) info = pool_->files.info(stored, blob, call);
    const auto size = static_cast<std::size_t>(info->size);
    if (size == 0) return;
    if (got < size && size <= max_buffered_get) {
      if (const auto bytes = pool_->read_whole(blob, *info, call))
        return into.append({bytes.get(), size});
      continue;
    }
    if (got < size) expect_end(pool_->session, blob, *info, call);
    char* const bytes = into.extend(size);
    std::memcpy(bytes, start.get(), static_cast<std::size_t>(got));
    return read_range(pool_->session, blob, *info, got, size - got, bytes + got, call);
  }
}

std::unique_ptr<char[]> RadosDriver::Pool::read_whole(const std::string& blob, const BlobInfo& info,
                                                      const sdk::Call& call) const {
  std::unique_ptr<char[]> bytes(new char[static_cast<std::size_t>(info.size)]);
  try {
    read_range(session, blob, info, 0, info.size, bytes.get(), call);
  } catch (const sdk::Error& error) {
    if (error.status() != BERTH_STATUS_PRECONDITION_FAILED) throw;
    return nullptr;
  }
  return bytes;
}

void RadosDriver::put(std::string_view path, std::string_view bytes,
                      const sdk::WriteOptions& options, const sdk::Call& call) {
  if (orphans_) return orphans_->put(path, bytes, options, call);
  call.check();
  const std::string stored = pool_->stored(path);
  const UploadRecord record = new_upload(pool_->session);
  LinkRule rule{options.create_only, {}, {}};
  const auto not_linked = [&](const sdk::Error& error) {
    remove_unlinked(pool_->blobs, record, error, call);
  };
  if (bytes.size() > std::min(record.chunk_size, max_single_write)) {
    pool_->write_large(record, bytes, call);
    return publish(pool_->parts(), stored, record.blob, rule, not_linked, call);
  }
  // The blob is written while the directory is read.
  const auto write = pool_->blobs.write_small(record.blob, bytes);
  rule.before_change = [&](const std::string&) {
    pool_->session.check(write->wait(call), "cannot write", write->object());
  };
  publish(pool_->parts(), stored, record.blob, rule, not_linked, call);
}

void RadosDriver::Pool::write_large(const UploadRecord& record, std::string_view bytes,
                                    const sdk::Call& call) const {
  ChunkWriter chunks(session, record, false);
  try {
    chunks.write(bytes, call);
    chunks.flush(call);
    if (!blobs.finish(record.blob, bytes.size(), record.token, call))
      throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                       "the upload was removed while it was being written");
  } catch (const sdk::Error& error) {
    remove_unlinked(blobs, chunks.record(), error, call);
    throw;
  }
}

sdk::Stat RadosDriver::stat(std::string_view path, const sdk::Call& call) {
  if (orphans_) return orphans_->stat(path, call);
  if (path == "/") return {true, 0, {}, {}};
  const std::string stored = pool_->stored(path);
  const auto found = pool_->directories.find(stored, call);
  if (found && !found->empty()) {
    std::string blob = *found;
    const BlobInfo info = pool_->files.info(stored, blob, call);
    return {false, info.size, info.mtime_ns, blob};
  }
  if (pool_->directories.has_children(stored, call)) return {true, 0, {}, {}};
  throw sdk::path_not_found();
}

void RadosDriver::move(std::string_view source, std::string_view destination,
                       const sdk::CopyOptions& options, const sdk::Call& call) {
  if (orphans_) return orphans_->move(source, destination, options, call);
  pool_->move(pool_->stored(source), pool_->stored(destination), call);
}

// A void upload is dropped before the move: if it was opened when the path named no file, it would
// be valid again afterwards. A valid upload is dropped after the move, so that a move that fails
// changes nothing.
void RadosDriver::Pool::move(const std::string& source, const std::string& destination,
                             const sdk::Call& call) const {
  const bool has_upload = source != destination && uploads.exists(source, call);
  if (has_upload)
    if (const auto blob = directories.find(source, call); blob && !blob->empty())
      uploads.drop_if_void(source, *blob, call);
  moves.move(source, destination, call);
  if (has_upload)
    log_failure_of("the void upload of " + source + " may be left",
                   [&] { uploads.drop(source, call); });
}

// ---- Listing

void RadosDriver::list(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  if (orphans_) return orphans_->list(path, options, sink, call);
  const std::string stored = pool_->stored(path);
  const std::string after =
      options.start_after.empty() ? std::string() : pool_->stored(options.start_after);
  if (!after.empty() && path != "/" && !pool_->directories.has_children(stored, call))
    throw sdk::path_not_found();
  const Start start = start_in(pool_->directories, stored, after, call);
  if (start.nothing) return;
  Children children(pool_->directories, stored, start.after);
  auto child = children.next(call);
  if (!child && after.empty() && path != "/") throw sdk::path_not_found();
  for (; child; child = children.next(call)) {
    const std::string shown = pool_->shown(join(stored, child->name));
    if (sink({shown, child->directory(), {}, {}, child->blob}) == sdk::Visit::stop) return;
    call.check();
  }
}

void RadosDriver::walk(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  if (orphans_) return orphans_->list(path, options, sink, call);
  const std::string stored = pool_->stored(path);
  if (path != "/" && !pool_->directories.has_children(stored, call)) throw sdk::path_not_found();
  const std::string after =
      options.start_after.empty() ? std::string() : pool_->stored(options.start_after);
  Walk(pool_->directories, pool_->blobs, pool_->files, [this](const std::string& inner) {
    return pool_->shown(inner);
  }).run(stored, after, sink, call);
}

// ---- Removing

void RadosDriver::remove(std::string_view path, const sdk::RemoveOptions& options,
                         const sdk::Call& call) {
  if (orphans_) return orphans_->remove(path, options, call);
  call.check();
  const std::string stored = pool_->stored(path);
  const Uploads::TreeReads uploads_read = pool_->uploads.start_tree(stored);
  const auto found = pool_->directories.find(stored, call);
  const bool file = found && !found->empty();
  const bool directory = !file && pool_->directories.has_children(stored, call);
  // Before the file: without the file, an upload that it voided could be valid again.
  const std::size_t uploads = pool_->uploads.drop_tree(stored, uploads_read, call);
  if (file) pool_->removal.remove_file(stored, *found, call);
  if (directory || (found && found->empty())) pool_->removal.remove_tree(stored, call);
  const std::string parent = place_of(stored).directory;
  if (file || found || directory)
    log_failure_of(may_leave_directory(parent), [&] { pool_->directories.prune(parent, call); });
  if (!file && !directory && uploads == 0) throw sdk::path_not_found();
}

// ---- Streams

std::unique_ptr<sdk::Reader> RadosDriver::reader(std::string_view path,
                                                 const sdk::ReadOptions& options,
                                                 const sdk::Call& call) {
  if (orphans_) return orphans_->reader(path, options, call);
  const std::string stored = pool_->stored(path);
  std::string blob = pool_->files.blob_of(stored, call);
  BlobInfo info = pool_->files.info(stored, blob, call);
  return std::make_unique<BlobReader>(pool_->session, std::move(blob), std::move(info), options);
}

std::unique_ptr<sdk::Writer> RadosDriver::writer(std::string_view path,
                                                 const sdk::WriteOptions& options,
                                                 const sdk::Call& call) {
  if (orphans_) return orphans_->writer(path, options, call);
  call.check();
  return FileWriter::open(pool_->parts(), pool_->stored(path), options, call);
}

// ---- Identity

// The view of orphans shares no path with other stores of the pool, so it has no place.
std::string RadosDriver::place() const {
  const std::string pool = pool_->session.identity();
  const std::string& root = pool_->session.settings().root;
  if (orphans_ || pool.empty() || (pool + root).find_first_of("\t\n") != std::string::npos)
    return {};
  sdk::PlaceLines lines(pool);
  for (std::size_t begin = 1; begin < root.size();) {
    const std::size_t end = std::min(root.find('/', begin), root.size());
    lines.inside(std::string_view(root).substr(begin, end - begin));
    begin = end + 1;
  }
  return lines.text();
}

}  // namespace berth::rados

BERTH_DRIVER(rados, berth::rados::RadosDriver);
