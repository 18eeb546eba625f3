// SPDX-License-Identifier: Apache-2.0
//
// Reads the lock file and compares digests. A lock that is damaged refuses everything: it was put
// there to keep code out.
#include "discovery/lock_file.hpp"

#include <fcntl.h>
#include <sha2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "discovery/descriptor.hpp"
#include "discovery/printable.hpp"
#include "discovery/trust.hpp"
#include "model/lower_case.hpp"

namespace berth::discovery {
namespace {

constexpr off_t largest_lock_file = 1 << 20;

// Calls take(data, size) for each piece of the file, from its start.
template <class Take>
void read_all(int fd, Take take) {
  std::array<std::uint8_t, 65536> buffer;
  for (off_t offset = 0;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "cannot be read");
    if (got == 0) return;
    take(buffer.data(), static_cast<std::size_t>(got));
    offset += got;
  }
}

std::string read_lock(const std::filesystem::path& path, bool allow_untrusted) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) throw std::system_error(errno, std::generic_category(), "cannot be opened");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw std::runtime_error("is not a regular file");
  if (status.st_size > largest_lock_file) throw std::runtime_error("is larger than 1 MiB");
  const std::string reason =
      allow_untrusted ? std::string() : untrusted_reason(status, "lock file");
  if (!reason.empty()) throw std::runtime_error("is not trusted: " + reason);
  std::string text;
  read_all(file.get(), [&](const std::uint8_t* data, std::size_t size) {
    text.append(reinterpret_cast<const char*>(data), size);
  });
  return text;
}

bool is_digest(std::string_view text) {
  return text.size() == SHA256_DIGEST_LENGTH * 2 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::map<std::string, std::string, std::less<>> parse_lock(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw std::runtime_error("is not a JSON object of file names and digests");
  std::map<std::string, std::string, std::less<>> digests;
  for (const auto& [name, value] : json.items()) {
    std::string digest =
        value.is_string() ? model::lower_case(value.get<std::string>()) : std::string();
    if (!is_digest(digest))
      throw std::runtime_error("has no SHA-256 of 64 hex digits for " +
                               printable(std::string_view(name)));
    digests.emplace(name, std::move(digest));
  }
  return digests;
}

}  // namespace

std::string sha256_of(int fd) {
  SHA2_CTX context;
  ::SHA256Init(&context);
  read_all(fd, [&](const std::uint8_t* data, std::size_t size) {
    ::SHA256Update(&context, data, size);
  });
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digest;
  return ::SHA256End(&context, digest.data());
}

LockFile::LockFile(const std::filesystem::path& file, bool allow_untrusted)
    : printable_path_(printable(file)) {
  if (file.empty()) return;
  try {
    digests_ = parse_lock(read_lock(file, allow_untrusted));
  } catch (const std::exception& error) {
    problem_ = "the lock file " + printable_path_ + " " + error.what();
  }
}

std::string LockFile::digest_of(const std::string& file_name) const {
  const auto expected = digests_.find(file_name);
  return expected == digests_.end() ? std::string() : expected->second;
}

std::string LockFile::mismatch(const std::string& file_name, int fd) const {
  if (printable_path_.empty()) return {};
  if (!problem_.empty()) return problem_;
  const auto expected = digests_.find(file_name);
  if (expected == digests_.end())
    return "the lock file " + printable_path_ + " does not name the file";
  const std::string digest = sha256_of(fd);
  if (digest == expected->second) return {};
  return "the file's SHA-256 is " + digest + ", the lock file " + printable_path_ + " has " +
         expected->second;
}

}  // namespace berth::discovery
