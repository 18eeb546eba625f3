// SPDX-License-Identifier: Apache-2.0
//
// The two writers: one writes to a hidden upload file, the other appends to the object in place.
#include "writer.hpp"

#include <fcntl.h>

#include <utility>

#include "lock.hpp"
#include "names.hpp"
#include "publish.hpp"

namespace berth::filesystem {
namespace {

constexpr int max_attempts = 100;
constexpr int open_flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

sdk::Error busy_error(std::string_view path) {
  return sdk::Error(BERTH_STATUS_WRONG_STATE,
                    "another writer of '" + std::string(path) + "' is open; close it first")
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
      BERTH_STATUS_PRECONDITION_FAILED,
      "after this writer was opened, the object was replaced, moved or removed, or another writer "
      "took over the upload; write the object again");
}

// A file that is open for writing, and its lock. The lock is released before the file is closed.
struct LockedFile {
  Fd file;
  FileLock lock;
};

// What both writers have in common: writing bytes and reporting failures.
class FileWriter : public sdk::Writer {
 public:
  FileWriter(const Root& root, std::string_view path, LockedFile locked, std::uint64_t size)
      : root_(root), path_(path), locked_(std::move(locked)), size_(size) {}

  void write(std::string_view bytes, const sdk::Call& call) override {
    call.check();
    with_path([&] {
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
  void with_path(Body&& body) const {  // adds the path to a failure
    try {
      body();
    } catch (const Failure& failure) {
      throw root_.error(failure, path_);
    }
  }

  // Removes the bytes that a failed write left.
  void truncate_to(std::uint64_t size) {
    if (::ftruncate(fd(), static_cast<off_t>(size)) != 0) throw Failure(errno, "truncate");
    dirty_ = false;
  }

  void settle() {
    if (dirty_) truncate_to(size_);
    if (root_.settings().fsync) return sync_data(fd());
    // Closing a duplicate makes a network file system report bytes that it could not store.
    Fd(::dup(fd())).close_or_fail("finish writing");
  }

  const Root& root_;
  const std::string path_;
  const LockedFile locked_;
  std::uint64_t size_;
  bool dirty_ = false;  // a write failed and may have left bytes
};

// Writes to a hidden file. The upload is void once the file no longer has its hidden name: a put,
// commit, move, copy or remove at the path renames or removes it.
class UploadWriter final : public FileWriter {
 public:
  UploadWriter(const Root& root, std::string_view path, Place place, std::string hidden,
               LockedFile locked, std::uint64_t size, bool create_only)
      : FileWriter(root, path, std::move(locked), size),
        place_(std::move(place)),
        hidden_(std::move(hidden)),
        upload_name_(upload_name(place_.name)),
        create_only_(create_only),
        object_at_open_(hidden_ == upload_name_ ? Fd() : open_entry()) {}

  // A failure discards the upload: after a failed sync it is unknown which bytes are on the disk,
  // and the host makes no further call.
  void commit(const sdk::CommitOptions& /*options*/, const sdk::Call& call) override {
    try {
      call.check();
      with_path([&] { publish_upload(call); });
    } catch (...) {
      discard_or_log();
      throw;
    }
  }

  void cancel(const sdk::Call&) override {
    with_path([&] { discard(); });
  }

  void keep(const sdk::Call&) override {
    with_path([&] {
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

  // With create_only, commit reports that the object exists.
  void check_before_write(const struct stat& status) const override {
    if (status.st_nlink == 0 && !create_only_) throw voided();
  }

  // REQUIRES: the lock of the directory.
  bool is_void() const {
    return !is_still_at(fd(), directory(), hidden_) || !is_directory_at_path() ||
           (hidden_ != upload_name_ && object_was_replaced());
  }

  // False if the directory was moved away with the upload in it.
  bool is_directory_at_path() const {
    const Fd now = root_.open(parent_of(path_), O_PATH | O_DIRECTORY);
    return now && same_file(status_of(now.get()), status_of(directory()));
  }

  Fd open_entry() const {
    return Fd(::openat(directory(), place_.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  }

  // The open descriptor prevents the inode number of the old object from being reused.
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
    if (hidden_ == upload_name_)
      return publish(directory(), lock, hidden_, place_.name, create_only_);
    UploadVoid other(directory(), place_.name);
    publish(directory(), lock, hidden_, place_.name, create_only_);
    other.discard();
  }

  // False: the upload is void.
  bool keep_name() {
    const DirectoryLock lock(directory(), nullptr);
    if (is_void()) return false;
    if (hidden_ != upload_name_ &&
        ::renameat(directory(), hidden_.c_str(), directory(), upload_name_.c_str()) != 0)
      throw Failure(errno, "keep the upload of");
    return true;
  }

  // Does not remove a file of that name that belongs to another writer.
  void discard() {
    const DirectoryLock lock(directory(), nullptr);
    if (is_still_at(fd(), directory(), hidden_) &&
        ::unlinkat(directory(), hidden_.c_str(), 0) != 0 && errno != ENOENT)
      throw Failure(errno, "discard the upload of");
    root_.prune_above(path_);
  }

  void discard_or_log() noexcept {
    try {
      with_path([&] { discard(); });
    } catch (const std::exception& error) {
      sdk::log(BERTH_LOG_WARN, error.what());
    }
  }

  const Place place_;
  const std::string hidden_;
  const std::string upload_name_;  // the hidden name under which append finds the upload
  const bool create_only_;
  const Fd object_at_open_;  // set only if hidden_ is not upload_name_
};

class InPlaceWriter final : public FileWriter {
 public:
  InPlaceWriter(const Root& root, std::string_view path, LockedFile locked, std::uint64_t size)
      : FileWriter(root, path, std::move(locked), size), original_size_(size) {}

  void commit(const sdk::CommitOptions& /*options*/, const sdk::Call& call) override {
    call.check();
    finish();
  }
  void cancel(const sdk::Call&) override {
    with_path([&] {
      truncate_to(original_size_);
      settle();
    });
  }
  void keep(const sdk::Call&) override { finish(); }

 private:
  void check_before_write(const struct stat& status) const override {
    if (status.st_nlink == 0) throw replaced();
    if (!dirty_ && static_cast<std::uint64_t>(status.st_size) != size_)
      throw sdk::Error(
          BERTH_STATUS_PRECONDITION_FAILED,
          "another program changed the size of the object during the append; append again");
  }

  static sdk::Error replaced() {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "the object was replaced or removed during the append; append again");
  }

  // If the object was moved away, the appended bytes are removed from it.
  void finish() {
    with_path([&] {
      settle();
      const Fd now = root_.open(path_, O_PATH);
      if (now && same_file(status_of(now.get()), status_of(fd()))) return;
      truncate_to(original_size_);
      throw replaced();
    });
  }

  const std::uint64_t original_size_;
};

// ---- Opening

// Returns an empty LockedFile and sets errno if the file does not exist, or sets `busy` if another
// writer has the lock.
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

// Truncates only a file that has bytes: after a truncation to 0, ext4 assumes that a file is being
// rewritten, and writes it to disk at close.
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
    if (busy) {  // another writer uses that file, so this one gets a file of its own
      hidden = unique_name();
      locked = open_locked(place, hidden, O_CREAT | O_EXCL, mode, busy);
    }
    if (!locked.file && errno == ENOENT) continue;  // the directory was removed
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
  if (busy) throw busy_error(path);
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
  if (!lock) throw busy_error(path);
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
