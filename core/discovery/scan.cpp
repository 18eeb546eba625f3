// SPDX-License-Identifier: Apache-2.0
//
// From folders to rows: what each file is, first; then whether it may be loaded; then which of
// several files of one name counts.
#include "discovery/scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "discovery/elf_symbols.hpp"
#include "discovery/libraries.hpp"
#include "discovery/lock_file.hpp"
#include "discovery/printable.hpp"
#include "discovery/trust.hpp"

namespace berth {

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::usable:
      return "usable";
    case Verdict::not_a_plugin:
      return "not a plugin";
    case Verdict::unreadable:
      return "unreadable";
    case Verdict::malformed:
      return "malformed";
    case Verdict::wrong_architecture:
      return "wrong architecture";
    case Verdict::wrong_abi:
      return "wrong ABI";
    case Verdict::untrusted:
      return "untrusted";
    case Verdict::lock_mismatch:
      return "lock mismatch";
    case Verdict::shadowed:
      return "shadowed";
    case Verdict::duplicate:
      return "duplicate";
    case Verdict::failed:
      return "failed";
  }
  return "unknown";
}

namespace discovery {
namespace {

namespace fs = std::filesystem;

// Device and inode: what a file is, under whatever name.
using FileId = std::pair<dev_t, ino_t>;

struct Found {
  PluginFile file;
  std::optional<FileId> id;  // of a file that could be opened
};

PluginFile refused(fs::path path, Verdict verdict, std::string reason) {
  return {{std::move(path), verdict, std::move(reason), {}}, nullptr};
}

std::string because_of(int number) {
  return std::generic_category().message(number);
}

// ---- One file -----------------------------------------------------------------------------------

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::string open_failure(const fs::path& path, int number) {
  struct stat status {};
  const bool is_link = ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (number == ELOOP) return "it is a symbolic link that leads back to itself";
  if (number == ENOENT && is_link) return "it is a symbolic link to a file that does not exist";
  return "the file cannot be opened: " + because_of(number);
}

// The file's status and descriptor, or a reason. Asks before it opens, since opening a FIFO or a
// device is felt at its other end; what comes between the two cannot make the open wait.
std::string open_regular(const fs::path& path, struct stat& status, Descriptor& file) {
  if (::stat(path.c_str(), &status) != 0) return open_failure(path, errno);
  if (S_ISREG(status.st_mode)) {
    file = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return open_failure(path, errno);
    if (::fstat(file.get(), &status) != 0) return open_failure(path, errno);
  }
  if (S_ISREG(status.st_mode)) return {};
  return std::string("it is ") + kind_of(status.st_mode) + ", not a file";
}

std::string other_abi(const std::vector<DriverSymbol>& symbols) {
  const int major = symbols.back().abi_major;
  const std::string has = std::to_string(major), ours = std::to_string(BERTH_ABI_MAJOR);
  return "the file is made for major " + has + " of the driver ABI, this program knows major " +
         ours +
         (major > BERTH_ABI_MAJOR ? ": update Berth, or get the driver built for major " + ours
                                  : ": get a newer build of the driver");
}

// Names of our major; if there are none, those of others, as a wrong ABI.
void take_names(const ElfSymbols& symbols, Candidate& candidate) {
  candidate.verdict = symbols.verdict;
  candidate.reason = symbols.reason;
  for (const DriverSymbol& driver : symbols.drivers)
    if (driver.abi_major == BERTH_ABI_MAJOR) candidate.drivers.push_back(driver.name);
  if (symbols.verdict != Verdict::usable || !candidate.drivers.empty()) return;
  candidate.verdict = Verdict::wrong_abi;
  candidate.reason = other_abi(symbols.drivers);
  for (const DriverSymbol& driver : symbols.drivers)
    if (candidate.drivers.empty() || candidate.drivers.back() != driver.name)
      candidate.drivers.push_back(driver.name);
}

void refuse(Candidate& candidate, Verdict verdict, std::string reason) {
  if (reason.empty()) return;
  candidate.verdict = verdict;
  candidate.reason = std::move(reason);
}

std::string lock_mismatch(const LockFile& lock, const fs::path& path, int fd) {
  try {
    return lock.mismatch(path.filename().native(), fd);
  } catch (const std::system_error& error) {
    return "the file " + std::string(error.what());
  }
}

// Opens the folder through which the file will be loaded; a reason when the file is not there.
std::string open_folder(CheckedFile& checked) {
  std::error_code error;
  checked.real_path = fs::canonical(checked.path, error);
  if (error) return "the file cannot be found again: " + error.message();
  checked.folder =
      Descriptor(::open(checked.real_path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (::fstatat(checked.folder.get(), checked.real_path.filename().c_str(), &status,
                AT_SYMLINK_NOFOLLOW) != 0)
    return "the file cannot be found again: " + because_of(errno);
  return FileId(status.st_dev, status.st_ino) ==
                 FileId(checked.status.st_dev, checked.status.st_ino)
             ? std::string()
             : "the file was replaced while it was checked: try again";
}

// Why others could replace the file, or what is loaded with it.
std::string untrusted_plugin_reason(const CheckedFile& checked) {
  std::string reason = untrusted_reason(checked.status, "file");
  struct stat folder {};
  if (reason.empty() && ::fstat(checked.folder.get(), &folder) != 0) reason = because_of(errno);
  if (reason.empty()) reason = untrusted_folder_reason(folder, "folder of the file");
  if (reason.empty())
    reason = untrusted_libraries_reason(checked.file.get(), checked.real_path.parent_path());
  return reason;
}

// The checks of a file that holds drivers, in the order in which their verdicts count.
void check_plugin(CheckedFile& checked, const LockFile& lock, Candidate& candidate) {
  refuse(candidate, Verdict::unreadable, open_folder(checked));
  if (candidate.verdict == Verdict::usable && !checked.allow_untrusted)
    refuse(candidate, Verdict::untrusted, untrusted_plugin_reason(checked));
  if (candidate.verdict == Verdict::usable)
    refuse(candidate, Verdict::lock_mismatch,
           lock_mismatch(lock, checked.path, checked.file.get()));
  checked.digest = lock.digest_of(checked.path.filename().native());
}

Found inspect_file(const fs::path& path, const PluginSearch& search, const LockFile& lock) {
  auto checked = std::make_shared<CheckedFile>();
  checked->path = path;
  checked->allow_untrusted = search.allow_untrusted;
  std::string problem = open_regular(path, checked->status, checked->file);
  if (!problem.empty()) return {refused(path, Verdict::unreadable, std::move(problem)), {}};
  Found found{{{path, Verdict::usable, {}, {}}, nullptr},
              FileId(checked->status.st_dev, checked->status.st_ino)};
  Candidate& candidate = found.file.candidate;
  take_names(read_driver_symbols(checked->file.get()), candidate);
  if (candidate.verdict == Verdict::usable) check_plugin(*checked, lock, candidate);
  if (candidate.verdict == Verdict::usable) found.file.file = std::move(checked);
  return found;
}

// ---- One folder ---------------------------------------------------------------------------------

// Editors and package managers leave x.so.bak, x.so~ and .x.so.swp behind: none of them ends in .so
// and starts visibly.
bool is_plugin_name(std::string_view name) {
  return name.size() > 3 && name.ends_with(".so") && name.front() != '.';
}

struct DirectoryCloser {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryCloser>;

struct Folder {
  std::optional<FileId> id;
  std::vector<std::string> names;  // of files that may be plugins, sorted
  Verdict verdict = Verdict::usable;
  std::string reason;
};

Folder refused_folder(Verdict verdict, std::string reason) {
  return {{}, {}, verdict, std::move(reason)};
}

std::vector<std::string> plugin_names(DIR* directory) {
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory))
    if (is_plugin_name(entry->d_name)) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

Folder read_folder(const fs::path& path, const PluginSearch& search) {
  if (!path.is_absolute())
    return refused_folder(Verdict::untrusted,
                          "the plugin folder is not an absolute path: what it means depends on "
                          "where the program was started");
  const Directory directory(::opendir(path.c_str()));
  struct stat status {};
  if (!directory || ::fstat(::dirfd(directory.get()), &status) != 0)
    return refused_folder(Verdict::unreadable,
                          "the plugin folder cannot be opened: " + because_of(errno));
  if (std::string reason = untrusted_reason(status, "plugin folder");
      !reason.empty() && !search.allow_untrusted)
    return refused_folder(Verdict::untrusted, std::move(reason));
  return {FileId(status.st_dev, status.st_ino), plugin_names(directory.get()), {}, {}};
}

// ---- Names of several files ---------------------------------------------------------------------

using Rows = std::vector<PluginFile>;

// name of a driver -> first row of a folder that holds it
using Claims = std::map<std::string, std::size_t, std::less<>>;

std::string also_in(const std::string& driver, const PluginFile& other) {
  return "driver " + driver + " is also in " + printable(other.candidate.path);
}

// Two files of one folder with one name: neither counts, since nothing says which is meant.
void mark_duplicates(Rows& rows, std::size_t begin, Claims& own) {
  for (std::size_t i = begin; i < rows.size(); ++i) {
    if (rows[i].candidate.verdict != Verdict::usable) continue;
    for (const std::string& driver : rows[i].candidate.drivers) {
      const auto [claim, is_first] = own.emplace(driver, i);
      if (is_first) continue;
      for (const auto& [row, other] : {std::pair(i, claim->second), std::pair(claim->second, i)})
        if (rows[row].candidate.reason.empty())
          rows[row].candidate.reason =
              also_in(driver, rows[other]) + " of the same folder: remove one of them";
    }
  }
  for (std::size_t i = begin; i < rows.size(); ++i)
    if (rows[i].candidate.verdict == Verdict::usable && !rows[i].candidate.reason.empty())
      rows[i].candidate.verdict = Verdict::duplicate;
}

// A file all of whose drivers an earlier folder holds. One that holds others beside them stays
// usable: who looks names up in the order of the rows finds the right one.
void mark_shadowed(Rows& rows, std::size_t begin, const Claims& earlier) {
  for (std::size_t i = begin; i < rows.size(); ++i) {
    Candidate& candidate = rows[i].candidate;
    if (candidate.verdict != Verdict::usable) continue;
    if (!std::all_of(candidate.drivers.begin(), candidate.drivers.end(),
                     [&](const std::string& driver) { return earlier.contains(driver); }))
      continue;
    const std::string& driver = candidate.drivers.front();
    refuse(candidate, Verdict::shadowed,
           also_in(driver, rows[earlier.find(driver)->second]) + ", whose folder comes first");
  }
}

// Gathers rows, folder by folder.
class Scan {
 public:
  explicit Scan(const PluginSearch& search)
      : search_(search), lock_(search.lock_file, search.allow_untrusted) {}

  void add_folder(const fs::path& path) {
    const Folder folder = read_folder(path, search_);
    if (!folder.id) return rows_.push_back(refused(path, folder.verdict, folder.reason));
    if (!folders_.emplace(*folder.id, path).second) return;  // the same folder by another path
    const std::size_t begin = rows_.size();
    for (const std::string& name : folder.names) add_file(path / name);
    Claims own;
    mark_duplicates(rows_, begin, own);
    mark_shadowed(rows_, begin, claims_);
    claims_.merge(own);
  }

  Rows take() { return std::move(rows_); }

 private:
  void add_file(const fs::path& path) {
    Found found = inspect_file(path, search_, lock_);
    if (found.id && found.file.candidate.verdict == Verdict::usable) {
      const auto [first, is_new] = files_.emplace(*found.id, path);
      if (!is_new)
        refuse(found.file.candidate, Verdict::shadowed,
               "the file is the same as " + printable(first->second) + ", and counts once");
    }
    rows_.push_back(std::move(found.file));
  }

  const PluginSearch& search_;
  LockFile lock_;
  Rows rows_;
  Claims claims_;
  std::map<FileId, fs::path> folders_, files_;
};

std::vector<fs::path> split_path_list(std::string_view list) {
  std::vector<fs::path> paths;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(':'));
    if (!item.empty()) paths.emplace_back(item);
    list.remove_prefix(std::min(item.size() + 1, list.size()));
  }
  return paths;
}

}  // namespace

std::vector<fs::path> search_directories(const PluginSearch& search) {
  if (!search.directories.empty()) return search.directories;
  const char* const list = ::getauxval(AT_SECURE) == 0 ? std::getenv("BERTH_DRIVER_PATH") : nullptr;
  std::vector<fs::path> directories = split_path_list(list ? list : "");
  directories.emplace_back(BERTH_DRIVER_DIR);
  return directories;
}

PluginFile inspect(const fs::path& path, const PluginSearch& search) {
  return inspect_file(path, search, LockFile(search.lock_file, search.allow_untrusted)).file;
}

std::vector<PluginFile> scan(const PluginSearch& search) {
  Scan scan(search);
  for (const fs::path& directory : search_directories(search)) scan.add_folder(directory);
  return scan.take();
}

}  // namespace discovery
}  // namespace berth
