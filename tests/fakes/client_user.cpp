// SPDX-License-Identifier: Apache-2.0
//
// The driver client_v1 or client_v2, by CLIENT_VERSION: an object's content is the version of the
// static library that the plugin got.
#include "fake.hpp"

extern "C" const char* make_client(void);
extern "C" int client_calls;

namespace {

class ClientUser final : public Fake {
 public:
  ClientUser(const berth::sdk::Parameters&, const berth::sdk::Call&) {}
  void get(std::string_view, const berth::sdk::Buffer& into, const berth::sdk::Call&) override {
    into.append(make_client());
    into.append(client_calls >= 100 ? " with calls of another" : "");
  }
};

}  // namespace

#if CLIENT_VERSION == 1
BERTH_DRIVER(client_v1, ClientUser);
#else
BERTH_DRIVER(client_v2, ClientUser);
#endif
