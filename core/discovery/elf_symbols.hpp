// SPDX-License-Identifier: Apache-2.0
//
// Which drivers a file holds, read from its ELF tables without running any code of it. Reads with
// pread only; work and memory are bounded whatever the file claims.
#pragma once

#include <string>
#include <vector>

#include <berth/factory.hpp>

namespace berth::discovery {

// The symbol berth_driver_v<abi_major>_<name> of a file.
struct DriverSymbol {
  std::string name;
  int abi_major = 0;
};

// usable: drivers is not empty, of whatever ABI major. Otherwise not_a_plugin, malformed,
// unreadable or wrong_architecture, and a reason.
struct ElfSymbols {
  Verdict verdict = Verdict::not_a_plugin;
  std::string reason;
  std::vector<DriverSymbol> drivers;  // sorted by name, then major
};

// Reads the dynamic symbols of an open regular file, where the loader would find them: through
// PT_DYNAMIC and the hash table. So files without section headers work, and section headers that
// lie do no harm. [any thread]
ElfSymbols read_driver_symbols(int fd);

// What a shared object says about the libraries that it needs.
struct ElfLinks {
  std::vector<std::string> needed;       // DT_NEEDED
  std::vector<std::string> search_path;  // folders of DT_RUNPATH, or else of DT_RPATH, as written
};

// Reads them from an open regular file. Empty when the file is not a sound shared object, which
// the loader then refuses as well. [any thread]
ElfLinks read_links(int fd);

}  // namespace berth::discovery
