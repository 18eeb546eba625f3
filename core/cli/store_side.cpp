// SPDX-License-Identifier: Apache-2.0
//
// A store as a Side: every call ends when the command is asked to stop.
#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <berth/errors.hpp>

#include "cli/output.hpp"
#include "cli/side.hpp"

namespace berth::cli {
namespace {

constexpr std::uint64_t kLeastIo = std::uint64_t{64} << 10U;
constexpr std::uint64_t kMostIo = std::uint64_t{16} << 20U;

class StoreSource final : public Source {
 public:
  StoreSource(Reader reader, std::stop_token stop)
      : reader_(std::move(reader)), stop_(std::move(stop)) {}

  std::size_t read(char* buffer, std::size_t size) override {
    return reader_.read(buffer, size, {.stop = stop_});
  }

 private:
  Reader reader_;
  std::stop_token stop_;
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

 private:
  void end() {
    keep();
    if (on_committed_ && was_cancelled()) return;
    close();
    const auto outcome = what_is_in();
    if (!outcome.empty()) complain(place_ + ": the append ended early; " + outcome);
  }

  void close() {
    try {
      writer().close();
    } catch (const Error&) {  // the failure that ended the append, once more
    }
  }

  // Empty: nothing of it.
  std::string what_is_in() {
    try {
      const auto size = on_committed_ ? store_.stat(path_, call()).size : unfinished_size();
      if (size <= begin_) return {};
      return "of what was to be added, the first " + std::to_string(size - begin_) +
             " bytes are in";
    } catch (const PathNotFoundError&) {
      return "the unfinished upload that it continued is gone";
    } catch (const Error& error) {
      return "how much of it is in cannot be told: " + std::string(error.what());
    }
  }

  std::uint64_t unfinished_size() {
    auto again = store_.writer(path_, {.append = true}, call());
    const auto size = again.size();
    again.close();
    return size;
  }

  // Also after the command was asked to stop.
  static CallOptions call() { return {.deadline = std::chrono::steady_clock::now() + kLastLook}; }

  bool was_cancelled() {
    try {
      writer().cancel();
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  static constexpr std::chrono::seconds kLastLook{15};

  std::uint64_t begin_;
  bool on_committed_;
  Store store_;
  std::string path_, place_;
};

// Walks a part at a time, each twice as large as the one before, since some stores read again what
// comes before `start_after`. A part ends with a file: where a folder's name stands in the order
// depends on its being a folder, which `start_after` cannot say.
class StoreCursor final : public Cursor {
 public:
  StoreCursor(Store store, std::string path, std::stop_token stop)
      : store_(std::move(store)), path_(std::move(path)), stop_(std::move(stop)) {}

  bool next(FileInfo& entry) override {
    if (at_ == part_.size() && !ended_) fetch();
    if (at_ == part_.size()) return false;
    entry = std::move(part_[at_++]);
    return true;
  }

 private:
  static constexpr std::size_t kMostEntries = std::size_t{1} << 16U;

  void fetch() {
    part_.clear();
    at_ = 0;
    ended_ = true;
    store_.walk(path_, [this](const Entry& entry) { return keep(entry); }, {.start_after = last_},
                {.stop = stop_});
    wanted_ = std::min(2 * wanted_, kMostEntries);
  }

  Visit keep(const Entry& entry) {
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
  std::string path_, last_;
  std::stop_token stop_;
  std::vector<FileInfo> part_;
  std::size_t at_ = 0, wanted_ = 1024;
  bool ended_ = false;
};

class StoreSide final : public Side {
 public:
  StoreSide(Store store, std::string label, std::stop_token stop)
      : store_(std::move(store)), label_(std::move(label)), stop_(std::move(stop)) {}

  FileInfo stat(const std::string& path) override { return store_.stat(path, call()); }

  void list(const std::string& path, const Visitor& visit) override {
    store_.list(path, visit, call());
  }

  void walk(const std::string& path, const Visitor& visit, const IssueSink&) override {
    store_.walk(path, visit, {}, call());
  }

  std::unique_ptr<Cursor> cursor(const std::string& path, const IssueSink&) override {
    return std::make_unique<StoreCursor>(store_, path, stop_);
  }

  std::unique_ptr<Source> read(const std::string& path, std::int64_t offset,
                               std::optional<std::uint64_t> length) override {
    return std::make_unique<StoreSource>(store_.reader(path, offset, length, call()), stop_);
  }

  std::unique_ptr<Sink> write(const std::string& path, const SinkOptions& options) override {
    std::optional<std::uint64_t> before;
    if (options.append) before = committed_size(path);
    auto writer = store_.writer(path,
                                {.append = options.append,
                                 .create_only = options.create_only,
                                 .content_type = options.content_type,
                                 .size_hint = options.size},
                                call());
    if (!options.append) return std::make_unique<StoreSink>(std::move(writer), stop_);
    return std::make_unique<AppendSink>(std::move(writer), before, store_, path, show(path), stop_);
  }

  void put(const std::string& path, std::string_view bytes, const SinkOptions& options) override {
    store_.put_content(path, bytes,
                       {.create_only = options.create_only, .content_type = options.content_type},
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

  std::size_t io_bytes() const override {
    return std::clamp(store_.capabilities().preferred_io_bytes, kLeastIo, kMostIo);
  }

  std::string show(std::string_view path) const override {
    return label_ + ":" + std::string(path);
  }

  Store* store() noexcept override { return &store_; }

 private:
  CallOptions call() const { return {.stop = stop_}; }

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

std::unique_ptr<Side> make_store_side(Store store, std::string label, std::stop_token stop) {
  return std::make_unique<StoreSide>(std::move(store), std::move(label), std::move(stop));
}

}  // namespace berth::cli
