// SPDX-License-Identifier: Apache-2.0
#include "common/http/trust.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <berth/driver.hpp>
#include <cstdlib>

namespace berth::http {
namespace {

constexpr std::array known_files{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL 7 and later
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine, BSD
    "/usr/local/share/certs/ca-root-nss.crt",             // FreeBSD
};
constexpr const char* known_folder = "/etc/ssl/certs";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_folder(const std::string& path) noexcept {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// What was named must be readable: falling back silently would trust whom nobody asked for.
Trust named(const std::string& path, const std::string& origin) {
  if (::access(path.c_str(), R_OK) != 0)
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     "the CA file '" + path + "' (" + origin + ") cannot be read: " +
                         std::generic_category().message(errno) + "; name a readable PEM file");
  if (is_folder(path)) return {"", path, origin};
  return {path, "", origin};
}

Trust from_system() {
  for (const char* file : known_files)
    if (::access(file, R_OK) == 0) return {file, "", "the system's place"};
  if (is_folder(known_folder)) return {"", known_folder, "the system's place"};
  return {};
}

}  // namespace

Trust Trust::choose(std::string_view cafile) {
  if (!cafile.empty()) return named(std::string(cafile), "cafile");
  const std::string file = variable("SSL_CERT_FILE");
  const std::string folder = variable("SSL_CERT_DIR");
  if (!file.empty()) {
    Trust trust = named(file, "SSL_CERT_FILE");
    if (trust.folder.empty()) trust.folder = folder;
    return trust;
  }
  if (!folder.empty()) return {"", folder, "SSL_CERT_DIR"};
  const std::string bundle = variable("AWS_CA_BUNDLE");
  if (!bundle.empty()) return named(bundle, "AWS_CA_BUNDLE");
  return from_system();
}

std::string Trust::shown() const {
  const std::string& place = file.empty() ? folder : file;
  if (place.empty()) return "no CA file at all (none was found on this system)";
  return "the CA file '" + place + "' (" + origin + ")";
}

}  // namespace berth::http
