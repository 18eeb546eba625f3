// SPDX-License-Identifier: Apache-2.0
//
// Uses the transport while the program exits, after the exit handlers of all libraries. "ours": the
// transport was the first to use OpenSSL, which then still works. "theirs": the program was; then
// it is cleaned up, and a use must be an error and no crash. The exit code is 0 if it is so.
#include <openssl/crypto.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "common/crypto.hpp"
#include "common/http/http.hpp"
#include "support/driver_calls.hpp"

namespace {

using namespace berth;

std::unique_ptr<http::Client> client;
bool usable_at_exit = false;

berth_status status_of_request() {
  http::Request request;
  request.url = http::Url::parse("http://127.0.0.1:1/", "url");  // where no server listens
  try {
    client->send(request, test::FakeCall());
  } catch (const sdk::Error& error) {
    return error.status();
  }
  return BERTH_STATUS_OK;
}

berth_status status_of_digest() {
  try {
    return common::digest(common::Hash::sha256, "x").size() == 32 ? BERTH_STATUS_OK
                                                                  : BERTH_STATUS_INTERNAL;
  } catch (const sdk::Error& error) {
    return error.status();
  }
}

// Registered first, so it runs last.
void use_at_exit() {
  const bool as_expected = usable_at_exit ? status_of_digest() == BERTH_STATUS_OK &&
                                                status_of_request() == BERTH_STATUS_UNAVAILABLE
                                          : status_of_digest() == BERTH_STATUS_WRONG_STATE &&
                                                status_of_request() == BERTH_STATUS_WRONG_STATE;
  client.reset();
  ::_exit(as_expected ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  usable_at_exit = std::string(argv[1]) == "ours";
  if (std::atexit(&use_at_exit) != 0) return 3;
  if (!usable_at_exit) OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  http::ClientOptions options;
  options.proxy = "none";
  client = std::make_unique<http::Client>(options);
  return status_of_request() == BERTH_STATUS_UNAVAILABLE && status_of_digest() == BERTH_STATUS_OK
             ? 0
             : 4;
}
