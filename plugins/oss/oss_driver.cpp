// SPDX-License-Identifier: Apache-2.0
#include "oss_driver.hpp"

#include <algorithm>

#include "common/bucket_copying.hpp"
#include "common/bucket_reading.hpp"
#include "common/bucket_writing.hpp"

namespace berth::oss {
namespace {

constexpr size_t delete_batch = 1'000;
constexpr size_t longest_key = 1'023;
constexpr std::chrono::hours longest_signature{7 * 24};

http::ClientOptions client_options(const Settings& settings) {
  http::ClientOptions options;
  options.connect_timeout = settings.connect_timeout;
  options.stall_timeout = settings.stall_timeout;
  options.proxy = settings.proxy;
  options.cafile = settings.ca_file;
  return options;
}

common::BucketOptions bucket_options(const Settings& settings) {
  common::BucketOptions options;
  options.name = settings.bucket;
  options.root = settings.root;
  options.chunk_size = settings.chunk_size;
  options.smallest_part = smallest_part;
  options.limits = {most_parts, largest_part, largest_object};
  options.copy_threshold = settings.copy_threshold;
  options.copy_chunk_size = settings.copy_chunk_size;
  options.copy_concurrency = static_cast<unsigned>(settings.copy_concurrency);
  options.upload_concurrency = static_cast<unsigned>(settings.upload_concurrency);
  options.download_concurrency = static_cast<unsigned>(settings.download_concurrency);
  options.max_retries = settings.max_retries;
  return options;
}

sdk::Stat file_stat(const common::ObjectInfo& info) {
  return {false, info.size, info.mtime_ns, info.etag};
}

sdk::Stat directory_stat() {
  sdk::Stat stat;
  stat.directory = true;
  return stat;
}

}  // namespace

void OssDriver::init() {
  http::init();
}

OssDriver::OssDriver(const sdk::Parameters& parameters, const sdk::Call&)
    : settings_(parameters),
      client_(client_options(settings_)),
      service_(settings_, clock_),
      bucket_(bucket_options(settings_), service_, client_, clock_),
      tree_(common::KeySpace(settings_.root),
            [this](const common::PageRequest& request, const sdk::Call& call) {
              return bucket_.page(request, call);
            }) {}

sdk::Capabilities OssDriver::capabilities() const noexcept {
  sdk::Capabilities caps;
  caps.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_URL | BERTH_CAP_CREATE_ONLY |
               BERTH_CAP_LIST_ORDERED;
  // A key has no leading slash, so a path may be one byte longer; the root takes its share.
  caps.max_path_bytes = longest_key - std::min(longest_key - 1, key("/").size());
  caps.max_object_bytes = largest_object;
  caps.preferred_io_bytes = mebibyte;
  return caps;
}

void OssDriver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  common::read_object(bucket_, key(path), into, call);
}

void OssDriver::put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
                    const sdk::Call& call) {
  if (bytes.size() <= largest_part) return bucket_.put(key(path), bytes, options, call);
  const auto writer = common::open_writer(bucket_, key(path), options, call);
  writer->write(bytes, call);
  writer->commit(call);
}

sdk::Stat OssDriver::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return directory_stat();
  if (const auto info = bucket_.head(key(path), call)) return file_stat(*info);
  if (tree_.is_directory(path, call)) return directory_stat();
  throw sdk::path_not_found();
}

void OssDriver::list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                     const sdk::Call& call) {
  tree_.list(path, options, sink, call);
}

void OssDriver::walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                     const sdk::Call& call) {
  tree_.walk(path, options, sink, call);
}

void OssDriver::copy(std::string_view source, std::string_view destination, const sdk::Call& call) {
  common::copy_object(bucket_, key(source), key(destination), call);
}

void OssDriver::move(std::string_view source, std::string_view destination, const sdk::Call& call) {
  copy(source, destination, call);
  if (source != destination) bucket_.remove({key(source)}, call);
}

void OssDriver::remove(std::string_view path, const sdk::Call& call) {
  // What was left unfinished there must not come to life again by a later append.
  bucket_.abort_uploads_below(key(path), call);
  tree_.for_each_key(
      path, delete_batch, [&](std::vector<std::string>&& keys) { bucket_.remove(keys, call); },
      call);
}

std::string OssDriver::url_for(std::string_view path, const sdk::UrlOptions& options,
                               const sdk::Call& call) {
  if (options.method != "GET" && options.method != "HEAD" && options.method != "PUT")
    throw sdk::unsupported("the driver signs URLs for GET, HEAD and PUT only");
  if (settings_.v4 && options.expires_in > longest_signature)
    throw sdk::unsupported(
        "the service accepts URLs with signatures of version 4 for at most seven days");
  return service_.presign(options.method, key(path), options.expires_in, call);
}

std::unique_ptr<sdk::Reader> OssDriver::reader(std::string_view path,
                                               const sdk::ReadOptions& options,
                                               const sdk::Call& call) {
  return common::open_reader(bucket_, key(path), options, call);
}

std::unique_ptr<sdk::Writer> OssDriver::writer(std::string_view path,
                                               const sdk::WriteOptions& options,
                                               const sdk::Call& call) {
  return common::open_writer(bucket_, key(path), options, call);
}

}  // namespace berth::oss

BERTH_DRIVER(oss, berth::oss::OssDriver);
