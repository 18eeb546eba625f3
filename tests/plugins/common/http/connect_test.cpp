// SPDX-License-Identifier: Apache-2.0
//
// Connecting: time-out, IPv6, inherited sockets.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "fixture.hpp"

namespace berth::http {
namespace {

using namespace test;

// A port whose queue is full: further connections get no answer at all.
class FullPort {
 public:
  FullPort() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(::bind(listener_, name(), size) == 0);
    REQUIRE(::listen(listener_, 0) == 0);
    ::getsockname(listener_, name(), &size);
    for (int& fd : fillers_) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(fd, name(), size);
    }
  }
  ~FullPort() {
    for (const int fd : fillers_) ::close(fd);
    ::close(listener_);
  }
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

 private:
  sockaddr* name() noexcept { return reinterpret_cast<sockaddr*>(&address_); }
  const int listener_;
  sockaddr_in address_{};
  int fillers_[4];
};

TEST_CASE("a host that does not take the connection ends with the connect time-out") {
  FullPort port;
  ClientOptions options = quick_options();
  options.connect_timeout = milliseconds(200);
  Client client(options);
  Request request;
  request.url = Url::parse(port.url(), "url");
  const auto start = std::chrono::steady_clock::now();
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(since(start) < milliseconds(1500));
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.retryable());
  CHECK(error.message() ==
        "no connection to " + request.url.authority() + " within 200 ms (connect time-out)");
}

TEST_CASE("the deadline of the call ends connecting") {
  FullPort port;
  Client client(quick_options());
  Request request;
  request.url = Url::parse(port.url(), "url");
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + milliseconds(50));
  const auto error = error_of([&] { client.send(request, call); });
  CHECK(error.status() == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(error.message() ==
        "the deadline of the call passed while " + request.url.authority() + " was waited for");
}

TEST_CASE("an IPv6 literal is connected to and named in its brackets") {
  Client client(quick_options());
  Request request;
  request.url = Url::parse("http://[::1]:" + std::to_string(closed_port()), "url");
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(contains(error.message(), "cannot connect to [::1]:"));
}

// Those of the network: curl's own pair to wake itself up with is its own business.
bool is_internet_socket(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address.ss_family == AF_INET;
}

TEST_CASE("no connection is inherited by programs that the host starts") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200); });
  Client client(quick_options());
  client.send(request_to(server), FakeCall());
  int seen = 0;
  for (int fd = 3; fd < 200; ++fd) {
    if (!is_internet_socket(fd)) continue;
    ++seen;
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(seen >= 3);  // the server's two and the client's
}

}  // namespace
}  // namespace berth::http
