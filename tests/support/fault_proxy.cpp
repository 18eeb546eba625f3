// SPDX-License-Identifier: Apache-2.0
//
// A TCP proxy for one HTTP service that injects a fault into a share of the requests: a reset
// before the request, an HTTP 503, a delay, or a reset within the answer.
//   fault-proxy HOST:PORT PER-MILLE COMMAND...
// listens on a loopback port, runs the command with FAULT_PROXY=http://127.0.0.1:PORT, exits with
// the command's exit code, and prints how many requests had a fault.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

enum class Fault { none, reset, unavailable, delay, cut };

std::atomic<unsigned> requests{0};
std::atomic<unsigned> harmed{0};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const noexcept { return fd_; }

  // close() then sends an RST.
  void make_rude() const {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  void be_quick() const {
    const int yes = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  bool send_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

 private:
  const int fd_;
};

bool begins_request(std::string_view bytes) {
  for (const std::string_view method : {"GET /", "PUT /", "POST /", "HEAD /", "DELETE /"})
    if (bytes.substr(0, method.size()) == method) return true;
  return false;
}

Fault draw(unsigned per_mille) {
  thread_local std::mt19937 random(std::random_device{}());
  ++requests;
  if (random() % 1000 >= per_mille) return Fault::none;
  ++harmed;
  return static_cast<Fault>(1 + random() % 4);
}

constexpr std::string_view unavailable_answer =
    "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 43\r\n"
    "Connection: close\r\n\r\n<Error><Code>SlowDown</Code></Error>\n      ";

class Connection {
 public:
  Connection(int client, const sockaddr_in& service, unsigned per_mille)
      : client_(client), server_(::socket(AF_INET, SOCK_STREAM, 0)), per_mille_(per_mille) {
    open_ =
        ::connect(server_.fd(), reinterpret_cast<const sockaddr*>(&service), sizeof service) == 0;
    client_.be_quick();
    server_.be_quick();
  }

  void run() {
    std::array<pollfd, 2> fds{{{client_.fd(), POLLIN, 0}, {server_.fd(), POLLIN, 0}}};
    while (open_ && ::poll(fds.data(), fds.size(), -1) > 0) {
      if (fds[1].revents != 0) open_ = pass(server_, client_, false);
      if (open_ && fds[0].revents != 0) open_ = pass(client_, server_, true);
    }
  }

 private:
  bool pass(const Socket& from, const Socket& to, bool is_request) {
    const ssize_t n = ::recv(from.fd(), buffer_.data(), buffer_.size(), 0);
    if (n <= 0) return false;
    const std::string_view bytes(buffer_.data(), static_cast<size_t>(n));
    if (is_request && begins_request(bytes)) fault_ = draw(per_mille_);
    return harm(is_request) && to.send_all(cut(bytes, is_request)) && !is_cut_;
  }

  // False: the connection has ended.
  bool harm(bool is_request) {
    if (!is_request) return true;
    const Fault fault = fault_ == Fault::cut ? Fault::none : std::exchange(fault_, Fault::none);
    if (fault == Fault::delay) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    if (fault == Fault::reset) client_.make_rude();
    if (fault == Fault::unavailable) client_.send_all(unavailable_answer);
    return fault != Fault::reset && fault != Fault::unavailable;
  }

  std::string_view cut(std::string_view bytes, bool is_request) {
    if (is_request || fault_ != Fault::cut) return bytes;
    is_cut_ = true;
    client_.make_rude();
    return bytes.substr(0, bytes.size() / 2);
  }

  const Socket client_;
  const Socket server_;
  const unsigned per_mille_;
  bool open_ = false;
  bool is_cut_ = false;
  Fault fault_ = Fault::none;
  std::array<char, 65536> buffer_{};
};

int listen_on_loopback(uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 128) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return -1;
  port = ntohs(address.sin_port);
  return fd;
}

void serve(int listener, const sockaddr_in& service, unsigned per_mille) {
  for (int client; (client = ::accept(listener, nullptr, nullptr)) >= 0;)
    std::thread([client, service, per_mille] {
      Connection(client, service, per_mille).run();
    }).detach();
}

int run_command(char** command, uint16_t port) {
  ::setenv("FAULT_PROXY", ("http://127.0.0.1:" + std::to_string(port)).c_str(), 1);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(command[0], command);
    std::_Exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string place = argc > 3 ? argv[1] : "";
  const size_t colon = place.find(':');
  uint16_t port = 0;
  const int listener = listen_on_loopback(port);
  if (colon == std::string::npos || listener < 0) {
    std::fputs("usage: fault-proxy HOST:PORT PER-MILLE COMMAND...\n", stderr);
    return 2;
  }
  sockaddr_in service{};
  service.sin_family = AF_INET;
  service.sin_port = htons(static_cast<uint16_t>(std::stoi(place.substr(colon + 1))));
  ::inet_pton(AF_INET, place.substr(0, colon).c_str(), &service.sin_addr);
  const auto per_mille = static_cast<unsigned>(std::stoi(argv[2]));
  std::thread([=] { serve(listener, service, per_mille); }).detach();
  const int code = run_command(argv + 3, port);
  std::printf("%u of %u requests were harmed\n", harmed.load(), requests.load());
  std::fflush(stdout);
  std::_Exit(code != 0 ? code : harmed == 0 ? 1 : 0);
}
