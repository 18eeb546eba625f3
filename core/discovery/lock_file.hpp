// SPDX-License-Identifier: Apache-2.0
//
// The lock file: a JSON object {file name: SHA-256 in hex} of the plugins that may be loaded.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace berth::discovery {

// The SHA-256 of an open file from its first byte, in lower-case hex. Throws std::system_error.
std::string sha256_of(int fd);

class LockFile {
 public:
  // Reads the file; an empty path is no lock. A lock that cannot be read or trusted allows nothing:
  // mismatch() then tells why.
  LockFile(const std::filesystem::path& file, bool allow_untrusted);

  // Why the file of that name must not be loaded; empty: its digest is the one of the lock file, or
  // there is no lock.
  std::string mismatch(const std::string& file_name, int fd) const;

  // The digest that the lock names for the file; empty: there is no lock, or not for that file.
  std::string digest_of(const std::string& file_name) const;

 private:
  std::string printable_path_;  // empty: no lock
  std::string problem_;         // why nothing is allowed
  std::map<std::string, std::string, std::less<>> digests_;
};

}  // namespace berth::discovery
