// SPDX-License-Identifier: Apache-2.0
//
// A move removes its source last, and only the version that it copied.
#include "bucket/driver.hpp"

#include <algorithm>

#include "bucket/copy.hpp"
#include "bucket/reader.hpp"
#include "bucket/writer.hpp"

namespace berth::bucket {
namespace {

constexpr std::size_t delete_batch = 1'000;
constexpr uint64_t preferred_io = 1024 * 1024;

sdk::Stat file_stat(const ObjectInfo& info) {
  return {false, info.size, info.mtime_ns, info.etag};
}

sdk::Stat stored_stat(uint64_t size, const std::string& etag) {
  sdk::Stat stat;
  stat.size = size;
  stat.etag = etag;
  return stat;
}

sdk::Stat directory_stat() {
  sdk::Stat stat;
  stat.directory = true;
  return stat;
}

}  // namespace

Driver::Driver(http::ClientOptions client, Settings settings, const MakeRequests& make_requests)
    : client_(std::move(client)),
      requests_(make_requests(clock_)),
      bucket_(std::move(settings), *requests_, client_, clock_),
      tree_(
          common::KeySpace(bucket_.settings().root),
          [this](const common::PageRequest& request, const sdk::Call& call) {
            return bucket_.page(request, call);
          },
          common::Seek::anywhere, lookup()) {}

common::Lookup Driver::lookup() {
  common::Lookup lookup;
  lookup.size = [this](const std::string& key, const sdk::Call& call) {
    const auto info = bucket_.head(key, call);
    return info ? std::optional(info->size) : std::nullopt;
  };
  lookup.records = [this](const sdk::Call& call) { return bucket_.record_filter(call); };
  return lookup;
}

sdk::Capabilities Driver::capabilities() const noexcept {
  sdk::Capabilities caps;
  caps.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_CREATE_ONLY |
               BERTH_CAP_LIST_ORDERED | BERTH_CAP_ATTRIBUTES | BERTH_CAP_COPY_SOURCE_IF_MATCH;
  if (requests_->dialect().gives_urls) caps.flags |= BERTH_CAP_URL;
  // A key has no leading slash, so a path may be one byte longer, minus the root directory.
  const std::size_t longest = bucket_.settings().longest_key;
  caps.max_path_bytes = longest - std::min(longest - 1, key("/").size());
  caps.max_object_bytes = bucket_.settings().limits.max_object;
  caps.preferred_io_bytes = preferred_io;
  return caps;
}

void Driver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  read_object(bucket_, key(path), into, call);
}

void Driver::put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
                 const sdk::Call& call) {
  if (bytes.size() <= bucket_.settings().limits.max_part) {
    const std::string etag = bucket_.put(
        key(path), bytes, bucket_.description_of(options.attributes), options.create_only, call);
    return options.stored(stored_stat(bytes.size(), etag));
  }
  const auto writer = open_writer(bucket_, key(path), options, call);
  writer->write(bytes, call);
  writer->commit({options.stored}, call);
}

sdk::Stat Driver::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return directory_stat();
  if (const auto info = bucket_.head(key(path), call)) {
    sdk::Stat stat = file_stat(*info);
    stat.attributes = bucket_.attributes_of(info->description);
    return stat;
  }
  if (tree_.is_directory(path, call)) return directory_stat();
  throw sdk::path_not_found();
}

void Driver::list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                  const sdk::Call& call) {
  tree_.list(path, options, sink, call);
}

void Driver::walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                  const sdk::Call& call) {
  tree_.walk(path, options, sink, call);
}

void Driver::copy(std::string_view source, std::string_view destination,
                  const sdk::CopyOptions& options, const sdk::Call& call) {
  const Copied copied =
      copy_object(bucket_, key(source), key(destination), options.source_if_match, call);
  options.stored(stored_stat(copied.source.size, copied.etag));
}

void Driver::move(std::string_view source, std::string_view destination,
                  const sdk::CopyOptions& options, const sdk::Call& call) {
  const Copied copied =
      copy_object(bucket_, key(source), key(destination), options.source_if_match, call);
  if (source == destination) return;
  bucket_.abort_uploads(key(source), call);
  bucket_.remove_version(key(source), copied.source, call);
  options.stored(stored_stat(copied.source.size, copied.etag));
}

void Driver::remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) {
  // Uploads first: an append could resume an upload that still exists.
  const bool had_uploads = bucket_.abort_uploads_below(key(path), call) != 0;
  try {
    tree_.for_each_key(
        path, delete_batch, [&](std::vector<std::string>&& keys) { bucket_.remove(keys, call); },
        call);
  } catch (const sdk::Error& error) {
    if (!had_uploads || error.status() != BERTH_STATUS_PATH_NOT_FOUND) throw;
  }
}

std::string Driver::url_for(std::string_view path, const sdk::UrlOptions& options,
                            const sdk::Call& call) {
  if (options.method != "GET" && options.method != "HEAD" && options.method != "PUT")
    throw sdk::unsupported("this driver signs URLs for GET, HEAD and PUT only, not for " +
                           std::string(options.method));
  if (!requests_->dialect().gives_urls)
    throw sdk::unsupported(
        "a signed URL does not work for objects that are encrypted with customerkey");
  const auto longest = requests_->dialect().longest_signature;
  if (longest && options.expires_in > *longest)
    throw sdk::unsupported("the service accepts signed URLs with a lifetime of at most " +
                           std::to_string(longest->count() / 24) + " days");
  return requests_->presign(options.method, key(path), options.expires_in, call);
}

std::unique_ptr<sdk::Reader> Driver::reader(std::string_view path, const sdk::ReadOptions& options,
                                            const sdk::Call& call) {
  return open_reader(bucket_, key(path), options, call);
}

void Driver::read_ranges(std::string_view path, const sdk::RangeRead& read, const sdk::Call& call) {
  bucket::read_ranges(bucket_, key(path), read, call);
}

std::unique_ptr<sdk::Writer> Driver::writer(std::string_view path, const sdk::WriteOptions& options,
                                            const sdk::Call& call) {
  return open_writer(bucket_, key(path), options, call);
}

}  // namespace berth::bucket
