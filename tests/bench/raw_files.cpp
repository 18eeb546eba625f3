// SPDX-License-Identifier: Apache-2.0
//
// The baseline for the driver `filesystem`: the workloads of `berth bench` as plain system calls on
// the same files.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "workload.hpp"

using namespace berth::bench;

namespace {

// A failed call ends the program: the numbers of a failed run are meaningless.
template <class Result>
Result must(Result result, const char* what) {
  if (result < 0) {
    std::perror(what);
    std::exit(1);
  }
  return result;
}

void sync_folder(const std::string& folder) {
  const int fd = must(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open folder");
  must(::fsync(fd), "fsync");
  ::close(fd);
}

class RawFiles {
 public:
  explicit RawFiles(Options options)
      : options_(std::move(options)), buffer_(std::max<std::size_t>(block, options_.bytes)) {}

  void run() {
    ::mkdir(options_.root.c_str(), 0777);
    ::mkdir((options_.root + "/bench").c_str(), 0777);
    for (std::uint64_t i = 0; i < folders; ++i)
      ::mkdir((options_.root + folder_path(i)).c_str(), 0777);
    measure("put-small", [this] { return put_small(); });
    measure("get-small", [this] { return get_small(); });
    measure("stat", [this] { return stat(); });
    measure("list", [this] { return list(); });
    measure("walk", [this] { return walk(options_.root + "/bench"); });
    if (options_.large != 0) {
      measure("write-large", [this] { return write_large(); });
      measure("read-large", [this] { return read_large(); });
      ::unlink((options_.root + large_path).c_str());
      ::rmdir((options_.root + large_folder).c_str());
    }
    measure("delete", [this] { return remove(); });
    for (std::uint64_t i = 0; i < folders; ++i) ::rmdir((options_.root + folder_path(i)).c_str());
    ::rmdir((options_.root + "/bench").c_str());
  }

 private:
  Amount all() const { return {options_.objects, options_.objects * options_.bytes}; }

  Amount put_small() {
    for (std::uint64_t i = 0; i < options_.objects; ++i) {
      const std::string path = options_.root + object_path(i);
      const std::string temp = path + ".tmp";
      const int fd =
          must(::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), "open");
      must(::write(fd, buffer_.data(), options_.bytes), "write");
      if (options_.fsync) must(::fdatasync(fd), "fdatasync");
      must(::close(fd), "close");
      must(::rename(temp.c_str(), path.c_str()), "rename");
      if (options_.fsync) sync_folder(options_.root + folder_path(i));
    }
    return all();
  }

  Amount get_small() {
    for (std::uint64_t i = 0; i < options_.objects; ++i) {
      const int fd =
          must(::open((options_.root + object_path(i)).c_str(), O_RDONLY | O_CLOEXEC), "open");
      struct stat status;
      must(::fstat(fd, &status), "fstat");
      must(::read(fd, buffer_.data(), static_cast<std::size_t>(status.st_size)), "read");
      ::close(fd);
    }
    return all();
  }

  Amount stat() {
    for (std::uint64_t i = 0; i < options_.objects; ++i) {
      struct stat status;
      must(::stat((options_.root + object_path(i)).c_str(), &status), "stat");
    }
    return {options_.objects, 0};
  }

  Amount list() {
    Amount amount;
    for (std::uint64_t i = 0; i < folders; ++i) {
      DIR* folder = ::opendir((options_.root + folder_path(i)).c_str());
      while (folder && ::readdir(folder)) ++amount.ops;
      if (folder) ::closedir(folder);
    }
    return amount;
  }

  Amount walk(const std::string& path) {
    Amount amount;
    DIR* folder = ::opendir(path.c_str());
    while (const dirent* entry = folder ? ::readdir(folder) : nullptr) {
      if (entry->d_name[0] == '.') continue;
      ++amount.ops;
      if (entry->d_type == DT_DIR) {
        amount.ops += walk(path + '/' + entry->d_name).ops;
        continue;
      }
      struct stat status;
      must(::fstatat(::dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW), "fstatat");
    }
    if (folder) ::closedir(folder);
    return amount;
  }

  Amount write_large() {
    ::mkdir((options_.root + large_folder).c_str(), 0777);
    const std::string path = options_.root + large_path;
    const int fd = must(::open((path + ".tmp").c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666), "open");
    for (std::uint64_t done = 0; done < options_.large; done += block)
      must(::write(fd, buffer_.data(), block), "write");
    if (options_.fsync) must(::fdatasync(fd), "fdatasync");
    must(::close(fd), "close");
    must(::rename((path + ".tmp").c_str(), path.c_str()), "rename");
    if (options_.fsync) sync_folder(options_.root + large_folder);
    return {1, options_.large};
  }

  Amount read_large() {
    const int fd = must(::open((options_.root + large_path).c_str(), O_RDONLY), "open");
    std::uint64_t done = 0;
    while (const ssize_t got = must(::read(fd, buffer_.data(), block), "read"))
      done += static_cast<std::uint64_t>(got);
    ::close(fd);
    return {1, done};
  }

  Amount remove() {
    for (std::uint64_t i = 0; i < options_.objects; ++i)
      must(::unlink((options_.root + object_path(i)).c_str()), "unlink");
    return {options_.objects, 0};
  }

  const Options options_;
  Pages buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  // As every host of a store has, one more thread: a process of one thread alone does not count its
  // references to an open file, which makes each of its system calls cheaper.
  const std::jthread other([](const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  });
  RawFiles(options_of(argc, argv)).run();
}
