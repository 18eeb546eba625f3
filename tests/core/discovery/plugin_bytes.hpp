// SPDX-License-Identifier: Apache-2.0
//
// Plugins as bytes, to be cut, patched and laid somewhere else.
#pragma once

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "discovery/elf_symbols.hpp"

namespace berth::test {

inline std::filesystem::path fake_path(const std::string& name) {
  return std::filesystem::path(BERTH_FAKES) / (name + ".so");
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

inline std::string fake_bytes(const std::string& name) {
  return read_file(fake_path(name));
}

// Overwrites a number at an offset.
template <class T>
void patch(std::string& bytes, std::size_t offset, T value) {
  if (offset > bytes.size() || sizeof value > bytes.size() - offset)
    throw std::out_of_range("patch");
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// A file that lives in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(::memfd_create("plugin", MFD_CLOEXEC)) {
    if (fd_ < 0 || ::write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("memfd");
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

inline discovery::ElfSymbols symbols_of(std::string_view bytes) {
  const MemoryFile file(bytes);
  return discovery::read_driver_symbols(file.fd());
}

}  // namespace berth::test
