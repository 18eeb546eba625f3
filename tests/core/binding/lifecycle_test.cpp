// SPDX-License-Identifier: Apache-2.0
//
// From register_driver to shutdown: init once, the host's services, and the order of the end.
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "fake_driver.hpp"
#include "support/captured_log.hpp"

using berth::Store;
using berth::test::FakeDriver;

namespace {

// What the tables' functions note; they have no store to note it in.
const berth_host* seen_host = nullptr;
int inits = 0;
std::vector<int> shutdowns;

berth_status keep_host(const berth_host* host, berth_error*) noexcept {
  seen_host = host;
  ++inits;
  return BERTH_STATUS_OK;
}

berth_status fail_init(const berth_host*, berth_error* error) noexcept {
  ++inits;
  std::strcpy(error->message, "no entropy");
  return BERTH_STATUS_UNAVAILABLE;
}

// The signal that ends a child which runs body.
template <class Body>
int signal_of_child(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);  // not doctest's
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("init runs once, before the first store, with a host that works") {
  FakeDriver fake;
  fake.ops().init = &keep_host;
  inits = 0;
  const Store one = fake.create(), two = fake.create();
  CHECK(inits == 1);
  REQUIRE(seen_host != nullptr);
  CHECK(seen_host->struct_size == sizeof(berth_host));
  CHECK(seen_host->abi_major == BERTH_ABI_MAJOR);
  CHECK(std::string(seen_host->name) == "berth");
  CHECK(seen_host->extension(seen_host, "berth.nothing/1") == nullptr);
}

TEST_CASE("a driver's line reaches the log with its name, if the level is kept") {
  FakeDriver fake;
  fake.ops().init = &keep_host;
  const Store store = fake.create();
  const berth::test::CapturedLog log;
  CHECK(seen_host->log_enabled(seen_host, BERTH_LOG_INFO) == 1);
  CHECK(seen_host->log_enabled(seen_host, BERTH_LOG_DEBUG) == 0);
  seen_host->log(seen_host, BERTH_LOG_WARN, {"slow\nday", 8});
  seen_host->log(seen_host, BERTH_LOG_ERROR, {nullptr, 0});
  seen_host->log(seen_host, BERTH_LOG_DEBUG, {"hidden", 6});
  CHECK(log.text() == "warning " + fake.name() + ": slow day\nerror " + fake.name() + ": \n");
}

TEST_CASE("a failed init refuses the driver for good, with the reason") {
  FakeDriver fake;
  fake.ops().init = &fail_init;
  inits = 0;
  for (int i = 0; i < 2; ++i) {
    try {
      fake.create();
      FAIL("nothing was thrown");
    } catch (const berth::InvalidStorageDriverError& error) {
      CHECK(std::string(error.what()).find("its init failed") != std::string::npos);
      CHECK(std::string(error.what()).find("no entropy") != std::string::npos);
    }
  }
  CHECK(inits == 1);
}

TEST_CASE("registering a bad table or a name twice is a programming error") {
  FakeDriver spoilt, twice;
  spoilt.ops().stat = nullptr;
  CHECK(signal_of_child([&] { spoilt.create(); }) == SIGABRT);
  CHECK(signal_of_child([&] {
          twice.create();
          FakeDriver same;
          same.rename(twice.name());
          same.create();
        }) == SIGABRT);
}

TEST_CASE("a driver that never came up takes no stores and closes none") {
  FakeDriver fake;
  fake.script.open = [](const berth::test::Request& r) {
    return r.fail(BERTH_STATUS_UNAUTHENTICATED, "wrong key");
  };
  CHECK_THROWS_AS(fake.create(), berth::UnauthenticatedError);
  CHECK(fake.log == std::vector<std::string>{"open"});
}

TEST_CASE("shutdown runs newest first, once, and not while a store is open") {
  // In a child: it ends the drivers of the whole process.
  const auto run = [] {
    FakeDriver first, second, open;
    first.ops().shutdown = []() noexcept { shutdowns.push_back(1); };
    second.ops().shutdown = []() noexcept { shutdowns.push_back(2); };
    open.ops().shutdown = []() noexcept { shutdowns.push_back(3); };
    shutdowns.clear();
    first.create();
    second.create();
    std::vector<Store> kept{open.create()};
    berth::shutdown();
    const bool two = shutdowns == std::vector<int>{2, 1};
    kept.clear();
    berth::shutdown();
    berth::shutdown();
    const bool three = shutdowns == std::vector<int>{2, 1, 3};
    bool refused = false;
    try {
      first.create();
    } catch (const berth::InvalidStorageDriverError& error) {
      refused = std::string(error.what()).find("it was shut down") != std::string::npos;
    }
    if (!two || !three || !refused) std::raise(SIGUSR1);
  };
  CHECK(signal_of_child(run) == 0);
}

TEST_CASE("describe tells what the driver publishes, without a store") {
  FakeDriver fake(BERTH_THREADS_SERIAL_STORE);
  fake.ops().walk = nullptr;
  fake.create();
  const berth::DriverInfo info = berth::factory::describe(fake.name());
  CHECK(info.abi == "1.0");
  CHECK(info.thread_model == "one call per store");
  CHECK(info.file.empty());
  CHECK(info.operations == std::vector<std::string>{"get", "copy", "url_for", "reader_info"});
  REQUIRE(info.parameters.size() == 1);
  CHECK(info.parameters[0].key == "fake");
  CHECK(info.parameters[0].required);
}

TEST_CASE("wrong parameters never reach the driver") {
  FakeDriver fake;
  fake.create();
  fake.log.clear();
  CHECK_THROWS_AS(berth::factory::create(fake.name(), {{"fakee", "1"}}),
                  berth::InvalidParametersError);
  CHECK(fake.log.empty());
}
