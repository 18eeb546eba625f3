// SPDX-License-Identifier: Apache-2.0
#include "discovery/elf_symbols.hpp"

#include <elf.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "core/discovery/plugin_bytes.hpp"

namespace berth::test {
namespace {

using discovery::ElfSymbols;

// The plugins of these tests are of this machine, and only 64-bit machines run them.
Elf64_Ehdr header_of(const std::string& bytes) {
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

// Offset of the first program header of a type.
std::size_t segment_at(const std::string& bytes, std::uint32_t type) {
  const Elf64_Ehdr header = header_of(bytes);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const std::size_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + at, sizeof segment);
    if (segment.p_type == type) return at;
  }
  throw std::runtime_error("no such segment");
}

// Offset of the value of a dynamic entry. The plugins' dynamic tables lie where PT_DYNAMIC says.
std::size_t dynamic_value_at(const std::string& bytes, std::int64_t tag) {
  Elf64_Phdr segment;
  std::memcpy(&segment, bytes.data() + segment_at(bytes, PT_DYNAMIC), sizeof segment);
  for (std::size_t at = segment.p_offset; at < segment.p_offset + segment.p_filesz;
       at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.d_tag == tag) return at + offsetof(Elf64_Dyn, d_un);
  }
  throw std::runtime_error("no such entry");
}

void without_section_headers(std::string& bytes) {
  patch<std::uint64_t>(bytes, offsetof(Elf64_Ehdr, e_shoff), 0);
  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_shnum), 0);
  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_shstrndx), 0);
}

void check_holds_good(const ElfSymbols& symbols) {
  CHECK(symbols.verdict == Verdict::usable);
  CHECK(symbols.reason == "");
  REQUIRE(symbols.drivers.size() == 1);
  CHECK(symbols.drivers[0].name == "good");
  CHECK(symbols.drivers[0].abi_major == 1);
}

void check_refused(const std::string& bytes, Verdict verdict, const std::string& reason) {
  const ElfSymbols symbols = symbols_of(bytes);
  CHECK(to_string(symbols.verdict) == to_string(verdict));
  CHECK(symbols.reason == reason);
  CHECK(symbols.drivers.empty());
}

}  // namespace

TEST_CASE("a plugin's driver is found by the name of its symbol") {
  check_holds_good(symbols_of(fake_bytes("good")));
}

TEST_CASE("a driver is found whichever linker made the file, stripped or optimised at link time") {
  std::string_view names = BERTH_LINKAGES;
  while (!names.empty()) {
    const std::string name(names.substr(0, names.find(',')));
    CAPTURE(name);
    check_holds_good(symbols_of(fake_bytes("linked_" + name)));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
  }
}

TEST_CASE("a driver is found in a file without section headers") {
  std::string bytes = fake_bytes("good");
  without_section_headers(bytes);
  check_holds_good(symbols_of(bytes));
}

TEST_CASE("section headers that lie inside of the file are not believed") {
  std::string bytes = fake_bytes("good");
  const std::size_t sections = header_of(bytes).e_shoff;
  bytes.replace(sections, bytes.size() - sections, bytes.size() - sections, '\x5A');
  check_holds_good(symbols_of(bytes));
}

TEST_CASE("two drivers of one file are both found, in the order of their names") {
  const ElfSymbols symbols = symbols_of(fake_bytes("two_drivers"));
  REQUIRE(symbols.drivers.size() == 2);
  CHECK(symbols.drivers[0].name == "first_of_two");
  CHECK(symbols.drivers[1].name == "second_of_two");
}

TEST_CASE("the ABI major is read from the symbol") {
  const ElfSymbols symbols = symbols_of(fake_bytes("abi_v2"));
  CHECK(symbols.verdict == Verdict::usable);
  REQUIRE(symbols.drivers.size() == 1);
  CHECK(symbols.drivers[0].name == "future");
  CHECK(symbols.drivers[0].abi_major == 2);
}

TEST_CASE("a shared object without a driver is not a plugin") {
  check_refused(fake_bytes("foreign_abort"), Verdict::not_a_plugin,
                "the file is a shared object, but holds no driver");
}

TEST_CASE("a text file is not a plugin") {
  check_refused("INPUT(-lncurses)\n", Verdict::not_a_plugin,
                "the file is not a shared object (no ELF header)");
}

TEST_CASE("an empty file is malformed") {
  check_refused("", Verdict::malformed, "the file is empty");
}

TEST_CASE("an object file, a program and a core dump are not plugins") {
  for (const std::uint16_t type : {ET_REL, ET_EXEC, ET_CORE}) {
    std::string bytes = fake_bytes("good");
    patch(bytes, offsetof(Elf64_Ehdr, e_type), type);
    check_refused(bytes, Verdict::not_a_plugin, "the file is ELF, but not a shared object");
  }
}

#if defined(__x86_64__)
TEST_CASE("a plugin for another machine is named by that machine") {
  const std::string ours = ", this program is x86-64 (64-bit, little-endian)";
  std::string bytes = fake_bytes("good");
  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), EM_AARCH64);
  check_refused(bytes, Verdict::wrong_architecture,
                "the file is made for aarch64 (64-bit, little-endian)" + ours);

  bytes[EI_DATA] = ELFDATA2MSB;
  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), EM_S390 << 8);
  check_refused(bytes, Verdict::wrong_architecture,
                "the file is made for s390 (64-bit, big-endian)" + ours);

  bytes = fake_bytes("good");
  bytes[EI_CLASS] = ELFCLASS32;
  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), EM_386);
  check_refused(bytes, Verdict::wrong_architecture,
                "the file is made for x86 (32-bit, little-endian)" + ours);

  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), 9999);
  check_refused(bytes, Verdict::wrong_architecture,
                "the file is made for machine 9999 (32-bit, little-endian)" + ours);
}
#endif

TEST_CASE("a file cut short says how long it is and how long it should be") {
  const std::string bytes = fake_bytes("good");
  const Elf64_Ehdr header = header_of(bytes);
  const auto needed = std::to_string(header.e_shoff + header.e_shnum * sizeof(Elf64_Shdr));
  check_refused(bytes.substr(0, bytes.size() - 1), Verdict::malformed,
                "the file is " + std::to_string(bytes.size() - 1) +
                    " bytes long but its headers need " + needed +
                    ": it is cut short, copy it again");
}

TEST_CASE("every shorter copy of a plugin is malformed") {
  const std::string bytes = fake_bytes("good");
  const std::size_t step = bytes.size() / 700 + 1;
  for (std::size_t size = 0; size < bytes.size(); size += size < 128 ? 1 : step) {
    CAPTURE(size);
    const ElfSymbols symbols = symbols_of(bytes.substr(0, size));
    REQUIRE(symbols.verdict == Verdict::malformed);
    REQUIRE(symbols.drivers.empty());
  }
}

TEST_CASE("a plugin with damaged bytes gets some verdict, and never names that are none") {
  const std::string good = fake_bytes("linked_stripped");
  std::mt19937 random(20260);
  const auto below = [&](std::size_t n) { return random() % n; };
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = good;
    // The first page holds all headers and most tables; damage it more often than the rest.
    for (std::size_t n = 1 + below(8); n > 0; --n)
      bytes[below(round % 4 == 0 ? bytes.size() : 4096)] = static_cast<char>(random());
    const ElfSymbols symbols = symbols_of(bytes);
    REQUIRE((symbols.verdict == Verdict::usable) == symbols.reason.empty());
    for (const auto& driver : symbols.drivers)
      REQUIRE(driver.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
              std::string::npos);
  }
}

TEST_CASE("each byte of the headers and tables set to all ones is survived") {
  const std::string good = fake_bytes("linked_stripped");
  for (std::size_t at = 0; at < 4096; ++at) {
    std::string bytes = good;
    patch<std::uint8_t>(bytes, at, 0xFF);
    const ElfSymbols symbols = symbols_of(bytes);
    REQUIRE((symbols.verdict == Verdict::usable) == symbols.reason.empty());
  }
}

TEST_CASE("a claim of billions of symbols is refused, not obeyed") {
  std::string bytes = fake_bytes("linked_sysv");
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes.data() + dynamic_value_at(bytes, DT_HASH), sizeof hash);
  patch<std::uint32_t>(bytes, hash + 4, 0xFFFFFFFF);  // the first segment maps the file's start
  check_refused(bytes, Verdict::malformed,
                "the file claims 4294967295 symbols, more than a driver has");
}

TEST_CASE("a claim of billions of hash buckets is refused, not obeyed") {
  std::string bytes = fake_bytes("good");
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes.data() + dynamic_value_at(bytes, DT_GNU_HASH), sizeof hash);
  patch<std::uint32_t>(bytes, hash, 0xFFFFFFFF);
  check_refused(bytes, Verdict::malformed,
                "the file claims 4294967295 symbols, more than a driver has");
}

TEST_CASE("a table outside of the segments is malformed") {
  std::string bytes = fake_bytes("good");
  patch<std::uint64_t>(bytes, dynamic_value_at(bytes, DT_STRTAB), UINT64_C(1) << 60);
  check_refused(bytes, Verdict::malformed,
                "a table of the file lies outside of its segments: it is damaged");
}

TEST_CASE("a string table that claims to be empty is malformed") {
  std::string bytes = fake_bytes("good");
  patch<std::uint64_t>(bytes, dynamic_value_at(bytes, DT_STRSZ), 0);
  check_refused(bytes, Verdict::malformed, "a symbol's name lies outside of the string table");
}

TEST_CASE("a segment that ends behind the largest number is malformed") {
  std::string bytes = fake_bytes("good");
  const std::size_t load = segment_at(bytes, PT_LOAD);
  patch<std::uint64_t>(bytes, load + offsetof(Elf64_Phdr, p_offset), 64);
  patch<std::uint64_t>(bytes, load + offsetof(Elf64_Phdr, p_filesz), UINT64_MAX);
  check_refused(bytes, Verdict::malformed,
                "the file is " + std::to_string(bytes.size()) +
                    " bytes long but its headers need 18446744073709551615: it is cut short, copy "
                    "it again");
}

TEST_CASE("too many program headers are malformed") {
  std::string bytes = fake_bytes("good");
  patch<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_phnum), 0xFFFF);
  check_refused(bytes, Verdict::malformed, "the file's program headers are damaged");
}

TEST_CASE("a driver's name that the grammar does not know is malformed") {
  std::string bytes = fake_bytes("linked_stripped");
  for (std::size_t at = 0; (at = bytes.find("berth_driver_v1_good", at)) != std::string::npos;)
    bytes.replace(at, 20, "berth_driver_v1_Good");
  check_refused(bytes, Verdict::malformed,
                "the file exports a driver whose name is not of the form [a-z][a-z0-9_]{0,31}");
}

TEST_CASE("a symbol that only begins like a driver's is none") {
  std::string bytes = fake_bytes("linked_stripped");
  for (std::size_t at = 0; (at = bytes.find("berth_driver_v1_good", at)) != std::string::npos;)
    bytes.replace(at, 20, "berth_driver_version");
  check_refused(bytes, Verdict::not_a_plugin, "the file is a shared object, but holds no driver");
}

TEST_CASE("a descriptor that is no regular file is unreadable") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const ElfSymbols symbols = discovery::read_driver_symbols(ends[0]);
  CHECK(symbols.verdict == Verdict::unreadable);
  CHECK(symbols.reason == "the file is not a regular file");
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace berth::test
