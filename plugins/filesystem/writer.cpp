// SPDX-License-Identifier: Apache-2.0
//
// The two writers: one to a hidden upload file, one that appends to the object in place.
#include <fcntl.h>
#include <sys/file.h>

#include "names.hpp"
#include "publish.hpp"
#include "streams.hpp"

namespace berth::filesystem {
namespace {

constexpr int patience = 100;
constexpr int open_flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

sdk::Error taken(std::string_view path) {
  return sdk::Error(BERTH_WRONG_STATE, "another writer is writing to '" + std::string(path) +
                                           "'; close that one first")
      .retryable();
}

// False: another writer has it. File systems without locks are taken as they are.
bool lock(int fd) {
  return retry_interrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) == 0 ||
         errno != EWOULDBLOCK;
}

bool is_still_at(int fd, int directory, const std::string& name) {
  struct stat named;
  return ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         same_file(named, status_of(fd));
}

struct stat status_at(const Root& root, std::string_view path) {
  const Fd fd = root.open(path, O_PATH);
  if (!fd) throw Failure(errno, "look at");
  return status_of(fd.get());
}

// What both writers do with bytes and failures.
class FileWriter : public sdk::Writer {
 public:
  FileWriter(const Root& root, std::string_view path, Fd file, std::uint64_t size)
      : root_(root), path_(path), file_(std::move(file)), size_(size) {}

  void write(std::string_view bytes, const sdk::Call& call) override {
    call.check();
    named([&] {
      dirty_ = true;
      write_all(file_.get(), bytes, size_, call);
      size_ += bytes.size();
      dirty_ = false;
    });
  }
  std::uint64_t size() const noexcept override { return size_; }

 protected:
  template <class Body>
  void named(Body&& body) const {
    try {
      body();
    } catch (const Failure& failure) {
      throw root_.error(failure, path_);
    }
  }

  // What a failed write left behind the accepted bytes goes.
  void cut_to(std::uint64_t size) {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) throw Failure(errno, "cut");
    dirty_ = false;
  }

  void settle() {
    if (dirty_) cut_to(size_);
    if (root_.settings().fsync) return sync_data(file_.get());
    // Closing a duplicate makes a network file system tell what it could not store.
    Fd(::dup(file_.get())).close_or_fail("finish writing");
  }

  const Root& root_;
  const std::string path_;
  const Fd file_;
  std::uint64_t size_;
  bool dirty_ = false;  // a write failed half-way
};

class UploadWriter final : public FileWriter {
 public:
  UploadWriter(const Root& root, std::string_view path, Place place, std::string hidden, Fd file,
               std::uint64_t size, bool create_only)
      : FileWriter(root, path, std::move(file), size),
        place_(std::move(place)),
        hidden_(std::move(hidden)),
        create_only_(create_only) {}

  // A failure discards the upload: after a failed sync nobody knows what the disk holds, and the
  // host calls nothing more.
  void commit(const sdk::Call& call) override {
    try {
      call.check();
      named([&] { publish_upload(); });
    } catch (...) {
      discard();
      throw;
    }
  }

  void cancel(const sdk::Call&) override {
    named([&] {
      if (discard() != 0) throw Failure(errno, "discard the upload of");
    });
  }

  void keep(const sdk::Call&) override {
    named([&] {
      settle();
      const std::string waiting = upload_name(place_.name);
      const int directory = place_.directory.get();
      if (hidden_ != waiting &&
          ::renameat(directory, hidden_.c_str(), directory, waiting.c_str()) != 0)
        throw Failure(errno, "keep the upload of");
      if (root_.settings().fsync) sync_directory(directory);
    });
  }

 private:
  void publish_upload() {
    settle();
    const int directory = place_.directory.get();
    if (!is_still_at(file_.get(), directory, hidden_))
      throw sdk::Error(BERTH_PRECONDITION_FAILED,
                       "the unfinished upload was removed while it was written; write it again");
    publish(directory, hidden_, place_.name, create_only_);
    if (root_.settings().fsync) sync_directory(directory);
  }

  int discard() noexcept {
    const int result = ::unlinkat(place_.directory.get(), hidden_.c_str(), 0);
    if (result != 0 && errno != ENOENT) return result;
    root_.prune_above(path_);
    return 0;
  }

  const Place place_;
  const std::string hidden_;
  const bool create_only_;
};

class InPlaceWriter final : public FileWriter {
 public:
  InPlaceWriter(const Root& root, std::string_view path, Fd file, std::uint64_t size)
      : FileWriter(root, path, std::move(file), size), original_size_(size) {}

  void commit(const sdk::Call& call) override {
    call.check();
    named([&] {
      settle();
      const Fd now = root_.open(path_, O_PATH);
      if (!now || !same_file(status_of(now.get()), status_of(file_.get())))
        throw sdk::Error(
            BERTH_PRECONDITION_FAILED,
            "the object was replaced or removed while it was appended to; append again");
    });
  }
  void cancel(const sdk::Call&) override {
    named([&] {
      cut_to(original_size_);
      settle();
    });
  }
  void keep(const sdk::Call&) override {
    named([&] { settle(); });
  }

 private:
  const std::uint64_t original_size_;
};

// ---- Opening

// Nothing there, or gone by the time it was locked: an empty Fd.
Fd open_locked(const Place& place, const std::string& name, int flags, mode_t mode, bool& busy) {
  busy = false;
  for (int i = 0; i < patience; ++i) {
    Fd fd(retry_interrupted(
        [&] { return ::openat(place.directory.get(), name.c_str(), open_flags | flags, mode); }));
    if (!fd) return fd;
    if (!lock(fd.get())) return busy = true, Fd();
    if (is_still_at(fd.get(), place.directory.get(), name)) return fd;
  }
  errno = EBUSY;
  return Fd();
}

std::unique_ptr<sdk::Writer> start_over(const Root& root, std::string_view path, bool create_only) {
  const mode_t mode = root.settings().file_mode;
  bool made = false;
  for (int i = 0; i < patience; ++i) {
    Place place = root.make_place(path, made);
    if (create_only) refuse_existing(place.directory.get(), place.name);
    std::string hidden = upload_name(place.name);
    bool busy = false;
    Fd fd = open_locked(place, hidden, O_CREAT, mode, busy);
    if (busy) {  // another writer is at it: both write, each a file of its own
      hidden = unique_name();
      fd = open_locked(place, hidden, O_CREAT | O_EXCL, mode, busy);
    }
    if (!fd && errno == ENOENT) continue;  // its directory was taken away
    if (!fd) throw Failure(errno, "start an upload of");
    // Only what has bytes: ext4 takes a cut to nothing for an old file that is rewritten, and
    // begins to write it out when it is closed.
    if (status_of(fd.get()).st_size != 0 && ::ftruncate(fd.get(), 0) != 0)
      throw Failure(errno, "start an upload of");
    return std::make_unique<UploadWriter>(root, path, std::move(place), std::move(hidden),
                                          std::move(fd), 0, create_only);
  }
  throw Failure(EBUSY, "start an upload of");
}

std::unique_ptr<sdk::Writer> continue_upload(const Root& root, std::string_view path,
                                             bool create_only) {
  Place place = root.find_place(path);
  std::string hidden = upload_name(place.name);
  bool busy = false;
  Fd fd = open_locked(place, hidden, 0, 0, busy);
  if (busy) throw taken(path);
  if (!fd && errno == ENOENT) return nullptr;
  if (!fd) throw Failure(errno, "continue the upload of");
  const auto size = static_cast<std::uint64_t>(status_of(fd.get()).st_size);
  return std::make_unique<UploadWriter>(root, path, std::move(place), std::move(hidden),
                                        std::move(fd), size, create_only);
}

std::unique_ptr<sdk::Writer> append_in_place(const Root& root, std::string_view path) {
  Fd fd = root.open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd && (errno == EISDIR || errno == ENXIO)) require_regular(status_at(root, path));
  if (!fd) throw Failure(errno, "append to");
  if (!lock(fd.get())) throw taken(path);
  const struct stat status = status_of(fd.get());
  require_regular(status);
  return std::make_unique<InPlaceWriter>(root, path, std::move(fd),
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
