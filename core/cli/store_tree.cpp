// SPDX-License-Identifier: Apache-2.0
//
// The FileTree of a store. Every call ends when the command is interrupted.
#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include <berth/errors.hpp>

#include "cli/etag_md5.hpp"
#include "cli/file_tree.hpp"
#include "cli/output.hpp"
#include "cli/walk_order.hpp"

namespace berth::cli {
namespace {

constexpr std::uint64_t min_io_bytes = std::uint64_t{64} << 10U;
constexpr std::uint64_t max_io_bytes = std::uint64_t{16} << 20U;

// When the content of an object was last modified at its origin. No store carries that yet: what a
// service reports is when it stored the object, by its own clock.
std::optional<Time> source_time_of(const FileInfo&) {
  return std::nullopt;
}

class StoreSource final : public Source {
 public:
  StoreSource(Store store, std::string path, std::uint64_t offset,
              std::optional<std::uint64_t> length, std::stop_token stop)
      : store_(std::move(store)),
        path_(std::move(path)),
        offset_(offset),
        length_(length),
        stop_(std::move(stop)),
        reader_(store_.reader(path_, static_cast<std::int64_t>(offset), length, call())),
        object_(reader_.info()) {}

  std::size_t read(char* buffer, std::size_t size) override {
    try {
      const auto got = reader_.read(buffer, size, call());
      delivered_ += got;
      return got;
    } catch (const PreconditionFailedError& error) {
      throw ChangedError(error.detail());
    }
  }

  void check_complete() override {
    const auto object = object_ ? *object_ : store_.stat(path_, call());
    const auto expected = expected_of(object);
    if (delivered_ == expected) return;
    if (delivered_ > expected && object.size == 0) return;  // a store over a folder such as /proc
    throw ChangedError({.driver = store_.driver(),
                        .store = store_.name(),
                        .path = path_,
                        .operation = "read",
                        .message = "the store delivered " + std::to_string(delivered_) +
                                   " bytes where " + std::to_string(expected) + " were expected",
                        .retryable = true});
  }

  std::optional<std::uint64_t> size() const override {
    if (!object_ || object_->size == 0) return std::nullopt;
    return expected_of(*object_);
  }

  std::optional<Time> modified() const override {
    if (!object_) return std::nullopt;
    const auto origin = source_time_of(*object_);
    return origin ? origin : object_->modified;
  }

 private:
  CallOptions call() const { return {.stop = stop_}; }

  std::uint64_t expected_of(const FileInfo& object) const {
    const auto rest = object.size - std::min(object.size, offset_);
    return length_ ? std::min(*length_, rest) : rest;
  }

  Store store_;
  std::string path_;
  std::uint64_t offset_;
  std::optional<std::uint64_t> length_;
  std::stop_token stop_;
  Reader reader_;
  std::optional<FileInfo> object_;  // as it was when it was opened, if the driver reports it
  std::uint64_t delivered_ = 0;
};

// Without commit what was written is taken back, also after the command was asked to stop.
class StoreSink : public Sink {
 public:
  StoreSink(Writer writer, std::stop_token stop)
      : writer_(std::move(writer)), stop_(std::move(stop)) {}
  ~StoreSink() override {
    try {
      if (!committed_ && !kept_) writer_.cancel();
      writer_.close();
    } catch (const std::exception&) {  // the failure that brought us here is being reported
    }
  }
  StoreSink(const StoreSink&) = delete;
  StoreSink& operator=(const StoreSink&) = delete;

  void write(std::string_view bytes) override { writer_.write(bytes, {.stop = stop_}); }

  void commit() override {
    writer_.commit({.stop = stop_});
    committed_ = true;
  }

 protected:
  Writer& writer() noexcept { return writer_; }
  bool committed() const noexcept { return committed_; }
  void keep() noexcept { kept_ = true; }

 private:
  Writer writer_;
  std::stop_token stop_;
  bool committed_ = false;
  bool kept_ = false;
};

// A cancel would take away the unfinished upload that an append continues, and some services cannot
// take back what was added to an object: then it is told how much of it is in, for which the store
// is asked. The writer knows only what it took, of which parts may have failed on their way.
class AppendSink final : public StoreSink {
 public:
  AppendSink(Writer opened, std::optional<std::uint64_t> committed_size, Store store,
             std::string path, std::string place, std::stop_token stop)
      : StoreSink(std::move(opened), std::move(stop)),
        begin_(writer().size()),
        on_committed_(begin_ == committed_size),
        store_(std::move(store)),
        path_(std::move(path)),
        place_(std::move(place)) {}
  ~AppendSink() override {
    try {
      if (!committed()) end();
    } catch (const std::exception&) {  // as above
    }
  }
  AppendSink(const AppendSink&) = delete;
  AppendSink& operator=(const AppendSink&) = delete;

  bool can_undo() const override { return false; }

 private:
  void end() {
    keep();
    if (on_committed_ && was_cancelled()) return;
    close();
    const auto outcome = stored_part();
    if (!outcome.empty()) complain(place_ + ": the append ended early; " + outcome);
  }

  void close() {
    try {
      writer().close();
    } catch (const Error&) {  // the failure that ended the append, once more
    }
  }

  // Empty: nothing was stored.
  std::string stored_part() {
    try {
      const auto size = on_committed_ ? store_.stat(path_, call()).size : unfinished_size();
      if (size <= begin_) return {};
      return "only the first " + std::to_string(size - begin_) + " of the new bytes were stored";
    } catch (const PathNotFoundError&) {
      return "the unfinished upload that it resumed no longer exists";
    } catch (const Error& error) {
      return "cannot tell how much was stored: " + std::string(error.what());
    }
  }

  std::uint64_t unfinished_size() {
    auto again = store_.writer(path_, {.append = true}, call());
    const auto size = again.size();
    again.close();
    return size;
  }

  // Also after the command was asked to stop.
  static CallOptions call() {
    return {.deadline = std::chrono::steady_clock::now() + last_check_timeout};
  }

  bool was_cancelled() {
    try {
      writer().cancel();
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  static constexpr std::chrono::seconds last_check_timeout{15};

  std::uint64_t begin_;
  bool on_committed_;
  Store store_;
  std::string path_, place_;
};

Issue unnameable_issue(std::string_view name) {
  return {.path = std::string(name), .reason = "no path can express this name", .failed = true};
}

// Walks a part at a time, each twice as large as the one before, since some stores read again what
// comes before `start_after`. A part ends with a file: where a folder's name stands in the order
// depends on its being a folder, which `start_after` cannot say.
class StoreCursor final : public Cursor {
 public:
  StoreCursor(Store store, const std::string& label, std::string path, IssueSink issue,
              std::stop_token stop)
      : store_(std::move(store)),
        order_(label + ":"),
        path_(std::move(path)),
        issue_(std::move(issue)),
        stop_(std::move(stop)) {}

  bool next(FileInfo& entry) override {
    if (at_ == part_.size() && !ended_) fetch();
    if (at_ == part_.size()) return false;
    entry = std::move(part_[at_++]);
    return true;
  }

 private:
  static constexpr std::size_t max_entries = std::size_t{1} << 16U;

  void fetch() {
    part_.clear();
    at_ = 0;
    ended_ = true;
    const auto unnameable = [this](std::string_view name) {
      if (unnameable_.emplace(name).second) issue_(unnameable_issue(name));
    };
    store_.walk(path_, [this](const Entry& entry) { return keep(entry); },
                {.start_after = last_, .unnameable = unnameable}, {.stop = stop_});
    wanted_ = std::min(2 * wanted_, max_entries);
  }

  Visit keep(const Entry& entry) {
    order_.check(entry.path, entry.is_directory);
    part_.push_back({.path = std::string(entry.path),
                     .is_directory = entry.is_directory,
                     .size = entry.size.value_or(0),
                     .modified = entry.modified,
                     .etag = std::string(entry.etag)});
    if (part_.size() < wanted_ || entry.is_directory) return Visit::carry_on;
    last_ = entry.path;
    ended_ = false;
    return Visit::stop;
  }

  Store store_;
  WalkOrder order_;
  std::string path_, last_;
  IssueSink issue_;
  std::stop_token stop_;
  std::set<std::string, std::less<>> unnameable_;  // reported; a later part may report them again
  std::vector<FileInfo> part_;
  std::size_t at_ = 0, wanted_ = 1024;
  bool ended_ = false;
};

class StoreTree final : public FileTree {
 public:
  StoreTree(Store store, std::string label, std::stop_token stop)
      : store_(std::move(store)), label_(std::move(label)), stop_(std::move(stop)) {}

  FileInfo stat(const std::string& path) override { return store_.stat(path, call()); }

  void list(const std::string& path, const Visitor& visit, const IssueSink& issue) override {
    store_.list(path, visit, {.unnameable = reporting(issue)}, call());
  }

  void walk(const std::string& path, const Visitor& visit, const IssueSink& issue) override {
    store_.walk(path, visit, {.unnameable = reporting(issue)}, call());
  }

  std::unique_ptr<Cursor> cursor(const std::string& path, const IssueSink& issue) override {
    return std::make_unique<StoreCursor>(store_, label_, path, issue, stop_);
  }

  std::unique_ptr<Source> read(const std::string& path, std::int64_t offset,
                               std::optional<std::uint64_t> length) override {
    return std::make_unique<StoreSource>(store_, path, offset, length, stop_);
  }

  std::unique_ptr<Sink> write(const std::string& path, const SinkOptions& options) override {
    std::optional<std::uint64_t> before;
    if (options.append) before = committed_size(path);
    auto writer = store_.writer(path,
                                {.append = options.append,
                                 .create_only = options.create_only,
                                 .if_match = options.if_match,
                                 .attributes = options.attributes,
                                 .size_hint = options.size},
                                call());
    if (!options.append) return std::make_unique<StoreSink>(std::move(writer), stop_);
    return std::make_unique<AppendSink>(std::move(writer), before, store_, path, show(path), stop_);
  }

  void put(const std::string& path, std::string_view bytes, const SinkOptions& options) override {
    store_.put_content(path, bytes,
                       {.create_only = options.create_only,
                        .if_match = options.if_match,
                        .attributes = options.attributes},
                       call());
  }

  void make_directory(const std::string&) override {}

  void remove_file(const std::string& path) override {
    if (has_children(path)) {
      throw AlsoFolderError(
          {.driver = store_.driver(),
           .store = store_.name(),
           .path = path,
           .operation = "remove",
           .message = "it is also a folder, which would go with it; rm -r removes both"});
    }
    store_.remove(path, call());
  }

  void rename_file(const std::string& source, const std::string& destination) override {
    store_.move(source, destination, call());
  }

  // In most stores a directory is gone with its last file.
  void remove_empty_directory(const std::string& path) override {
    try {
      if (!store_.stat(path, call()).is_directory) return;
      if (has_files(path)) {
        throw Error({.driver = store_.driver(),
                     .store = store_.name(),
                     .path = path,
                     .operation = "remove",
                     .message = "the directory is not empty"});
      }
      store_.remove(path, call());
    } catch (const PathNotFoundError&) {  // another process removed it
    }
  }

  std::optional<Time> source_time(const FileInfo& entry) override { return source_time_of(entry); }

  std::string known_md5(const FileInfo& entry) const override {
    return md5_of_etag(store_.driver(), entry.etag, entry.size);
  }

  std::size_t io_bytes() const override {
    return std::clamp(store_.capabilities().preferred_io_bytes, min_io_bytes, max_io_bytes);
  }

  std::string show(std::string_view path) const override {
    return label_ + ":" + std::string(path);
  }

  Store* store() noexcept override { return &store_; }

 private:
  CallOptions call() const { return {.stop = stop_}; }

  static UnnameableVisitor reporting(const IssueSink& issue) {
    return [&issue](std::string_view name) { issue(unnameable_issue(name)); };
  }

  bool has_files(const std::string& path) {
    bool any = false;
    const auto visit = [&any](const Entry& entry) {
      any = any || !entry.is_directory;
      return any ? Visit::stop : Visit::carry_on;
    };
    store_.walk(path, visit, {.unnameable = [&any](std::string_view) { any = true; }}, call());
    return any;
  }

  std::optional<std::uint64_t> committed_size(const std::string& path) {
    try {
      return store_.stat(path, call()).size;
    } catch (const PathNotFoundError&) {
      return std::nullopt;
    }
  }

  bool has_children(const std::string& path) {
    bool any = false;
    try {
      store_.list(
          path, [&any](const Entry&) { return any = true, Visit::stop; }, call());
    } catch (const PathNotFoundError&) {  // what a file without any answers
    }
    return any;
  }

  Store store_;
  std::string label_;
  std::stop_token stop_;
};

}  // namespace

std::unique_ptr<FileTree> make_store_tree(Store store, std::string label, std::stop_token stop) {
  return std::make_unique<StoreTree>(std::move(store), std::move(label), std::move(stop));
}

}  // namespace berth::cli
