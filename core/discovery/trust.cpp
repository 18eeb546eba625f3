// SPDX-License-Identifier: Apache-2.0
//
// The rules of trust.hpp, and the sentences for what breaks them.
#include "discovery/trust.hpp"

#include <unistd.h>

#include <system_error>

#include "discovery/printable.hpp"

namespace berth::discovery {
namespace {

namespace fs = std::filesystem;

bool is_sticky(const struct stat& status) {
  return S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
}

}  // namespace

std::string untrusted_reason(const struct stat& status, const char* noun) {
  const std::string the = std::string("the ") + noun;
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return the + " belongs to user " + std::to_string(status.st_uid) +
           ", not to root or the user of this program: change its owner, or allow untrusted "
           "plugins";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return the + " can be changed by " +
           ((status.st_mode & S_IWOTH) != 0 ? "everyone" : "its group") +
           ": run chmod go-w on it, or allow untrusted plugins";
  return {};
}

std::string untrusted_folder_reason(const struct stat& folder, const char* noun) {
  struct stat status = folder;
  if (is_sticky(folder)) status.st_mode &= ~static_cast<mode_t>(S_IWGRP | S_IWOTH);
  return untrusted_reason(status, noun);
}

// From the root down: once a folder is closed to others, what it holds cannot be swapped before the
// next one is looked at.
std::string untrusted_path_reason(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  if (error) return printable(path) + " cannot be resolved: " + error.message();
  const auto name = [](const struct stat& status, const fs::path& named) {
    return (S_ISDIR(status.st_mode) ? "folder " : "file ") + printable(named);
  };
  fs::path at;
  struct stat above {};
  for (const fs::path& part : real) {
    at /= part;
    struct stat status {};
    const bool exists = ::lstat(at.c_str(), &status) == 0;
    const std::string reason = exists
                                   ? untrusted_folder_reason(status, name(status, at).c_str())
                                   : untrusted_reason(above, name(above, at.parent_path()).c_str());
    if (!reason.empty() || !exists) return reason;
    above = status;
  }
  return untrusted_reason(above, name(above, real).c_str());
}

}  // namespace berth::discovery
