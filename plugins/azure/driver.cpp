// SPDX-License-Identifier: Apache-2.0
#include "driver.hpp"

#include <algorithm>

#include "batch.hpp"
#include "common/place.hpp"
#include "copy.hpp"
#include "endpoint.hpp"
#include "reader.hpp"
#include "remove.hpp"
#include "writer.hpp"

namespace berth::azure {
namespace {

constexpr size_t delete_batch = 4 * most_batch_parts;
constexpr size_t longest_name = 1'024;

sdk::Stat file_stat(const BlobInfo& info) {
  sdk::Stat stat{false, info.size, info.mtime_ns, info.etag};
  stat.attributes = attributes_of(info.description);
  return stat;
}

// The service would store it under another name.
void check_path(std::string_view path) {
  if (path.find('\\') != std::string_view::npos)
    throw sdk::Error(BERTH_STATUS_INVALID_PATH,
                     "the service takes a backslash for a slash, so no name can hold one");
}

sdk::Stat directory_stat() {
  sdk::Stat stat;
  stat.directory = true;
  return stat;
}

}  // namespace

void AzureDriver::init() {
  http::init();
}

AzureDriver::AzureDriver(const sdk::Parameters& parameters, const sdk::Call&)
    : container_(parameters),
      urls_(container_),
      shown_(tree(Listing::shown)),
      deleted_(tree(Listing::deleted)) {}

common::KeyTree AzureDriver::tree(Listing listing) {
  return common::KeyTree(
      common::KeySpace(container_.settings().root),
      [this, listing](const common::PageRequest& request, const sdk::Call& call) {
        return container_.page(request, listing, call);
      },
      common::Seek::beginning_only, {size_lookup(), {}});
}

common::Lookup::SizeOf AzureDriver::size_lookup() {
  return [this](const std::string& key, const sdk::Call& call) -> std::optional<uint64_t> {
    const auto info = container_.head(container_.blob(key, call), call);
    if (!info) return std::nullopt;
    return info->size;
  };
}

std::string AzureDriver::blob(std::string_view path, const sdk::Call& call) {
  check_path(path);
  return container_.blob(shown_.keys().key(path), call);
}

sdk::Capabilities AzureDriver::capabilities() const noexcept {
  sdk::Capabilities caps;
  caps.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_CREATE_ONLY |
               BERTH_CAP_LIST_ORDERED | BERTH_CAP_ATTRIBUTES | BERTH_CAP_IF_MATCH |
               BERTH_CAP_COPY_SOURCE_IF_MATCH | BERTH_CAP_REMOVE_IF_MATCH;
  if (container_.settings().auth != Auth::sas) caps.flags |= BERTH_CAP_URL;
  // The root takes its share, and so may the slash of registries 2.x.
  caps.max_path_bytes =
      longest_name - std::min(longest_name - 1, shown_.keys().key("/").size() + 1);
  caps.max_object_bytes = largest_blob;
  caps.preferred_io_bytes = mebibyte;
  return caps;
}

void AzureDriver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  read_whole(container_, blob(path, call), into, call);
}

void AzureDriver::put(std::string_view path, std::string_view bytes,
                      const sdk::WriteOptions& options, const sdk::Call& call) {
  std::string name = blob(path, call);
  if (bytes.size() <= largest_single_put) {
    sdk::Stat stat;
    stat.size = bytes.size();
    stat.etag = container_.put(name, bytes, described(options.attributes),
                               {options.create_only, std::string(options.if_match)}, call);
    return options.stored(stat);
  }
  const auto writer = open_writer(container_, std::move(name), options, call);
  writer->write(bytes, call);
  writer->commit({options.stored}, call);
}

sdk::Stat AzureDriver::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return directory_stat();
  if (const auto info = container_.head(blob(path, call), call)) return file_stat(*info);
  if (shown_.is_directory(path, call)) return directory_stat();
  throw sdk::path_not_found();
}

void AzureDriver::list(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  check_path(path);
  shown_.list(path, options, sink, call);
}

void AzureDriver::walk(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  check_path(path);
  shown_.walk(path, options, sink, call);
}

void AzureDriver::copy(std::string_view source, std::string_view destination,
                       const sdk::CopyOptions& options, const sdk::Call& call) {
  options.stored(copy_blob(container_, blob(source, call), blob(destination, call),
                           options.source_if_match, call));
}

void AzureDriver::move(std::string_view source, std::string_view destination,
                       const sdk::CopyOptions& options, const sdk::Call& call) {
  options.stored(move_blob(container_, blob(source, call), blob(destination, call),
                           options.source_if_match, call));
}

void AzureDriver::remove(std::string_view path, const sdk::RemoveOptions& options,
                         const sdk::Call& call) {
  if (!options.if_match.empty())
    return remove_blob_of(container_, blob(path, call), std::string(options.if_match), call);
  check_path(path);
  deleted_.for_each_key(
      path, delete_batch,
      [&](std::vector<std::string>&& keys) {
        for (std::string& key : keys) key = container_.blob(key, call);
        remove_blobs(container_, keys, call);
      },
      call);
}

std::string AzureDriver::url_for(std::string_view path, const sdk::UrlOptions& options,
                                 const sdk::Call& call) {
  return urls_.sign(options.method, blob(path, call), options.expires_in, call);
}

std::unique_ptr<sdk::Reader> AzureDriver::reader(std::string_view path,
                                                 const sdk::ReadOptions& options,
                                                 const sdk::Call& call) {
  return open_reader(container_, blob(path, call), options, call);
}

void AzureDriver::read_ranges(std::string_view path, const sdk::RangeRead& read,
                              const sdk::Call& call) {
  azure::read_ranges(container_, blob(path, call), read, call);
}

std::unique_ptr<sdk::Writer> AzureDriver::writer(std::string_view path,
                                                 const sdk::WriteOptions& options,
                                                 const sdk::Call& call) {
  return open_writer(container_, blob(path, call), options, call);
}

std::string AzureDriver::place() const {
  const Settings& settings = container_.settings();
  return common::place_lines(identity_of(settings.endpoint, settings.container), settings.root);
}

}  // namespace berth::azure

BERTH_DRIVER(azure, berth::azure::AzureDriver);
