// SPDX-License-Identifier: Apache-2.0
//
// The two writers: one to a hidden upload file, one that appends to the object in place.
#include <fcntl.h>

#include <utility>

#include "lock.hpp"
#include "names.hpp"
#include "publish.hpp"
#include "writer.hpp"

namespace berth::filesystem {
namespace {

constexpr int max_attempts = 100;
constexpr int open_flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

sdk::Error taken(std::string_view path) {
  return sdk::Error(BERTH_WRONG_STATE, "another writer is writing to '" + std::string(path) +
                                           "'; close that one first")
      .retryable();
}

bool is_still_at(int fd, int directory, const std::string& name) {
  struct stat named;
  return ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         same_file(named, status_of(fd));
}

struct stat status_at(const Root& root, std::string_view path) {
  const Fd fd = root.open(path, O_PATH);
  if (!fd) throw Failure(errno, "stat");
  return status_of(fd.get());
}

sdk::Error voided() {
  return sdk::Error(
      BERTH_PRECONDITION_FAILED,
      "the object at this path was replaced, moved or removed, or another writer took "
      "over the upload, after this writer was opened; write the object again");
}

// A file that is open for writing, and its lock. The lock is released before the file is closed.
struct LockedFile {
  Fd file;
  FileLock lock;
};

// What both writers do with bytes and failures.
class FileWriter : public sdk::Writer {
 public:
  FileWriter(const Root& root, std::string_view path, LockedFile locked, std::uint64_t size)
      : root_(root), path_(path), locked_(std::move(locked)), size_(size) {}

  void write(std::string_view bytes, const sdk::Call& call) override {
    call.check();
    named([&] {
      check_before_write(status_of(fd()));
      dirty_ = true;
      write_all(fd(), bytes, size_, call);
      size_ += bytes.size();
      dirty_ = false;
    });
  }
  std::uint64_t size() const noexcept override { return size_; }

 protected:
  virtual void check_before_write(const struct stat& status) const = 0;

  int fd() const noexcept { return locked_.file.get(); }

  template <class Body>
  void named(Body&& body) const {
    try {
      body();
    } catch (const Failure& failure) {
      throw root_.error(failure, path_);
    }
  }

  // Removes what a failed write left after the accepted bytes.
  void cut_to(std::uint64_t size) {
    if (::ftruncate(fd(), static_cast<off_t>(size)) != 0) throw Failure(errno, "cut");
    dirty_ = false;
  }

  void settle() {
    if (dirty_) cut_to(size_);
    if (root_.settings().fsync) return sync_data(fd());
    // Closing a duplicate makes a network file system report what it could not store.
    Fd(::dup(fd())).close_or_fail("finish writing");
  }

  const Root& root_;
  const std::string path_;
  const LockedFile locked_;
  std::uint64_t size_;
  bool dirty_ = false;  // a write failed half-way
};

// Writes to a hidden file. The file is void as soon as it no longer has its hidden name: a whole
// write, a move or a remove at the path takes the name away.
class UploadWriter final : public FileWriter {
 public:
  UploadWriter(const Root& root, std::string_view path, Place place, std::string hidden,
               LockedFile locked, std::uint64_t size, bool create_only)
      : FileWriter(root, path, std::move(locked), size),
        place_(std::move(place)),
        hidden_(std::move(hidden)),
        waiting_(upload_name(place_.name)),
        create_only_(create_only),
        object_at_open_(hidden_ == waiting_ ? Fd() : open_entry()) {}

  // A failure discards the upload: after a failed sync it is unknown what the disk holds, and the
  // host calls nothing more.
  void commit(const sdk::Call& call) override {
    try {
      call.check();
      named([&] { publish_upload(call); });
    } catch (...) {
      discard_or_log();
      throw;
    }
  }

  void cancel(const sdk::Call&) override {
    named([&] { discard(); });
  }

  void keep(const sdk::Call&) override {
    named([&] {
      settle();
      if (!keep_name()) {
        discard_or_log();
        throw voided();
      }
      if (root_.settings().fsync) sync_directory(directory());
    });
  }

 private:
  int directory() const noexcept { return place_.directory.get(); }

  // With create_only the commit reports that the object exists.
  void check_before_write(const struct stat& status) const override {
    if (status.st_nlink == 0 && !create_only_) throw voided();
  }

  // REQUIRES: the lock of the directory.
  bool is_void() const {
    return !is_still_at(fd(), directory(), hidden_) || !is_directory_at_path() ||
           (hidden_ != waiting_ && object_was_replaced());
  }

  // False after the directory was moved away with the upload in it.
  bool is_directory_at_path() const {
    const Fd now = root_.open(parent_of(path_), O_PATH | O_DIRECTORY);
    return now && same_file(status_of(now.get()), status_of(directory()));
  }

  Fd open_entry() const {
    return Fd(::openat(directory(), place_.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  }

  // The open descriptor keeps the old object's inode number from being used again.
  bool object_was_replaced() const {
    const Fd now = open_entry();
    if (!now || !object_at_open_)
      return static_cast<bool>(now) != static_cast<bool>(object_at_open_);
    return !same_file(status_of(now.get()), status_of(object_at_open_.get()));
  }

  void publish_upload(const sdk::Call& call) {
    settle();
    {
      const DirectoryLock lock(directory(), &call);
      if (create_only_) refuse_existing(directory(), place_.name);
      if (is_void()) throw voided();
      publish_under(lock);
    }
    if (root_.settings().fsync) sync_directory(directory());
  }

  void publish_under(const DirectoryLock& lock) {
    if (hidden_ == waiting_) return publish(directory(), lock, hidden_, place_.name, create_only_);
    UploadVoid other(directory(), place_.name);
    publish(directory(), lock, hidden_, place_.name, create_only_);
    other.discard();
  }

  // False: the upload is void.
  bool keep_name() {
    const DirectoryLock lock(directory(), nullptr);
    if (is_void()) return false;
    if (hidden_ != waiting_ &&
        ::renameat(directory(), hidden_.c_str(), directory(), waiting_.c_str()) != 0)
      throw Failure(errno, "keep the upload of");
    return true;
  }

  // Its name may be another writer's by now.
  void discard() {
    const DirectoryLock lock(directory(), nullptr);
    if (is_still_at(fd(), directory(), hidden_) &&
        ::unlinkat(directory(), hidden_.c_str(), 0) != 0 && errno != ENOENT)
      throw Failure(errno, "discard the upload of");
    root_.prune_above(path_);
  }

  void discard_or_log() noexcept {
    try {
      named([&] { discard(); });
    } catch (const std::exception& error) {
      sdk::log(BERTH_LOG_WARN, error.what());
    }
  }

  const Place place_;
  const std::string hidden_;
  const std::string waiting_;  // the hidden name of the upload that append continues
  const bool create_only_;
  const Fd object_at_open_;  // only for a writer whose hidden name is not waiting_
};

class InPlaceWriter final : public FileWriter {
 public:
  InPlaceWriter(const Root& root, std::string_view path, LockedFile locked, std::uint64_t size)
      : FileWriter(root, path, std::move(locked), size), original_size_(size) {}

  void commit(const sdk::Call& call) override {
    call.check();
    finish();
  }
  void cancel(const sdk::Call&) override {
    named([&] {
      cut_to(original_size_);
      settle();
    });
  }
  void keep(const sdk::Call&) override { finish(); }

 private:
  void check_before_write(const struct stat& status) const override {
    if (status.st_nlink == 0) throw replaced();
    if (!dirty_ && static_cast<std::uint64_t>(status.st_size) != size_)
      throw sdk::Error(BERTH_PRECONDITION_FAILED,
                       "another program changed the object's size while it was appended to; append "
                       "again");
  }

  static sdk::Error replaced() {
    return sdk::Error(BERTH_PRECONDITION_FAILED,
                      "the object was replaced or removed while it was appended to; append again");
  }

  // An object that was moved away keeps nothing of this append.
  void finish() {
    named([&] {
      settle();
      const Fd now = root_.open(path_, O_PATH);
      if (now && same_file(status_of(now.get()), status_of(fd()))) return;
      cut_to(original_size_);
      throw replaced();
    });
  }

  const std::uint64_t original_size_;
};

// ---- Opening

// Nothing there, or removed before it was locked: an empty file.
LockedFile open_locked(const Place& place, const std::string& name, int flags, mode_t mode,
                       bool& busy) {
  busy = false;
  for (int i = 0; i < max_attempts; ++i) {
    Fd file(retry_interrupted(
        [&] { return ::openat(place.directory.get(), name.c_str(), open_flags | flags, mode); }));
    if (!file) return {};
    auto lock = FileLock::try_lock(file.get());
    if (!lock) return busy = true, LockedFile();
    if (is_still_at(file.get(), place.directory.get(), name))
      return {std::move(file), std::move(*lock)};
  }
  errno = EBUSY;
  return {};
}

// Only what has bytes: ext4 takes a cut to nothing for an old file that is rewritten, and begins to
// write it out when it is closed.
void make_empty(int fd) {
  if (status_of(fd).st_size != 0 && ::ftruncate(fd, 0) != 0)
    throw Failure(errno, "start an upload of");
}

std::unique_ptr<sdk::Writer> start_over(const Root& root, std::string_view path, bool create_only) {
  const mode_t mode = root.settings().file_mode;
  bool made = false;
  for (int i = 0; i < max_attempts; ++i) {
    Place place = root.make_place(path, made);
    if (create_only) refuse_existing(place.directory.get(), place.name);
    std::string hidden = upload_name(place.name);
    bool busy = false;
    LockedFile locked = open_locked(place, hidden, O_CREAT, mode, busy);
    if (busy) {  // another writer uses it: both write, each a file of its own
      hidden = unique_name();
      locked = open_locked(place, hidden, O_CREAT | O_EXCL, mode, busy);
    }
    if (!locked.file && errno == ENOENT) continue;  // its directory was removed
    if (!locked.file) throw Failure(errno, "start an upload of");
    make_empty(locked.file.get());
    return std::make_unique<UploadWriter>(root, path, std::move(place), std::move(hidden),
                                          std::move(locked), 0, create_only);
  }
  throw Failure(EBUSY, "start an upload of");
}

std::unique_ptr<sdk::Writer> continue_upload(const Root& root, std::string_view path,
                                             bool create_only) {
  Place place = root.find_place(path);
  std::string hidden = upload_name(place.name);
  bool busy = false;
  LockedFile locked = open_locked(place, hidden, 0, 0, busy);
  if (busy) throw taken(path);
  if (!locked.file && errno == ENOENT) return nullptr;
  if (!locked.file) throw Failure(errno, "continue the upload of");
  const auto size = static_cast<std::uint64_t>(status_of(locked.file.get()).st_size);
  return std::make_unique<UploadWriter>(root, path, std::move(place), std::move(hidden),
                                        std::move(locked), size, create_only);
}

std::unique_ptr<sdk::Writer> append_in_place(const Root& root, std::string_view path) {
  Fd file = root.open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  if (!file && (errno == EISDIR || errno == ENXIO)) require_regular(status_at(root, path));
  if (!file) throw Failure(errno, "append to");
  auto lock = FileLock::try_lock(file.get());
  if (!lock) throw taken(path);
  const struct stat status = status_of(file.get());
  require_regular(status);
  return std::make_unique<InPlaceWriter>(root, path, LockedFile{std::move(file), std::move(*lock)},
                                         static_cast<std::uint64_t>(status.st_size));
}

}  // namespace

std::unique_ptr<sdk::Writer> open_writer(const Root& root, std::string_view path,
                                         const sdk::WriteOptions& options) {
  if (!options.append) return start_over(root, path, options.create_only);
  if (auto upload = continue_upload(root, path, options.create_only)) return upload;
  if (options.create_only) {
    const Place place = root.find_place(path);
    refuse_existing(place.directory.get(), place.name);
  }
  return append_in_place(root, path);
}

}  // namespace berth::filesystem
