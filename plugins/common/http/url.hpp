// SPDX-License-Identifier: Apache-2.0
//
// Where a request goes, in the parts that are signed: what stands in `path` and `query` goes over
// the wire byte for byte, and host_header() is the Host header byte for byte. Nothing here encodes
// or squashes; the driver has encoded already.
#ifndef BERTH_COMMON_HTTP_URL_HPP
#define BERTH_COMMON_HTTP_URL_HPP

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::http {

struct Url {
  std::string scheme = "https";  // "http" or "https"
  std::string host;              // lower case; an IPv6 address without its brackets
  uint16_t port = 0;             // 0: the scheme's own
  std::string path = "/";        // percent-encoded, begins with '/'
  std::string query;             // percent-encoded, without the '?'; empty: none

  // Reads "https://host:port/path?query"; without a scheme, `default_scheme` is meant. Throws
  // INVALID_PARAMETERS with a sentence that names `parameter` ("regionendpoint") when it is no such
  // URL or holds credentials; the text itself is shown only when it cannot hold a secret.
  static Url parse(std::string_view text, std::string_view parameter,
                   std::string_view default_scheme = "https");

  bool tls() const noexcept { return scheme == "https"; }
  bool is_local() const noexcept;  // a loopback address, or "localhost"
  uint16_t effective_port() const noexcept;

  // "host" or "host:port" where the port is not the scheme's; IPv6 in brackets.
  std::string host_header() const;
  std::string authority() const;  // "host:port", always with the port: for messages
  std::string target() const;     // path and query, as in the request line
  std::string text() const;       // all of it
  std::string place() const;      // scheme, host and path, without the query: safe in logs
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_URL_HPP
