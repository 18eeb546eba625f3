// SPDX-License-Identifier: Apache-2.0
//
// dlopen through Boost.DLL, with symbols bound at once: a plugin that lacks one fails here and not
// in the middle of a call.
//
// The constructors of a plugin run inside dlopen, so a check of the mapped file comes too late to
// keep them from running. The loader is therefore given a path that nobody can redirect:
//
//   1. The plugin's folder was opened and checked, and its descriptor is kept.
//   2. dlopen gets /proc/PID/fd/FOLDER/x.so: the descriptor decides which folder that is, whatever
//      is renamed meanwhile. $ORIGIN is that folder too, so the plugin's own libraries come from
//      it. With the number of the process, and not "self", a debugger can open the path.
//   3. What is mapped is compared with the file that was checked.
//   4. The loader's records of the plugin and of its libraries get their real paths, which
//      debuggers that attach later, core files and crash handlers read.
#include "binding/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <system_error>
#include <vector>  // before Boost.DLL 1.74, which forgets it when BOOST_DLL_USE_STD_FS is set

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include "binding/mapped_file.hpp"
#include "discovery/lock_file.hpp"
#include "discovery/trust.hpp"

namespace berth::binding {
namespace {

namespace fs = std::filesystem;
using discovery::CheckedFile;

struct Mapped {
  std::shared_ptr<const CheckedFile> file;
  boost::dll::shared_library object;
  bool is_as_checked = false;
};

// Never destroyed, so that nothing is unmapped. It also keeps the descriptors of the folders: a
// plugin may look for libraries there later, and the loader takes a name that it has seen, with the
// number of a descriptor in it, for the library that it has.
std::vector<Mapped>& kept() {
  static auto* const all = new std::vector<Mapped>;
  return *all;
}

constexpr auto mode = boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local;

bool is_same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// What dlerror said, out of Boost's sentence around it.
std::string loader_text(const std::system_error& error) {
  const std::string text = error.what();
  constexpr std::string_view before = "(dlerror system message: ";
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) return text;
  const std::size_t end = text.rfind(')');
  return text.substr(begin + before.size(), end - begin - before.size());
}

std::string with_name(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
    text.replace(at, from.size(), to), at += to.size();
  return text;
}

std::string with_advice(std::string text) {
  if (text.find("static TLS") == std::string::npos) return text;
  return text +
         ": the libraries of the process have used up the memory for thread-local variables that "
         "glibc reserves at its start; set GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 in "
         "the environment of the program, or load this driver before other libraries";
}

// The folder of the plugin as this process and its debuggers can open it; empty: there is no /proc.
std::string folder_by_descriptor(const CheckedFile& file) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self", error);  // as this /proc numbers processes
  if (error) return {};
  const std::string folder = "/proc/" + self.string() + "/fd/" + std::to_string(file.folder.get());
  struct stat by_descriptor {
  }, held{};
  const bool leads_there = ::stat(folder.c_str(), &by_descriptor) == 0 &&
                           ::fstat(file.folder.get(), &held) == 0 &&
                           is_same_file(by_descriptor, held);
  return leads_there ? folder : std::string();
}

// Without a descriptor the path must be one that others cannot redirect.
std::string folder_by_path(const CheckedFile& file) {
  const std::string reason =
      file.allow_untrusted ? std::string() : discovery::untrusted_path_reason(file.real_path);
  if (!reason.empty())
    throw LoadError("there is no /proc, so it would be loaded by its path, and " + reason);
  return file.real_path.parent_path();
}

bool is_still_there(const CheckedFile& file) {
  struct stat now {};
  return ::fstatat(file.folder.get(), file.real_path.filename().c_str(), &now,
                   AT_SYMLINK_NOFOLLOW) == 0 &&
         is_same_file(now, file.status);
}

bool is_unchanged(const CheckedFile& file) {
  struct stat now {};
  if (::fstat(file.file.get(), &now) != 0 || now.st_size != file.status.st_size ||
      now.st_mtim.tv_sec != file.status.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != file.status.st_mtim.tv_nsec)
    return false;
  return file.digest.empty() || discovery::sha256_of(file.file.get()) == file.digest;
}

const link_map& record_of(const boost::dll::shared_library& object) {
  link_map* record = nullptr;
  if (::dlinfo(object.native(), RTLD_DI_LINKMAP, &record) != 0)
    throw LoadError("the loader has no record of it");
  return *record;
}

struct Renaming {
  link_map* first;
  std::string from, to;
};

// Names are replaced under the lock that dl_iterate_phdr holds while others read them. The old ones
// are not freed: a thread may still be reading one.
int rename_records(dl_phdr_info*, std::size_t, void* data) {
  const auto& renaming = *static_cast<const Renaming*>(data);
  for (link_map* record = renaming.first; record != nullptr; record = record->l_next) {
    const std::string_view name = record->l_name;
    if (!name.starts_with(renaming.from)) continue;
    const std::string real = renaming.to + std::string(name.substr(renaming.from.size()));
    if (char* const copy = ::strdup(real.c_str())) record->l_name = copy;
  }
  return 1;  // once is enough
}

void give_real_names(const link_map& record, const std::string& folder, const CheckedFile& file) {
  const link_map* first = &record;
  while (first->l_prev != nullptr) first = first->l_prev;
  Renaming renaming{const_cast<link_map*>(first), folder + "/", file.real_path.parent_path() / ""};
  if (renaming.from != renaming.to) ::dl_iterate_phdr(&rename_records, &renaming);
}

boost::dll::shared_library open(const CheckedFile& file, const std::string& folder) {
  try {
    return boost::dll::shared_library(fs::path(folder) / file.real_path.filename(), mode);
  } catch (const std::system_error& error) {
    throw LoadError(
        with_advice(with_name(loader_text(error), folder, file.real_path.parent_path())));
  }
}

Mapped map(const std::shared_ptr<const CheckedFile>& file) {
  std::string folder = folder_by_descriptor(*file);
  if (folder.empty()) folder = folder_by_path(*file);
  if (!is_still_there(*file)) throw LoadError("the file was replaced after it was checked");
  Mapped mapped{file, open(*file, folder)};
  const link_map& record = record_of(mapped.object);
  give_real_names(record, folder, *file);
  mapped.is_as_checked = is_mapped_from(record, file->file.get()) && is_unchanged(*file);
  return mapped;
}

// The loader maps a file once, so one entry is enough, however often its driver is refused. One
// that is not as checked is kept too, as its code may run.
const Mapped& keep(const std::shared_ptr<const CheckedFile>& file) {
  std::vector<Mapped>& all = kept();
  for (const Mapped& before : all)
    if (is_same_file(before.file->status, file->status)) return before;
  all.reserve(all.size() + 1);
  all.push_back(map(file));
  return all.back();
}

}  // namespace

const berth_driver* load_driver(const std::shared_ptr<const discovery::CheckedFile>& file,
                                std::string_view name) {
  const Mapped& mapped = keep(file);
  if (!mapped.is_as_checked)
    throw LoadError(
        "the file was replaced or changed while it was loaded: start the program again");
  const std::string symbol = "berth_driver_v1_" + std::string(name);
  return mapped.object.has(symbol) ? &mapped.object.get<const berth_driver>(symbol) : nullptr;
}

}  // namespace berth::binding
