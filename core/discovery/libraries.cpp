// SPDX-License-Identifier: Apache-2.0
//
// Follows the plugin's own search path as ld.so does, without running any code.
#include "discovery/libraries.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "discovery/descriptor.hpp"
#include "discovery/elf_symbols.hpp"
#include "discovery/printable.hpp"
#include "discovery/trust.hpp"

namespace berth::discovery {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_libraries = 256;

// A folder of the search path; none: it depends on more than the plugin's place.
std::optional<fs::path> expanded(std::string entry, const fs::path& origin) {
  for (const std::string_view name : {"$ORIGIN", "${ORIGIN}"})
    if (const std::size_t at = entry.find(name); at != std::string::npos)
      entry.replace(at, name.size(), origin.native());
  if (entry.find('$') != std::string::npos || !entry.starts_with('/')) return std::nullopt;
  return fs::path(entry);
}

class Check {
 public:
  // Libraries are followed one after the other, as each may name more of them.
  std::string run(int fd, const fs::path& folder) {
    std::string reason = add_libraries_of(fd, folder);
    while (reason.empty() && !waiting_.empty()) {
      const fs::path library = std::move(waiting_.back());
      waiting_.pop_back();
      const Descriptor file(::open(library.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
      if (file) reason = add_libraries_of(file.get(), library.parent_path());
    }
    return reason;
  }

 private:
  std::string add_libraries_of(int fd, const fs::path& origin) {
    const ElfLinks links = read_links(fd);
    for (const std::string& entry : links.search_path) {
      const auto folder = expanded(entry, origin);
      if (!folder)
        return "the file looks for its libraries in \"" + printable(std::string_view(entry)) +
               "\", which is not a fixed folder: link it with one below $ORIGIN";
      if (std::string reason = check_folder(*folder, links.needed); !reason.empty()) return reason;
    }
    return {};
  }

  std::string check_folder(const fs::path& folder, const std::vector<std::string>& needed) {
    if (const std::string reason = untrusted_path_reason(folder); !reason.empty())
      return "the file looks for its libraries in " + printable(folder) + ": " + reason;
    for (const std::string& name : needed) {
      const fs::path library = folder / name;
      struct stat status {};
      if (::stat(library.c_str(), &status) != 0 || !seen_.insert(library).second) continue;
      if (seen_.size() > most_libraries) return "the file brings more than 256 libraries";
      if (const std::string reason = untrusted_path_reason(library); !reason.empty())
        return "the file brings a library: " + reason;
      waiting_.push_back(library);
    }
    return {};
  }

  std::set<fs::path> seen_;
  std::vector<fs::path> waiting_;
};

}  // namespace

std::string untrusted_libraries_reason(int fd, const fs::path& folder) {
  return Check().run(fd, folder);
}

}  // namespace berth::discovery
