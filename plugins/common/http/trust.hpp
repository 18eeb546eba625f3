// SPDX-License-Identifier: Apache-2.0
//
// Which certification authorities are trusted, and where that was said, so that a refused
// certificate is a sentence that names the file.
#ifndef BERTH_COMMON_HTTP_TRUST_HPP
#define BERTH_COMMON_HTTP_TRUST_HPP

#include <string>
#include <string_view>

namespace berth::http {

struct Trust {
  std::string file;    // PEM; empty: none
  std::string folder;  // of hashed certificates; empty: none
  std::string origin;  // "cafile", "SSL_CERT_FILE", or "the system's place"

  // The parameter, else SSL_CERT_FILE and SSL_CERT_DIR, else AWS_CA_BUNDLE, else the first of the
  // known places that exists. Throws INVALID_PARAMETERS naming the file that cannot be read.
  static Trust choose(std::string_view cafile);

  std::string shown() const;  // for messages
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_TRUST_HPP
