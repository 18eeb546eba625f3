// SPDX-License-Identifier: Apache-2.0
//
// The rule of trust.hpp, and its sentences.
#include "discovery/trust.hpp"

#include <unistd.h>

namespace berth::discovery {

std::string distrust(const struct stat& status, const char* noun) {
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

}  // namespace berth::discovery
