// SPDX-License-Identifier: Apache-2.0
//
// A self-signed certificate for loopback, created when a test needs one.
#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace berth::test {

class Certificate {
 public:
  // For 127.0.0.1 and the given host name.
  explicit Certificate(const std::string& host = "localhost");

  const std::string& pem() const noexcept { return pem_; }  // what a client must trust

  // The TLS context of a server with this certificate: TLS 1.2 and 1.3, or at most the given
  // version.
  std::shared_ptr<ssl_ctx_st> server_context(int newest_version = 0) const;

 private:
  std::string pem_;
  std::string key_;
};

}  // namespace berth::test
