// SPDX-License-Identifier: Apache-2.0
//
// An object store as it were, on the disk: names are flat, so "/a" and "/a/b" can both be objects.
// Each object is one file of the folder, its slashes written as "!".
#include "fake.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

using namespace berth::sdk;

namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void replace(const fs::path& file, std::string_view bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class FlatReader final : public Reader {
 public:
  FlatReader(std::string bytes, const ReadOptions& options) : bytes_(std::move(bytes)) {
    left_ = bytes_;
    left_.remove_prefix(std::min<uint64_t>(options.offset, left_.size()));
    left_ = left_.substr(0, options.length);
  }
  size_t read(char* buffer, size_t capacity, const Call&) override {
    const size_t got = left_.copy(buffer, capacity);
    left_.remove_prefix(got);
    return got;
  }

 private:
  std::string bytes_;
  std::string_view left_;
};

// What is kept lies in a file beside the objects, its name behind a "~".
class FlatWriter final : public Writer {
 public:
  FlatWriter(fs::path object, fs::path upload, std::string beginning)
      : object_(std::move(object)), upload_(std::move(upload)), bytes_(std::move(beginning)) {}
  void write(std::string_view bytes, const Call& call) override {
    call.check();
    bytes_ += bytes;
  }
  uint64_t size() const noexcept override { return bytes_.size(); }
  void commit(const CommitOptions&, const Call&) override {
    replace(object_, bytes_);
    fs::remove(upload_);
  }
  void cancel(const Call&) override { fs::remove(upload_); }
  void keep(const Call&) override { replace(upload_, bytes_); }

 private:
  fs::path object_, upload_;
  std::string bytes_;
};

class Flat final : public Fake {
 public:
  static constexpr std::array parameters{
      Param::string("folder", "Where the objects lie.").required(),
      Param::integer("missing", "Bytes at the end of each object that a reader does not deliver.")
          .with_default("0"),
      Param::boolean("backwards", "Walk in the wrong order.").with_default("false"),
      Param::string("address", "What place() reports; without it the place is not known.")};

  Flat(const Parameters& parameters, const Call&)
      : folder_(parameters.string("folder")),
        missing_(static_cast<std::size_t>(parameters.integer("missing"))),
        backwards_(parameters.boolean("backwards")),
        address_(parameters.string("address")) {
    fs::create_directories(folder_);
  }

  std::string place() const override {
    return address_.empty() ? std::string() : PlaceLines(address_).text();
  }

  void put(std::string_view path, std::string_view bytes, const WriteOptions&,
           const Call&) override {
    replace(file(path), bytes);
  }
  Stat stat(std::string_view path, const Call&) override {
    if (fs::exists(file(path))) return {false, fs::file_size(file(path)), {}, {}};
    if (path == "/" || !below(path).empty()) return {true, 0, {}, {}};
    throw path_not_found();
  }
  void list(std::string_view path, const ListOptions&, const Sink& sink, const Call&) override {
    const std::size_t start = path == "/" ? 1 : path.size() + 1;
    const auto objects = below(path);
    if (objects.empty() && path != "/") throw path_not_found();
    std::set<std::string> told;
    for (const auto& object : objects) {
      const std::string child = object.substr(0, object.find('/', start));
      if (!told.insert(child).second) continue;
      if (sink({child, !fs::exists(file(child)), {}, {}, {}}) == Visit::stop) return;
    }
  }
  // Of a name that is both, the file and then the directory.
  void walk(std::string_view path, const ListOptions& options, const Sink& sink,
            const Call&) override {
    const std::size_t start = path == "/" ? 1 : path.size() + 1;
    std::set<std::string> keys;  // of directories with a slash at the end
    for (const auto& object : below(path)) {
      keys.insert(object);
      for (auto at = object.find('/', start); at != object.npos; at = object.find('/', at + 1))
        keys.insert(object.substr(0, at + 1));
    }
    if (keys.empty() && path != "/") throw path_not_found();
    std::vector<std::string> ordered(keys.begin(), keys.end());
    if (backwards_) std::reverse(ordered.begin(), ordered.end());
    for (const auto& key : ordered) {
      if (!options.start_after.empty() && key <= options.start_after) continue;
      const bool directory = key.back() == '/';
      const std::string name = key.substr(0, key.size() - (directory ? 1 : 0));
      std::optional<uint64_t> size;
      if (!directory) size = fs::file_size(file(name));
      if (sink({name, directory, size, {}, {}}) == Visit::stop) return;
    }
  }
  void move(std::string_view source, std::string_view destination, const CopyOptions&,
            const Call&) override {
    if (!fs::exists(file(source))) throw path_not_found();
    fs::rename(file(source), file(destination));
  }
  void remove(std::string_view path, const RemoveOptions&, const Call&) override {
    auto doomed = below(path);
    if (fs::exists(file(path))) doomed.insert(std::string(path));
    if (doomed.empty()) throw path_not_found();
    for (const auto& object : doomed) fs::remove(file(object));
  }
  std::unique_ptr<Reader> reader(std::string_view path, const ReadOptions& options,
                                 const Call&) override {
    if (!fs::exists(file(path))) throw path_not_found();
    auto content = content_of(file(path));
    content.resize(content.size() - std::min(content.size(), missing_));
    return std::make_unique<FlatReader>(std::move(content), options);
  }
  std::unique_ptr<Writer> writer(std::string_view path, const WriteOptions& options,
                                 const Call&) override {
    const fs::path upload = file(path).string() + "~";
    const bool kept = fs::exists(upload);
    if (options.append && !kept && !fs::exists(file(path))) throw path_not_found();
    return std::make_unique<FlatWriter>(
        file(path), upload,
        options.append ? content_of(kept ? upload : file(path)) : std::string());
  }

 private:
  fs::path file(std::string_view path) const {
    std::string name(path);
    std::replace(name.begin(), name.end(), '/', '!');
    return folder_ / name;
  }
  std::set<std::string> below(std::string_view path) const {
    const std::string prefix = path == "/" ? "/" : std::string(path) + "/";
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::string name = entry.path().filename();
      std::replace(name.begin(), name.end(), '!', '/');
      if (name.back() != '~' && name.compare(0, prefix.size(), prefix) == 0) found.insert(name);
    }
    return found;
  }

  fs::path folder_;
  std::size_t missing_;
  bool backwards_;
  std::string address_;
};

}  // namespace

BERTH_DRIVER(flat, Flat);
