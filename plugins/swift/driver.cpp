// SPDX-License-Identifier: Apache-2.0
#include "driver.hpp"

#include <algorithm>
#include <set>

#include "common/place.hpp"
#include "listing_check.hpp"
#include "reader.hpp"

namespace berth::swift {
namespace {

constexpr size_t delete_batch = 1'000;

// The copy of an object that is not large has its size and ETag.
void report_copy(const sdk::Stored& stored, const ObjectInfo& source) {
  if (!source.sized) return;
  sdk::Stat stat;
  stat.size = source.size;
  stat.etag = source.etag;
  stored(stat);
}

sdk::Stat directory_stat() {
  sdk::Stat stat;
  stat.directory = true;
  return stat;
}

// The account by its URL, which logging in has returned.
std::string place_of(const http::Url& account, const Settings& settings) {
  return common::place_lines("swift://" + common::host_identity(account) + '/' +
                                 common::percent_encode(settings.container),
                             settings.below_prefix("files"));
}

common::KeyEntry entry_of(Listed listed) {
  return {std::move(listed.name), listed.is_prefix, listed.size, listed.mtime_ns,
          std::move(listed.hash)};
}

}  // namespace

void SwiftDriver::init() {
  http::init();
}

SwiftDriver::SwiftDriver(const sdk::Parameters& parameters, const sdk::Call& call)
    : container_(parameters, call),
      large_(container_),
      uploads_(container_),
      urls_(container_),
      plans_(container_),
      tree_(common::KeySpace(container_.settings().below_prefix("files")),
            [this](const common::PageRequest& request, const sdk::Call& within) {
              return page(request, within);
            },
            common::Seek::anywhere, {size_lookup(), {}}),
      place_(place_of(container_.requests().session(call)->account, container_.settings())) {}

common::Lookup::SizeOf SwiftDriver::size_lookup() {
  return [this](const std::string& name, const sdk::Call& call) -> std::optional<uint64_t> {
    const auto info = container_.find(name, call);
    if (!info) return std::nullopt;
    return large_.size(*info, call);
  };
}

sdk::Capabilities SwiftDriver::capabilities() const noexcept {
  sdk::Capabilities caps;
  caps.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME | BERTH_CAP_LIST_ORDERED;
  // Not CREATE_ONLY: Swift looks at If-None-Match when a write begins, so two may still win.
  if (!container_.features().url_methods.empty()) caps.flags |= BERTH_CAP_URL;
  // The marker of an upload has the longest name for a path: "uploads" instead of "files".
  const size_t taken = container_.settings().below_prefix("uploads").size();
  const size_t longest = container_.features().longest_name;
  caps.max_path_bytes = longest - std::min(longest - 1, taken);
  caps.preferred_io_bytes = mebibyte;
  return caps;
}

void SwiftDriver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  read_whole(container_, key(path), into, call);
}

void SwiftDriver::put(std::string_view path, std::string_view bytes,
                      const sdk::WriteOptions& options, const sdk::Call& call) {
  const std::string object = key(path);
  if (bytes.size() > container_.features().largest_object) {
    const auto writer = open_writer(container_, plans_, object, options, call);
    writer->write(bytes, call);
    return writer->commit({options.stored}, call);
  }
  if (options.create_only && !container_.features().conditional)
    container_.refuse_existing(object, call);
  const PutOptions put{std::string(options.attributes["content-type"]), options.create_only};
  if (put.create_only) return container_.put(object, bytes, put, call);
  large_.replace(
      object, {}, [&] { container_.put(object, bytes, put, call); }, call);
}

sdk::Stat SwiftDriver::file_stat(const ObjectInfo& info, const sdk::Call& call) {
  return {false, large_.size(info, call), info.mtime_ns, info.etag};
}

sdk::Stat SwiftDriver::stat(std::string_view path, const sdk::Call& call) {
  if (path == "/") return directory_stat();
  const std::string object = key(path);
  ListingCheck listing(container_, object, call);
  do {
    if (const auto info = container_.head(object, call)) return file_stat(*info, call);
  } while (listing.is_due());
  const std::string& first = listing.first_name();
  if (first.empty()) throw sdk::path_not_found();  // nothing begins like that
  const bool below = first.compare(0, object.size() + 1, object + '/') == 0;
  if (below || tree_.is_directory(path, call)) return directory_stat();
  throw sdk::path_not_found();
}

// ---- Listing

common::Page SwiftDriver::page(const common::PageRequest& request, const sdk::Call& call) {
  common::Page page;
  std::vector<size_t> unknown;
  for (Listed& listed : container_.list(container_.name(), request, call)) {
    if (listed.large && !listed.sized) unknown.push_back(page.entries.size());
    page.entries.push_back(entry_of(std::move(listed)));
  }
  // A page may be short for any reason; only an empty one is the end.
  page.more = !page.entries.empty();
  if (request.limit != 1 && !unknown.empty()) learn_sizes(page.entries, unknown, call);
  return page;
}

// The listing does not know how large these are.
void SwiftDriver::learn_sizes(std::vector<common::KeyEntry>& entries,
                              const std::vector<size_t>& unknown, const sdk::Call& call) {
  std::vector<std::string> objects;
  for (const size_t index : unknown) objects.push_back(entries[index].key);
  const auto infos = container_.find_all(objects, call);
  for (size_t i = 0; i < unknown.size(); ++i) {
    if (!infos[i]) continue;  // gone meanwhile
    const sdk::Stat stat = file_stat(*infos[i], call);
    entries[unknown[i]].size = stat.size;
    entries[unknown[i]].etag = stat.etag;
  }
}

void SwiftDriver::list(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  tree_.list(path, options, sink, call);
}

void SwiftDriver::walk(std::string_view path, const sdk::ListOptions& options,
                       const sdk::Sink& sink, const sdk::Call& call) {
  tree_.walk(path, options, sink, call);
}

// ---- Copying, moving, removing

// The ETag of a plain object is the digest of its content.
void SwiftDriver::copy_plain(const std::string& source, const ObjectInfo& info,
                             const std::string& target, const sdk::Call& call) {
  std::string made;
  large_.replace(
      target, {}, [&] { made = container_.copy(container_.name(), source, target, call); }, call);
  if (made == info.etag) return;
  const auto copy = container_.find(target, call);
  if (copy && copy->etag == info.etag) return;
  throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                   "'" + source + "' was replaced while it was copied to '" + target + "'");
}

void SwiftDriver::copy(std::string_view source, std::string_view destination,
                       const sdk::CopyOptions& options, const sdk::Call& call) {
  const auto info = container_.find(key(source), call);
  if (!info) throw sdk::path_not_found();
  if (source == destination) return;
  if (info->is_large()) return large_.copy(key(source), *info, key(destination), call);
  copy_plain(key(source), *info, key(destination), call);
  report_copy(options.stored, *info);
}

void SwiftDriver::move(std::string_view source, std::string_view destination,
                       const sdk::CopyOptions& options, const sdk::Call& call) {
  const auto info = container_.find(key(source), call);
  if (!info) throw sdk::path_not_found();
  if (source == destination) return;
  if (info->is_large()) {
    uploads_.settle(key(source), *info, call);
    uploads_.discard(key(source), call);
    return large_.move(key(source), *info, key(destination), call);
  }
  copy_plain(key(source), *info, key(destination), call);
  // Before the object: without it, an upload that it has voided would count again.
  uploads_.discard(key(source), call);
  container_.remove_version(key(source), version_of(info), call);
  report_copy(options.stored, *info);
}

// Manifests go before their segments: what is interrupted leaves orphans, never a broken object.
void SwiftDriver::remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) {
  const std::string object = key(path);
  const bool had_uploads = uploads_.discard_below(object, call) != 0;
  std::set<std::string> large;  // of the pages so far, and not yet removed
  const common::KeyTree tree(
      tree_.keys(), [&](const common::PageRequest& request, const sdk::Call& within) {
        common::Page page;
        for (Listed& listed : container_.list(container_.name(), request, within)) {
          const bool going = listed.name == object || listed.name.starts_with(object + '/');
          if (listed.large && going) large.insert(listed.name);
          page.entries.push_back(entry_of(std::move(listed)));
        }
        page.more = !page.entries.empty();
        return page;
      });
  const auto remove_keys = [&](std::vector<std::string>&& keys) {
    std::vector<std::string> manifests;
    for (const std::string& name : keys)
      if (large.erase(name) != 0) manifests.push_back(name);
    const std::vector<Segment> segments = large_.owned(manifests, call);
    container_.remove(keys, call);
    if (!segments.empty()) container_.remove(segments, call);
  };
  try {
    tree.for_each_key(path, delete_batch, remove_keys, call);
  } catch (const sdk::Error& error) {
    if (!had_uploads || error.status() != BERTH_STATUS_PATH_NOT_FOUND) throw;
  }
}

std::string SwiftDriver::url_for(std::string_view path, const sdk::UrlOptions& options,
                                 const sdk::Call& call) {
  return urls_.url(options.method, key(path), options.expires_in, call);
}

std::unique_ptr<sdk::Reader> SwiftDriver::reader(std::string_view path,
                                                 const sdk::ReadOptions& options,
                                                 const sdk::Call& call) {
  return open_reader(container_, key(path), options, call);
}

void SwiftDriver::read_ranges(std::string_view path, const sdk::RangeRead& read,
                              const sdk::Call& call) {
  swift::read_ranges(container_, key(path), read, call);
}

std::unique_ptr<sdk::Writer> SwiftDriver::writer(std::string_view path,
                                                 const sdk::WriteOptions& options,
                                                 const sdk::Call& call) {
  return open_writer(container_, plans_, key(path), options, call);
}

}  // namespace berth::swift

BERTH_DRIVER(swift, berth::swift::SwiftDriver);
