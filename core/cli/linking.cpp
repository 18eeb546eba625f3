// SPDX-License-Identifier: Apache-2.0
//
// Reads the tables of the loaded image, so they are the ones the loader has accepted.
#include "cli/linking.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace berth::cli {
namespace {

using Symbol = ElfW(Sym);

struct Image {
  const Symbol* symbols = nullptr;
  const char* strings = nullptr;
  const std::uint32_t* gnu_hash = nullptr;
  const std::uint32_t* sysv_hash = nullptr;
  bool never_unloaded = false;
  bool writes_code = false;
  bool static_tls = false;
  std::vector<std::size_t> search_paths, libraries;  // indices of strings
};

Image image_of(const link_map& map) {
  Image image;
  const auto address = [&map](ElfW(Addr) value) {  // some architectures leave it relative
    return reinterpret_cast<const void*>(value < map.l_addr ? value + map.l_addr : value);
  };
  for (const auto* entry = map.l_ld; entry->d_tag != DT_NULL; ++entry) {
    const auto value = entry->d_un.d_val;
    switch (entry->d_tag) {
      case DT_SYMTAB:
        image.symbols = static_cast<const Symbol*>(address(value));
        break;
      case DT_STRTAB:
        image.strings = static_cast<const char*>(address(value));
        break;
      case DT_GNU_HASH:
        image.gnu_hash = static_cast<const std::uint32_t*>(address(value));
        break;
      case DT_HASH:
        image.sysv_hash = static_cast<const std::uint32_t*>(address(value));
        break;
      case DT_FLAGS_1:
        image.never_unloaded = (value & DF_1_NODELETE) != 0;
        break;
      case DT_FLAGS:
        image.writes_code |= (value & DF_TEXTREL) != 0;
        image.static_tls = (value & DF_STATIC_TLS) != 0;
        break;
      case DT_TEXTREL:
        image.writes_code = true;
        break;
      case DT_RPATH:
      case DT_RUNPATH:
        image.search_paths.push_back(value);
        break;
      case DT_NEEDED:
        image.libraries.push_back(value);
        break;
      default:
        break;
    }
  }
  return image;
}

// Symbols that can be looked up: [first, last). A GNU table ends where its last chain ends.
struct Range {
  std::size_t first = 0, last = 0;
};

Range gnu_range(const std::uint32_t* hash) {
  const std::size_t buckets = hash[0], first = hash[1], bloom_words = hash[2];
  const std::uint32_t* const bucket = hash + 4 + bloom_words * sizeof(ElfW(Addr)) / sizeof *hash;
  const std::uint32_t* const chain = bucket + buckets;
  std::size_t last = buckets == 0 ? 0 : *std::max_element(bucket, bucket + buckets);
  if (last < first) return {};
  while ((chain[last - first] & 1) == 0) ++last;
  return {first, last + 1};
}

Range range_of(const Image& image) {
  if (image.gnu_hash != nullptr) return gnu_range(image.gnu_hash);
  if (image.sysv_hash != nullptr) return {0, image.sysv_hash[1]};
  return {};
}

bool is_exported(const Symbol& symbol) {
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);  // the same bits in both classes
  return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

// Of every shared object whose linker was given no version script.
bool is_of_linker(std::string_view name) {
  constexpr std::string_view linker_names[] = {"_init", "_fini", "_edata", "_end", "__bss_start"};
  return std::find(std::begin(linker_names), std::end(linker_names), name) !=
         std::end(linker_names);
}

std::vector<std::string> foreign_exports(const Image& image) {
  std::vector<std::string> names;
  const auto range = range_of(image);
  for (std::size_t i = range.first; i < range.last; ++i) {
    const std::string_view name = image.strings + image.symbols[i].st_name;
    if (is_exported(image.symbols[i]) && name.substr(0, 14) != "berth_driver_v" &&
        !is_of_linker(name)) {
      names.emplace_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string shortened(const std::vector<std::string>& names) {
  constexpr std::size_t max_shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), max_shown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > max_shown ? text + ", ..." : text;
}

// A folder that another machine or user may fill; one beside the plugin moves with it.
bool is_beside_plugin(std::string_view folder) {
  return folder.substr(0, 7) == "$ORIGIN" || folder.substr(0, 9) == "${ORIGIN}";
}

std::vector<std::string> foreign_folders(const Image& image) {
  std::vector<std::string> folders;
  for (const auto index : image.search_paths) {
    std::string_view rest = image.strings + index;
    while (!rest.empty()) {
      const auto folder = rest.substr(0, rest.find(':'));
      if (!is_beside_plugin(folder)) folders.emplace_back(folder);
      rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    }
  }
  return folders;
}

// The drivers of this project bring OpenSSL 3, which shares its symbols' names with every other.
std::vector<std::string> other_openssl(const Image& image) {
  std::vector<std::string> libraries;
  for (const auto index : image.libraries) {
    const std::string_view name = image.strings + index;
    const bool is_openssl =
        name.substr(0, 13) == "libcrypto.so." || name.substr(0, 10) == "libssl.so.";
    if (is_openssl && name.substr(name.find(".so.") + 4) != "3") libraries.emplace_back(name);
  }
  return libraries;
}

const link_map& loaded(const std::filesystem::path& plugin) {
  void* const handle = ::dlopen(plugin.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (handle == nullptr || ::dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
    throw std::runtime_error(plugin.string() + " is not loaded");
  }
  ::dlclose(handle);  // the host never lets go of its own
  return *map;
}

}  // namespace

std::string linking_faults(const std::filesystem::path& plugin) {
  const auto image = image_of(loaded(plugin));
  std::string text;
  const auto add = [&text](const std::string& fault) {
    text += (text.empty() ? "" : "; ") + fault;
  };
  if (const auto names = foreign_exports(image); !names.empty()) {
    add("it exports " + shortened(names) + " (" + std::to_string(names.size()) +
        " in all) beside its driver, which can replace what other libraries mean by these names: "
        "link it with the version script of the SDK");
  }
  if (!image.never_unloaded) {
    add("it can be unloaded while its threads run: link it with -Wl,-z,nodelete");
  }
  if (image.writes_code) add("its code must be changed when it is loaded: compile it with -fPIC");
  if (image.static_tls) {
    add("its thread-local variables need memory that glibc reserves when a program starts "
        "(DF_STATIC_TLS), so a program that has loaded other such libraries cannot load it: "
        "compile "
        "it, and the static libraries in it, with -ftls-model=global-dynamic");
  }
  if (const auto folders = foreign_folders(image); !folders.empty()) {
    add("it looks for its libraries in " + shortened(folders) +
        ", which need not be the same elsewhere: install them, or use a folder below $ORIGIN");
  }
  if (const auto libraries = other_openssl(image); !libraries.empty()) {
    add("it needs " + shortened(libraries) + ", and other drivers bring OpenSSL 3");
  }
  return text;
}

}  // namespace berth::cli
