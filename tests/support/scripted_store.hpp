// SPDX-License-Identifier: Apache-2.0
//
// A driver on a scripted server, for tests of a misbehaving service. `Defaults` names the driver
// class and the default parameters.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

using Given = std::map<std::string, std::string>;

template <class Defaults>
class ScriptedStoreOf {
 public:
  using Driver = typename Defaults::Driver;

  explicit ScriptedStoreOf(std::vector<Answer> script, Given given = {})
      : server(std::move(script)), driver(open(std::move(given))) {}
  explicit ScriptedStoreOf(ScriptedServer::Handler handler, Given given = {})
      : server(std::move(handler)), driver(open(std::move(given))) {}

  // One per request, such as "PUT /b/k?uploads=".
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    for (const SeenRequest& request : server.requests())
      lines.push_back(request.method + ' ' + request.target);
    return lines;
  }

  ScriptedServer server;
  std::unique_ptr<Driver> driver;

 private:
  std::unique_ptr<Driver> open(Given given) {
    Driver::init();
    given.merge(Defaults::parameters(server.url()));
    return open_driver<Driver>(given);
  }
};

}  // namespace berth::test
