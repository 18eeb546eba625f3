// SPDX-License-Identifier: Apache-2.0
//
// dlopen through Boost.DLL, with symbols bound at once: a plugin that lacks one fails here and not
// in the middle of a call.
#include "binding/library.hpp"

#include <string>
#include <system_error>
#include <vector>  // before Boost.DLL 1.74, which forgets it when BOOST_DLL_USE_STD_FS is set

#include <sys/stat.h>

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

namespace berth::binding {
namespace {

struct Mapped {
  std::shared_ptr<const discovery::CheckedFile> file;
  boost::dll::shared_library object;
};

// Never destroyed, so that nothing is unmapped. It also keeps every descriptor open: the loader
// remembers libraries by name, and a number used twice in /proc/self/fd would find the first one.
std::vector<Mapped>& kept() {
  static auto* const all = new std::vector<Mapped>;
  return *all;
}

constexpr auto mode = boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local;

bool is_same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool is_same_file(int fd, const std::filesystem::path& path) {
  struct stat checked {
  }, found{};
  return ::fstat(fd, &checked) == 0 && ::stat(path.c_str(), &found) == 0 &&
         is_same_file(checked, found);
}

bool is_same_file(int fd, int other) {
  struct stat a {
  }, b{};
  return ::fstat(fd, &a) == 0 && ::fstat(other, &b) == 0 && is_same_file(a, b);
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

// By its descriptor, so that nothing can take the place of what was checked. A plugin that finds
// its own libraries by $ORIGIN needs its name, as does a process without /proc; the name is used
// when it still means the same file. No code of the plugin ran in the first try.
boost::dll::shared_library map(const discovery::CheckedFile& file) {
  const std::string by_descriptor = "/proc/self/fd/" + std::to_string(file.fd());
  try {
    return boost::dll::shared_library(by_descriptor, mode);
  } catch (const std::system_error& error) {
    if (!is_same_file(file.fd(), file.path()))
      throw LoadError(with_name(loader_text(error), by_descriptor, file.path()));
  }
  try {
    return boost::dll::shared_library(file.path(), mode);
  } catch (const std::system_error& error) {
    throw LoadError(loader_text(error));
  }
}

// The loader maps a file once, so one entry is enough, however often its driver is refused.
const boost::dll::shared_library& keep(const std::shared_ptr<const discovery::CheckedFile>& file) {
  std::vector<Mapped>& all = kept();
  for (const Mapped& before : all)
    if (is_same_file(before.file->fd(), file->fd())) return before.object;
  all.reserve(all.size() + 1);
  all.push_back({file, map(*file)});
  return all.back().object;
}

}  // namespace

const berth_driver* load_driver(const std::shared_ptr<const discovery::CheckedFile>& file,
                                std::string_view name) {
  const boost::dll::shared_library& library = keep(file);
  const std::string symbol = "berth_driver_v1_" + std::string(name);
  return library.has(symbol) ? &library.get<const berth_driver>(symbol) : nullptr;
}

}  // namespace berth::binding
