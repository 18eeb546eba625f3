// SPDX-License-Identifier: Apache-2.0
//
// Holds an object of static storage that its stores need until the last of them is closed, as
// drivers with a global client do.
#include <memory>
#include <string>

#include "fake.hpp"

namespace {

struct Client {
  std::string greeting = "a text too long for the small string optimisation";
};

const std::unique_ptr<Client>& client() {
  static const auto instance = std::make_unique<Client>();
  return instance;
}

class GlobalClient final : public Fake {
 public:
  GlobalClient(const berth::sdk::Parameters&, const berth::sdk::Call&) { (void)client(); }
  ~GlobalClient() override { closed_ = client()->greeting; }

 private:
  std::string closed_;
};

}  // namespace

BERTH_DRIVER(global_client, GlobalClient);
