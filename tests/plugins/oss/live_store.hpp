// SPDX-License-Identifier: Apache-2.0
//
// A driver on the server of BERTH_OSS_*, below a root of its own that is emptied at the end.
#ifndef BERTH_TESTS_OSS_LIVE_STORE_HPP
#define BERTH_TESTS_OSS_LIVE_STORE_HPP

#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "common/crypto.hpp"
#include "common/http.hpp"
#include "oss_driver.hpp"
#include "support/driver_calls.hpp"
#include "support/plain_request.hpp"

namespace berth::test {

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) +
                             " is not set; start a server with tests/servers/oss.sh start");
  return value;
}

class LiveStore {
 public:
  using Given = std::map<std::string, std::string>;

  explicit LiveStore(Given given = {}) : given_(std::move(given)) {
    oss::OssDriver::init();
    given_.emplace("endpoint", environment("BERTH_OSS_ENDPOINT"));
    given_.emplace("region", environment("BERTH_OSS_REGION"));
    given_.emplace("bucket", environment("BERTH_OSS_BUCKET"));
    given_.emplace("accesskeyid", environment("BERTH_OSS_ACCESS_KEY_ID"));
    given_.emplace("accesskeysecret", environment("BERTH_OSS_ACCESS_KEY_SECRET"));
    given_.emplace("rootdirectory", "t-" + common::hex(common::random_bytes(6)));
    given_.emplace("chunksize", "5242880");
    given_.emplace("proxy", "none");
    driver_ = open_driver<oss::OssDriver>(given_);
  }
  ~LiveStore() {
    for (const std::string& name : list(*driver_, "/"))
      remove(*driver_, name.back() == '/' ? name.substr(0, name.size() - 1) : name);
  }
  LiveStore(const LiveStore&) = delete;
  LiveStore& operator=(const LiveStore&) = delete;

  oss::OssDriver& operator*() const { return *driver_; }
  oss::OssDriver* operator->() const { return driver_.get(); }

  // The same place with other parameters.
  std::unique_ptr<oss::OssDriver> again(const Given& changes) const {
    Given given = given_;
    for (const auto& [key, value] : changes) given[key] = value;
    return open_driver<oss::OssDriver>(given);
  }

 private:
  Given given_;
  std::unique_ptr<oss::OssDriver> driver_;
};

constexpr size_t mib = 1024 * 1024;

inline std::string noise(size_t size) {
  std::string bytes(size, '\0');
  std::mt19937 random(1);
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

inline std::string url_of(sdk::Driver& driver, const char* path, const char* method) {
  return driver.url_for(path, {method, std::chrono::minutes(1)}, FakeCall());
}

}  // namespace berth::test

#endif  // BERTH_TESTS_OSS_LIVE_STORE_HPP
