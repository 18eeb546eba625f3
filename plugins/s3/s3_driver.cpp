// SPDX-License-Identifier: Apache-2.0
#include "s3_driver.hpp"

#include <algorithm>

#include "copying.hpp"
#include "reading.hpp"
#include "writing.hpp"

namespace berth::s3 {
namespace {

constexpr size_t delete_batch = 1'000;
constexpr size_t longest_key = 1'024;
constexpr std::chrono::hours longest_signature{7 * 24};

sdk::Stat file_stat(const ObjectInfo& info) {
  return {false, info.size, info.mtime_ns, info.etag};
}

sdk::Stat directory_stat() {
  sdk::Stat stat;
  stat.directory = true;
  return stat;
}

}  // namespace

void S3Driver::init() {
  http::init();
}

S3Driver::S3Driver(const sdk::Parameters& parameters, const sdk::Call&)
    : bucket_(parameters),
      tree_(common::KeySpace(bucket_.settings().root),
            [this](const common::PageRequest& request, const sdk::Call& call) {
              return bucket_.page(request, call);
            }) {}

sdk::Capabilities S3Driver::capabilities() const noexcept {
  sdk::Capabilities caps;
  caps.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_URL | BERTH_CAP_CREATE_ONLY |
               BERTH_CAP_LIST_ORDERED;
  // A key has no leading slash, so a path may be one byte longer; the root takes its share.
  caps.max_path_bytes = longest_key - std::min(longest_key - 1, key("/").size());
  caps.max_object_bytes = largest_object;
  caps.preferred_io_bytes = mebibyte;
  return caps;
}

void S3Driver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  read_whole(bucket_, key(path), into, call);
}

void S3Driver::put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
                   const sdk::Call& call) {
  if (bytes.size() <= largest_part) return bucket_.put(key(path), bytes, options, call);
  const auto writer = open_writer(bucket_, key(path), options, call);
  writer->write(bytes, call);
  writer->commit(call);
}

sdk::Stat S3Driver::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return directory_stat();
  if (const auto info = bucket_.head(key(path), call)) return file_stat(*info);
  if (tree_.is_directory(path, call)) return directory_stat();
  throw sdk::path_not_found();
}

void S3Driver::list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                    const sdk::Call& call) {
  tree_.list(path, options, sink, call);
}

void S3Driver::walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                    const sdk::Call& call) {
  tree_.walk(path, options, sink, call);
}

void S3Driver::copy(std::string_view source, std::string_view destination, const sdk::Call& call) {
  copy_object(bucket_, key(source), key(destination), call);
}

void S3Driver::move(std::string_view source, std::string_view destination, const sdk::Call& call) {
  copy(source, destination, call);
  if (source != destination) bucket_.remove({key(source)}, call);
}

void S3Driver::remove(std::string_view path, const sdk::Call& call) {
  // What was left unfinished there must not come to life again by a later append.
  bucket_.abort_uploads_below(key(path), call);
  tree_.for_each_key(
      path, delete_batch, [&](std::vector<std::string>&& keys) { bucket_.remove(keys, call); },
      call);
}

std::string S3Driver::url_for(std::string_view path, const sdk::UrlOptions& options,
                              const sdk::Call& call) {
  if (options.method != "GET" && options.method != "HEAD" && options.method != "PUT")
    throw sdk::unsupported("the driver signs URLs for GET, HEAD and PUT only");
  if (options.expires_in > longest_signature)
    throw sdk::unsupported("the service accepts signed URLs for at most seven days");
  return bucket_.requests().presign(options.method, key(path), options.expires_in, call);
}

std::unique_ptr<sdk::Reader> S3Driver::reader(std::string_view path,
                                              const sdk::ReadOptions& options,
                                              const sdk::Call& call) {
  return open_reader(bucket_, key(path), options, call);
}

std::unique_ptr<sdk::Writer> S3Driver::writer(std::string_view path,
                                              const sdk::WriteOptions& options,
                                              const sdk::Call& call) {
  return open_writer(bucket_, key(path), options, call);
}

}  // namespace berth::s3

BERTH_DRIVER(s3, berth::s3::S3Driver);
BERTH_DRIVER(s3aws, berth::s3::S3Driver);  // the name of the registry's second implementation
