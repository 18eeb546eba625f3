// SPDX-License-Identifier: Apache-2.0
//
// A reader of the few ELF tables that name a file's exported symbols. Every offset and count comes
// from a file that may be damaged or hostile: each is checked against the file's size or a limit
// before it is used, and nothing is allocated by a size that the file names.
#include "discovery/elf_symbols.hpp"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>

#include "model/driver_name.hpp"

namespace berth::discovery {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Dynamic = ElfW(Dyn);
using Symbol = ElfW(Sym);

// Far above what real files have, far below what costs noticeable time.
constexpr std::uint64_t max_segments = 256;
constexpr std::uint64_t max_dynamic_entries = 4096;
constexpr std::uint64_t max_symbols = 1U << 18;
constexpr std::size_t max_drivers = 256;
constexpr std::string_view symbol_prefix = "berth_driver_v";

// Ends the reading with a verdict; never leaves this file.
struct Refusal {
  Verdict verdict;
  std::string reason;
};

[[noreturn]] void malformed(std::string reason) {
  throw Refusal{Verdict::malformed, std::move(reason)};
}

[[noreturn]] void cut_short(std::uint64_t size, std::uint64_t needed) {
  malformed("the file is " + std::to_string(size) + " bytes long but its headers need " +
            std::to_string(needed) + ": it is cut short, copy it again");
}

// A file, seen through a small buffer.
class Window {
 public:
  Window(int fd, std::uint64_t size) : fd_(fd), size_(size) {}

  std::uint64_t size() const noexcept { return size_; }

  // n bytes at offset, n at most the buffer's size; valid until the next call.
  const char* at(std::uint64_t offset, std::size_t n) {
    if (offset > size_ || n > size_ - offset) cut_short(size_, offset + n);
    if (offset < start_ || offset - start_ > filled_ || n > filled_ - (offset - start_))
      fill(offset, n);
    return buffer_.data() + (offset - start_);
  }

  template <class T>
  T get(std::uint64_t offset) {
    T value;
    std::memcpy(&value, at(offset, sizeof value), sizeof value);
    return value;
  }

 private:
  void fill(std::uint64_t offset, std::size_t needed) {
    start_ = offset;
    filled_ = 0;
    while (filled_ < needed) {
      const ssize_t got = ::pread(fd_, buffer_.data() + filled_, buffer_.size() - filled_,
                                  static_cast<off_t>(offset + filled_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        const std::string why = std::generic_category().message(errno);
        throw Refusal{Verdict::unreadable, "the file cannot be read: " + why};
      }
      if (got == 0) malformed("the file became shorter while it was read");
      filled_ += static_cast<std::size_t>(got);
    }
  }

  int fd_;
  std::uint64_t size_;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
  std::array<char, 16384> buffer_;
};

// ---- Architecture -------------------------------------------------------------------------------

constexpr std::uint16_t own_machine =
#if defined(__x86_64__)
    EM_X86_64;
#elif defined(__aarch64__)
    EM_AARCH64;
#elif defined(__i386__)
    EM_386;
#elif defined(__arm__)
    EM_ARM;
#elif defined(__riscv)
    EM_RISCV;
#elif defined(__powerpc64__)
    EM_PPC64;
#elif defined(__s390x__)
    EM_S390;
#elif defined(__loongarch__)
    258;  // EM_LOONGARCH, which older <elf.h> lack
#else
#error "add the ELF machine number of this architecture"
#endif

constexpr unsigned char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char own_order =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

std::string machine_name(std::uint16_t machine) {
  constexpr std::pair<std::uint16_t, const char*> names[] = {
      {EM_X86_64, "x86-64"}, {EM_AARCH64, "aarch64"}, {EM_386, "x86"},
      {EM_ARM, "arm"},       {EM_RISCV, "riscv"},     {EM_PPC64, "ppc64"},
      {EM_S390, "s390"},     {EM_MIPS, "mips"},       {258, "loongarch"}};
  for (const auto& [number, name] : names)
    if (number == machine) return name;
  return "machine " + std::to_string(machine);
}

std::string architecture(std::uint16_t machine, unsigned char elf_class, unsigned char order) {
  return machine_name(machine) + (elf_class == ELFCLASS64 ? " (64-bit" : " (32-bit") +
         (order == ELFDATA2LSB ? ", little-endian)" : ", big-endian)");
}

void check_architecture(const unsigned char* ident, std::uint16_t machine) {
  const unsigned char elf_class = ident[EI_CLASS];
  const unsigned char order = ident[EI_DATA];
  if (order != own_order) machine = static_cast<std::uint16_t>(machine << 8 | machine >> 8);
  if (elf_class == own_class && order == own_order && machine == own_machine) return;
  throw Refusal{Verdict::wrong_architecture,
                "the file is made for " + architecture(machine, elf_class, order) +
                    ", this program is " + architecture(own_machine, own_class, own_order)};
}

// ---- Tables -------------------------------------------------------------------------------------

// e_type and e_machine lie at the same place in every class.
Header read_header(Window& file) {
  if (file.size() == 0) malformed("the file is empty");
  const std::size_t magic = std::min<std::uint64_t>(file.size(), SELFMAG);
  if (std::memcmp(file.at(0, magic), ELFMAG, magic) != 0)
    throw Refusal{Verdict::not_a_plugin, "the file is not a shared object (no ELF header)"};
  if (file.size() < sizeof(Header)) cut_short(file.size(), sizeof(Header));
  const auto header = file.get<Header>(0);
  const unsigned char elf_class = header.e_ident[EI_CLASS];
  const unsigned char order = header.e_ident[EI_DATA];
  if ((elf_class != ELFCLASS32 && elf_class != ELFCLASS64) ||
      (order != ELFDATA2LSB && order != ELFDATA2MSB))
    malformed("the file's ELF header is damaged");
  check_architecture(header.e_ident, header.e_machine);
  if (header.e_type != ET_DYN)
    throw Refusal{Verdict::not_a_plugin, "the file is ELF, but not a shared object"};
  return header;
}

void check_within(const Window& file, std::uint64_t offset, std::uint64_t bytes) {
  if (offset > file.size() || bytes > file.size() - offset) {
    const std::uint64_t end = offset + bytes;
    cut_short(file.size(), end < offset ? UINT64_MAX : end);
  }
}

// The section headers are not used, but they lie at the end of the file: a copy that was cut short
// shows here.
void check_section_headers(const Window& file, const Header& header) {
  if (header.e_shoff == 0) return;
  check_within(file, header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize);
}

std::vector<Segment> read_segments(Window& file, const Header& header) {
  if (header.e_phentsize != sizeof(Segment) || header.e_phnum > max_segments)
    malformed("the file's program headers are damaged");
  check_within(file, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Segment));
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = file.get<Segment>(header.e_phoff + i * sizeof(Segment));
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC) continue;
    check_within(file, segment.p_offset, segment.p_filesz);
    segments.push_back(segment);
  }
  return segments;
}

// Where the bytes of a virtual address lie in the file.
std::uint64_t offset_of(const std::vector<Segment>& segments, std::uint64_t address) {
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    if (address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  }
  malformed("a table of the file lies outside of its segments: it is damaged");
}

// Offsets in the file.
struct DynamicTable {
  std::optional<std::uint64_t> symbols, strings, hash, gnu_hash;
  std::uint64_t strings_size = 0;
  std::optional<std::uint64_t> rpath, runpath;  // indices in the string table
  std::vector<std::uint64_t> needed;
};

DynamicTable read_dynamic(Window& file, const std::vector<Segment>& segments) {
  DynamicTable table;
  const auto dynamic = std::find_if(segments.begin(), segments.end(),
                                    [](const Segment& s) { return s.p_type == PT_DYNAMIC; });
  if (dynamic == segments.end()) return table;
  const std::uint64_t count =
      std::min<std::uint64_t>(dynamic->p_filesz / sizeof(Dynamic), max_dynamic_entries);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto entry = file.get<Dynamic>(dynamic->p_offset + i * sizeof(Dynamic));
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_SYMTAB) table.symbols = offset_of(segments, entry.d_un.d_ptr);
    if (entry.d_tag == DT_STRTAB) table.strings = offset_of(segments, entry.d_un.d_ptr);
    if (entry.d_tag == DT_HASH) table.hash = offset_of(segments, entry.d_un.d_ptr);
    if (entry.d_tag == DT_GNU_HASH) table.gnu_hash = offset_of(segments, entry.d_un.d_ptr);
    if (entry.d_tag == DT_STRSZ) table.strings_size = entry.d_un.d_val;
    if (entry.d_tag == DT_RPATH) table.rpath = entry.d_un.d_val;
    if (entry.d_tag == DT_RUNPATH) table.runpath = entry.d_un.d_val;
    if (entry.d_tag == DT_NEEDED) table.needed.push_back(entry.d_un.d_val);
  }
  return table;
}

// ---- Symbols ------------------------------------------------------------------------------------

// Indices of the symbols that can be looked up: [first, last).
struct SymbolRange {
  std::uint64_t first = 0, last = 0;
};

std::uint64_t within_limit(std::uint64_t count) {
  if (count > max_symbols)
    malformed("the file claims " + std::to_string(count) + " symbols, more than a driver has");
  return count;
}

// The table does not tell its length: it ends where the chain of the last bucket ends.
SymbolRange gnu_hash_range(Window& file, std::uint64_t offset) {
  const auto bucket_count = within_limit(file.get<std::uint32_t>(offset));
  const auto first = within_limit(file.get<std::uint32_t>(offset + 4));
  const auto bloom_count = within_limit(file.get<std::uint32_t>(offset + 8));
  const std::uint64_t buckets = offset + 16 + bloom_count * sizeof(ElfW(Addr));
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < bucket_count; ++i)
    last = std::max<std::uint64_t>(last, file.get<std::uint32_t>(buckets + i * 4));
  if (last < first) return {};
  const std::uint64_t chains = buckets + bucket_count * 4;
  while ((file.get<std::uint32_t>(chains + (within_limit(last) - first) * 4) & 1) == 0) ++last;
  return {first, last + 1};
}

SymbolRange symbol_range(Window& file, const DynamicTable& table) {
  if (table.gnu_hash) return gnu_hash_range(file, *table.gnu_hash);
  if (table.hash) return {0, within_limit(file.get<std::uint32_t>(*table.hash + 4))};
  return {};
}

bool is_exported_object(const Symbol& symbol) {
  const auto type = ELF64_ST_TYPE(symbol.st_info);  // the same bits in both classes
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && (type == STT_OBJECT || type == STT_NOTYPE) &&
         ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

// "berth_driver_v1_memory"; nothing for the symbols of others.
std::optional<DriverSymbol> parse_symbol(std::string_view text) {
  if (!text.starts_with(symbol_prefix)) return std::nullopt;
  const char* const end = text.data() + text.size();
  DriverSymbol symbol;
  const auto [rest, error] =
      std::from_chars(text.data() + symbol_prefix.size(), end, symbol.abi_major);
  if (error != std::errc() || symbol.abi_major < 0 || rest == end || *rest != '_')
    return std::nullopt;
  symbol.name.assign(rest + 1, end);
  if (!model::is_driver_name(symbol.name))
    malformed("the file exports a driver whose name is not of the form [a-z][a-z0-9_]{0,31}");
  return symbol;
}

// The string at an index of the string table, cut after longest bytes, which is at most the size of
// a window. Valid until the next use of the window.
std::string_view string_at(Window& file, const DynamicTable& table, std::uint64_t index,
                           std::size_t longest) {
  if (index >= table.strings_size) malformed("a symbol's name lies outside of the string table");
  const std::uint64_t place = *table.strings + index;
  check_within(file, place, 1);
  const std::uint64_t most =
      std::min({table.strings_size - index, file.size() - place, std::uint64_t{longest}});
  const std::string_view text(file.at(place, most), most);
  return text.substr(0, text.find('\0'));
}

std::vector<DriverSymbol> find_drivers(Window& symbols, Window& strings,
                                       const DynamicTable& table) {
  constexpr std::size_t longest = symbol_prefix.size() + 10 + 1 + model::max_driver_name + 2;
  std::vector<DriverSymbol> drivers;
  const SymbolRange range = symbol_range(strings, table);
  for (std::uint64_t i = range.first; i < range.last; ++i) {
    const auto symbol = symbols.get<Symbol>(*table.symbols + i * sizeof(Symbol));
    if (!is_exported_object(symbol)) continue;
    if (auto driver = parse_symbol(string_at(strings, table, symbol.st_name, longest)))
      drivers.push_back(std::move(*driver));
    if (drivers.size() > max_drivers) malformed("the file claims to hold more than 256 drivers");
  }
  return drivers;
}

std::uint64_t size_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    throw Refusal{Verdict::unreadable, "the file is not a regular file"};
  return static_cast<std::uint64_t>(status.st_size);
}

std::vector<std::string> split_search_path(std::string_view list) {
  std::vector<std::string> folders;
  while (!list.empty()) {
    const std::string_view folder = list.substr(0, list.find(':'));
    folders.emplace_back(folder);
    list.remove_prefix(std::min(folder.size() + 1, list.size()));
  }
  return folders;
}

ElfLinks links_of(Window& file, const DynamicTable& table) {
  constexpr std::size_t longest = 8192;
  ElfLinks links;
  if (!table.strings) return links;
  for (const std::uint64_t index : table.needed)
    links.needed.emplace_back(string_at(file, table, index, longest));
  if (const auto path = table.runpath ? table.runpath : table.rpath)
    links.search_path = split_search_path(string_at(file, table, *path, longest));
  return links;
}

std::vector<DriverSymbol> read(int fd) {
  const std::uint64_t size = size_of(fd);
  Window file(fd, size);
  const Header header = read_header(file);
  const std::vector<Segment> segments = read_segments(file, header);
  check_section_headers(file, header);
  const DynamicTable table = read_dynamic(file, segments);
  if (!table.symbols || !table.strings) return {};
  Window strings(fd, size);
  return find_drivers(file, strings, table);
}

}  // namespace

ElfLinks read_links(int fd) {
  try {
    Window file(fd, size_of(fd));
    const Header header = read_header(file);
    return links_of(file, read_dynamic(file, read_segments(file, header)));
  } catch (const Refusal&) {
    return {};
  }
}

ElfSymbols read_driver_symbols(int fd) {
  try {
    std::vector<DriverSymbol> drivers = read(fd);
    if (drivers.empty())
      return {Verdict::not_a_plugin, "the file is a shared object, but holds no driver", {}};
    const auto key = [](const DriverSymbol& d) { return std::tie(d.name, d.abi_major); };
    std::sort(drivers.begin(), drivers.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    return {Verdict::usable, {}, std::move(drivers)};
  } catch (const Refusal& refusal) {
    return {refusal.verdict, refusal.reason, {}};
  }
}

}  // namespace berth::discovery
