// SPDX-License-Identifier: Apache-2.0
//
// A complete storage driver in C++ that keeps objects in memory. Copy the folder, rename "starter",
// and replace the map by your service. <berth/driver.h> documents what each operation promises.
#include <berth/driver.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <set>

namespace {

namespace sdk = berth::sdk;

int64_t now_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

// Shared with readers and writers: the pointer identifies a version of the bytes for as long as one
// of them holds it.
using Bytes = std::shared_ptr<const std::string>;

struct Object {
  Bytes bytes;
  int64_t mtime_ns = 0;
};

std::string below(std::string_view directory) {
  return directory == "/" ? "/" : std::string(directory) + "/";
}

// The contents of the store. Unfinished uploads are separate, so that only an append finds them.
// Functions other than commit() require that the mutex is held.
struct Contents {
  std::mutex mutex;
  std::map<std::string, Object, std::less<>> objects;
  std::map<std::string, Bytes, std::less<>> uploads;

  const Object& find(std::string_view path) const {
    const auto found = objects.find(path);
    if (found == objects.end()) throw sdk::path_not_found();
    return found->second;
  }
  Bytes object_at(std::string_view path) const {
    const auto found = objects.find(path);
    return found == objects.end() ? nullptr : found->second.bytes;
  }
  Bytes upload_at(std::string_view path) const {
    const auto found = uploads.find(path);
    return found == uploads.end() ? nullptr : found->second;
  }

  bool is_directory(std::string_view path) const {
    const auto child = objects.lower_bound(below(path));
    return child != objects.end() && child->first.rfind(below(path), 0) == 0;
  }

  // A name is a file or a directory here. A driver whose service allows both reports both in walk.
  void check_place(std::string_view path) const {
    if (is_directory(path)) throw sdk::Error(BERTH_STATUS_IO, "a directory has this name");
    for (size_t end = path.rfind('/'); end != 0; end = path.rfind('/', end - 1))
      if (objects.find(path.substr(0, end)) != objects.end())
        throw sdk::Error(BERTH_STATUS_IO, "a parent of this path is a file");
  }

  // A whole write: it voids what was unfinished at the path.
  void publish(std::string_view path, std::string bytes, bool create_only) {
    if (create_only && objects.find(path) != objects.end())
      throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "the object already exists");
    check_place(path);
    objects[std::string(path)] = {std::make_shared<const std::string>(std::move(bytes)), now_ns()};
    uploads.erase(std::string(path));
  }
};

class StarterReader final : public sdk::Reader {
 public:
  StarterReader(Object object, const sdk::ReadOptions& options)
      : object_(std::move(object)), left_(*object_.bytes) {
    left_.remove_prefix(std::min<uint64_t>(options.offset, left_.size()));
    left_ = left_.substr(0, options.length);
  }

  size_t read(char* buffer, size_t capacity, const sdk::Call&) override {
    const size_t n = left_.copy(buffer, capacity);
    left_.remove_prefix(n);
    return n;
  }
  std::optional<sdk::Stat> info() const override {
    return sdk::Stat{false, object_.bytes->size(), object_.mtime_ns, {}};
  }

 private:
  Object object_;
  std::string_view left_;
};

sdk::Error too_large(uint64_t limit) {
  return sdk::Error(BERTH_STATUS_NO_SPACE, "the object is larger than maxobjectsize (" +
                                               std::to_string(limit) + " bytes)");
}

class StarterWriter final : public sdk::Writer {
 public:
  StarterWriter(Contents& contents, std::string_view path, const sdk::WriteOptions& options,
                uint64_t max_object)
      : contents_(contents),
        path_(path),
        append_(options.append),
        create_only_(options.create_only),
        max_object_(max_object) {
    const std::lock_guard lock(contents_.mutex);
    if (!append_) contents_.uploads.erase(path_);  // started over
    object_ = contents_.object_at(path_);
    upload_ = contents_.upload_at(path_);
    if (append_) bytes_ = upload_ ? *upload_ : *contents_.find(path_).bytes;
  }

  void write(std::string_view bytes, const sdk::Call& call) override {
    call.check();
    if (bytes.size() > max_object_ - bytes_.size()) throw too_large(max_object_);
    bytes_ += bytes;
  }
  uint64_t size() const noexcept override { return bytes_.size(); }
  void commit(const sdk::CommitOptions&, const sdk::Call&) override {
    const std::lock_guard lock(contents_.mutex);
    if (append_) check_not_voided();
    contents_.publish(path_, bytes_, create_only_);
  }
  void cancel(const sdk::Call&) override {
    const std::lock_guard lock(contents_.mutex);
    if (upload_ && contents_.upload_at(path_) == upload_) contents_.uploads.erase(path_);
  }
  void keep(const sdk::Call&) override {
    const std::lock_guard lock(contents_.mutex);
    check_not_voided();
    contents_.uploads[path_] = std::make_shared<const std::string>(bytes_);
  }

 private:
  // What the writer continues must still be there: it must not replace a newer object.
  void check_not_voided() const {
    const bool same = contents_.object_at(path_) == object_ &&
                      (!append_ || contents_.upload_at(path_) == upload_);
    if (!same)
      throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                       "the object was replaced or removed, or another writer took over the "
                       "upload, after this writer was opened; write the object again");
  }

  Contents& contents_;
  std::string path_;
  std::string bytes_;
  Bytes object_, upload_;  // at the path when the writer was opened
  bool append_;
  bool create_only_;
  uint64_t max_object_;
};

class Starter final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "Example",
                                  "Keeps objects in memory: a driver to start from"};
  static constexpr std::array parameters{
      sdk::Param::bytes("maxobjectsize", "Largest object that is taken.")
          .with_default("1073741824")};

  Starter(const sdk::Parameters& parameters, const sdk::Call&)
      : max_object_(parameters.bytes("maxobjectsize")) {}

  sdk::Capabilities capabilities() const noexcept override {
    sdk::Capabilities caps;
    caps.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_ATOMIC_MOVE | BERTH_CAP_CREATE_ONLY;
    caps.max_object_bytes = max_object_;
    return caps;
  }

  void put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call) override {
    call.check();
    if (bytes.size() > max_object_) throw too_large(max_object_);
    const std::lock_guard lock(contents_.mutex);
    contents_.publish(path, std::string(bytes), options.create_only);
  }

  sdk::Stat stat(std::string_view path, const sdk::Call& call) override {
    call.check();
    const std::lock_guard lock(contents_.mutex);
    const auto file = contents_.objects.find(path);
    if (file != contents_.objects.end())
      return {false, file->second.bytes->size(), file->second.mtime_ns, {}};
    if (path != "/" && !contents_.is_directory(path)) throw sdk::path_not_found();
    return {true, 0, std::nullopt, {}};
  }

  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override {
    const auto children = children_of(path);
    if (children.empty() && path != "/") throw sdk::path_not_found();
    for (const auto& [name, entry] : children) {
      call.check();
      if (!options.start_after.empty() && name <= options.start_after) continue;
      if (sink({name, entry.directory, entry.size, entry.mtime_ns, {}}) == sdk::Visit::stop) return;
    }
  }

  void move(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override {
    call.check();
    const std::lock_guard lock(contents_.mutex);
    const Object object = contents_.find(source);
    if (source == destination) return;
    contents_.check_place(destination);
    contents_.objects.erase(std::string(source));
    contents_.objects[std::string(destination)] = object;
    for (const auto path : {source, destination}) contents_.uploads.erase(std::string(path));
  }

  void remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) override {
    call.check();
    const std::lock_guard lock(contents_.mutex);
    const bool any = erase(contents_.objects, path) + erase(contents_.uploads, path) != 0;
    if (!any) throw sdk::path_not_found();
  }

  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override {
    call.check();
    const std::lock_guard lock(contents_.mutex);
    return std::make_unique<StarterReader>(contents_.find(path), options);
  }

  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override {
    call.check();
    return std::make_unique<StarterWriter>(contents_, path, options, max_object_);
  }

 private:
  // The direct children by full path. A copy, because list() holds no lock while it reports.
  std::map<std::string, sdk::Stat> children_of(std::string_view path) {
    const std::lock_guard lock(contents_.mutex);
    const std::string prefix = below(path);
    std::map<std::string, sdk::Stat> children;
    for (auto it = contents_.objects.lower_bound(prefix);
         it != contents_.objects.end() && it->first.rfind(prefix, 0) == 0; ++it) {
      const size_t slash = it->first.find('/', prefix.size());
      if (slash == std::string::npos)
        children[it->first] = {false, it->second.bytes->size(), it->second.mtime_ns, {}};
      else
        children[it->first.substr(0, slash)] = {true, 0, std::nullopt, {}};
    }
    return children;
  }

  // Removes path and what lies below it; returns how many were removed.
  template <class Map>
  static size_t erase(Map& map, std::string_view path) {
    size_t removed = 0;
    if (const auto file = map.find(path); file != map.end()) map.erase(file), ++removed;
    const std::string prefix = below(path);
    for (auto it = map.lower_bound(prefix); it != map.end() && it->first.rfind(prefix, 0) == 0;
         ++removed)
      it = map.erase(it);
    return removed;
  }

  uint64_t max_object_;
  Contents contents_;
};

}  // namespace

BERTH_DRIVER(starter, Starter);
