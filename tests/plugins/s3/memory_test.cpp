// SPDX-License-Identifier: Apache-2.0
//
// A producer that is faster than the service: memory stays within the README's limit, however large
// the object is. A program of its own, since it measures the whole process.
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using namespace berth;
using namespace berth::test;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t bytes_per_second = 40 * mib;

// Receives a multipart upload at a limited rate over all connections, and discards it.
class SlowService {
 public:
  SlowService() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const place = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, place, size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    REQUIRE(::getsockname(listener_, place, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~SlowService() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }
  SlowService(const SlowService&) = delete;
  SlowService& operator=(const SlowService&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  uint64_t taken() const noexcept { return taken_; }

 private:
  void accept_all() {
    for (int socket; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
      threads_.emplace_back([this, socket] {
        while (serve_one(socket)) {
        }
        ::close(socket);
      });
  }

  bool serve_one(int socket) {
    std::string head;
    char buffer[65536];
    std::size_t end;
    while ((end = head.find("\r\n\r\n")) == std::string::npos) {
      const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
      if (n <= 0) return false;
      head.append(buffer, static_cast<std::size_t>(n));
    }
    const std::size_t at = head.find("Content-Length: ");
    std::size_t left = at < end ? std::stoull(head.substr(at + 16)) : 0;
    if (head.compare(0, 4, "PUT ") == 0) taken_ += left;
    for (left -= head.size() - end - 4; left != 0;) {
      const ssize_t n = ::recv(socket, buffer, std::min(left, sizeof buffer), 0);
      if (n <= 0) return false;
      left -= static_cast<std::size_t>(n);
      pace(static_cast<std::size_t>(n));
    }
    if (head.compare(0, 5, "POST ") == 0 && head.find("?uploads=") > head.find('\r'))
      completed_ = true;
    const std::string answer =
        head.compare(0, 5, "HEAD ") == 0 ? answer_to_head() : answer_to(head);
    return ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
  }

  void pace(std::size_t bytes) {
    Clock::time_point until;
    {
      const std::lock_guard lock(mutex_);
      next_ = std::max(next_, Clock::now()) +
              std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second);
      until = next_;
    }
    std::this_thread::sleep_until(until);
  }

  // The object exists once its upload was completed.
  std::string answer_to_head() const {
    if (!completed_) return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    return "HTTP/1.1 200 OK\r\nETag: \"whole\"\r\nContent-Length: " + std::to_string(taken_) +
           "\r\n\r\n";
  }

  static std::string answer_to(const std::string& head) {
    std::string body;
    if (head.compare(0, 4, "GET ") == 0)
      body = "<ListMultipartUploadsResult></ListMultipartUploadsResult>";
    else if (head.find("?uploads=") < head.find('\r'))
      body =
          "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
    else if (head.compare(0, 5, "POST ") == 0)
      body = "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>";
    return "HTTP/1.1 200 OK\r\nETag: \"p\"\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  const int listener_;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // of the acceptor
  std::atomic<uint64_t> taken_{0};
  std::atomic<bool> completed_{false};
  std::mutex mutex_;  // guards next_
  Clock::time_point next_;
};

uint64_t memory(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, std::string(field).size(), field) == 0)
      return std::stoull(line.substr(line.find(':') + 1)) * 1024;
  return 0;
}

}  // namespace

TEST_CASE("an upload to a slow service keeps no more than its parts in memory") {
  SlowService service;
  s3::S3Driver::init();
  const auto driver = open_driver<s3::S3Driver>({{"regionendpoint", service.url()},
                                                 {"bucket", "b"},
                                                 {"accesskey", "a"},
                                                 {"secretkey", "s"},
                                                 {"payloadsigning", "unsigned"},
                                                 {"proxy", "none"},
                                                 {"chunksize", "5242880"},
                                                 {"uploadconcurrency", "4"}});
  constexpr std::size_t size = 256 * mib;
  const std::string piece(mib, 'x');
  const uint64_t before = memory("VmRSS");
  std::ofstream("/proc/self/clear_refs") << "5";  // resets the peak
  const Clock::time_point start = Clock::now();
  const auto w = writer(*driver, "/k");
  for (std::size_t done = 0; done < size; done += piece.size()) write(*w, piece);
  commit(*w);
  const uint64_t peak = memory("VmHWM") - before;
  CHECK(service.taken() == size);
  CHECK(Clock::now() - start > std::chrono::seconds(size / bytes_per_second) * 9 / 10);
  CHECK(peak < 5 * mib * (4 + 2) + 8 * mib);
  CHECK(peak > 5 * mib * 4);  // otherwise the measurement is wrong
  MESSAGE("peak of " << peak / mib << " MiB for an object of " << size / mib << " MiB");
}
