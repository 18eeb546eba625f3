// SPDX-License-Identifier: Apache-2.0
//
// A driver that signs with tokens of a scripted authority, over a scripted service that speaks
// https, as the service wants it for tokens.
#pragma once

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include "driver.hpp"
#include "support/certificate.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

inline Answer token_answer(const std::string& token, const std::string& life = "3600") {
  return Answer(200, R"({"token_type":"Bearer","expires_in":)" + life + R"(,"access_token":")" +
                         token + "\"}");
}

// The n-th token is "t" and n, from 1 on; each is waited for so long.
class TokenStore {
 public:
  explicit TokenStore(ScriptedServer::Handler handler, std::chrono::milliseconds wait = {})
      : authority([this, wait](const SeenRequest&) {
          return token_answer("t" + std::to_string(++given)).delay(wait);
        }),
        service(std::move(handler), certificate_.server_context()) {
    std::ofstream(dir_.path() / "ca.pem") << certificate_.pem();
    azure::AzureDriver::init();
    driver = open_driver<azure::AzureDriver>({{"serviceurl", service.url() + "/acct"},
                                              {"accountname", "acct"},
                                              {"container", "cont"},
                                              {"legacyleadingslash", "false"},
                                              {"authorityhost", authority.url()},
                                              {"credentials.type", "client_secret"},
                                              {"credentials.clientid", "c"},
                                              {"credentials.tenantid", "t"},
                                              {"credentials.secret", "s"},
                                              {"cafile", dir_.string() + "/ca.pem"},
                                              {"proxy", "none"}});
  }

 private:
  const Certificate certificate_;
  const TempDir dir_;

 public:
  std::atomic<int> given{0};
  ScriptedServer authority, service;
  std::unique_ptr<azure::AzureDriver> driver;
};

}  // namespace berth::test
