// SPDX-License-Identifier: Apache-2.0
//
// One thread accepts connections, and each connection has a thread of its own. An eventfd ends them
// all, also during a delay.
#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace berth::test {
namespace {

using std::chrono::milliseconds;

class Fd {
 public:
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// A socket that listens on a free loopback port.
Fd listening() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 128) != 0)
    throw std::runtime_error("the scripted server cannot listen on loopback");
  return fd;
}

uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::string chunk(std::string_view bytes) {
  char size[20];
  snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string SeenRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same(key, name)) return value;
  return {};
}

bool SeenRequest::has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return same(header.first, name); });
}

Answer& Answer::header(std::string name, std::string value) {
  headers_ += name + ": " + value + "\r\n";
  return *this;
}

Answer& Answer::drip(size_t bytes, milliseconds each) {
  drip_bytes_ = bytes;
  drip_each_ = each;
  return *this;
}

Answer Answer::silence() {
  Answer answer;
  answer.silent_ = answer.close_ = true;
  return answer;
}

Answer Answer::hang_up() {
  Answer answer;
  answer.mute_ = answer.close_ = true;
  return answer;
}

class ScriptedServer::State {
 public:
  Handler handler;
  std::shared_ptr<SSL_CTX> tls;
  Fd listener = listening();
  Fd stop{::eventfd(0, EFD_CLOEXEC)};
  std::thread acceptor;
  std::mutex mutex;
  std::vector<std::thread> threads;
  std::vector<SeenRequest> seen;
  std::deque<Answer> script;
  std::atomic<int> connections{0};

  Answer next() {
    const std::lock_guard lock(mutex);
    if (script.empty()) return Answer(500, "the script has no more answers");
    Answer answer = std::move(script.front());
    script.pop_front();
    return answer;
  }
  void record(const SeenRequest& request) {
    const std::lock_guard lock(mutex);
    seen.push_back(request);
  }
  // False when the server ends; true after the time, or as soon as fd is ready.
  bool wait(int fd, short events, int milliseconds) const {
    pollfd fds[2] = {{stop.get(), POLLIN, 0}, {fd, events, 0}};
    ::poll(fds, fd < 0 ? 1 : 2, milliseconds);
    return fds[0].revents == 0;
  }
};

// One accepted connection: requests one after the other until one end closes.
class Connection {
 public:
  Connection(ScriptedServer::State& state, Fd socket, int number)
      : state_(state), socket_(std::move(socket)), number_(number) {}

  void serve() {
    if (state_.tls && !start_tls()) return;
    while (const auto head = read_head()) {
      SeenRequest request = parse(*head);
      state_.record(
          request);  // before the body: a test may read the record while the body is still arriving
      Answer answer = state_.handler ? Answer() : state_.next();
      const bool complete = read_body(request, answer.read_only_);
      replace_last(request);
      if (state_.handler) answer = state_.handler(request);
      if (!complete && answer.read_only_ < 0) return;
      if (!play(request, answer)) return;
    }
  }

 private:
  bool start_tls() {
    sigset_t broken_pipe;  // OpenSSL writes without MSG_NOSIGNAL
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    ssl_ = {SSL_new(state_.tls.get()), &SSL_free};
    SSL_set_fd(ssl_.get(), socket_.get());
    return state_.wait(socket_.get(), POLLIN, -1) && SSL_accept(ssl_.get()) == 1;
  }

  bool receive() {
    const bool ready = ssl_ && SSL_pending(ssl_.get()) > 0;
    if (!ready && !state_.wait(socket_.get(), POLLIN, -1)) return false;
    char buffer[65536];
    const ssize_t n = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer)
                           : ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    pending_.append(buffer, static_cast<size_t>(n));
    return true;
  }

  // As servers answer a TLS handshake on their port for plain HTTP.
  bool refuse_tls() {
    if (pending_.front() != '\x16') return false;
    send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    return true;
  }

  std::optional<std::string> read_head() {
    size_t end;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
      if (!receive() || refuse_tls()) return std::nullopt;
    std::string head = pending_.substr(0, end + 2);
    pending_.erase(0, end + 4);
    return head;
  }

  SeenRequest parse(const std::string& head) const {
    SeenRequest request;
    request.connection = number_;
    request.at = std::chrono::steady_clock::now();
    const size_t method = head.find(' ');
    const size_t target = head.find(' ', method + 1);
    request.method = head.substr(0, method);
    request.target = head.substr(method + 1, target - method - 1);
    for (size_t at = head.find("\r\n") + 2; at < head.size();) {
      const size_t end = head.find("\r\n", at);
      const size_t colon = head.find(':', at);
      const size_t value = std::min(end, head.find_first_not_of(' ', colon + 1));
      request.headers.emplace_back(head.substr(at, colon - at), head.substr(value, end - value));
      at = end + 2;
    }
    return request;
  }

  bool read_body(SeenRequest& request, int64_t limit) {
    const std::string length = request.header("Content-Length");
    size_t size = length.empty() ? 0 : std::stoull(length);
    if (limit >= 0) size = std::min(size, static_cast<size_t>(limit));
    request.body.reserve(size);
    take_pending(request.body, size);
    while (request.body.size() < size && receive()) take_pending(request.body, size);
    return length.empty() || request.body.size() == std::stoull(length);
  }

  void take_pending(std::string& body, size_t size) {
    const size_t n = std::min(pending_.size(), size - body.size());
    body.append(pending_, 0, n);
    pending_.erase(0, n);
  }

  void replace_last(const SeenRequest& request) {
    const std::lock_guard lock(state_.mutex);
    for (auto& one : state_.seen)
      if (one.connection == number_ && one.at == request.at) one = request;
  }

  bool send(std::string_view bytes) {
    if (ssl_)
      return bytes.empty() ||
             SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    while (!bytes.empty()) {
      if (!state_.wait(socket_.get(), POLLOUT, -1)) return false;
      const ssize_t n =
          ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  static std::string head_of(const Answer& answer) {
    std::string head = "HTTP/1.1 " + std::to_string(answer.status_) + " Scripted\r\n";
    head += answer.headers_;
    if (answer.chunked_)
      head += "Transfer-Encoding: chunked\r\n";
    else if (!answer.no_length_ && answer.status_ != 204 && answer.status_ != 304)
      head += "Content-Length: " +
              std::to_string(answer.length_ < 0 ? static_cast<int64_t>(answer.body_.size())
                                                : answer.length_) +
              "\r\n";
    return head + "\r\n";
  }

  bool send_body(const Answer& answer) {
    std::string_view body = answer.body_;
    if (answer.cut_ >= 0) body = body.substr(0, static_cast<size_t>(answer.cut_));
    const size_t piece = answer.drip_bytes_ ? answer.drip_bytes_ : std::max<size_t>(body.size(), 1);
    for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
      const std::string_view bytes = body.substr(0, piece);
      if (!send(answer.chunked_ ? chunk(bytes) : bytes)) return false;
      if (answer.drip_bytes_ && !pause(answer.drip_each_)) return false;
    }
    return !answer.chunked_ || answer.cut_ >= 0 || send("0\r\n\r\n");
  }

  bool pause(milliseconds time) const { return state_.wait(-1, 0, static_cast<int>(time.count())); }

  // False when the connection has ended.
  bool play(const SeenRequest& request, const Answer& answer) {
    if (answer.silent_) return pause(milliseconds(-1));
    if (answer.delay_.count() != 0 && !pause(answer.delay_)) return false;
    if (!answer.mute_) {
      if (!send(head_of(answer))) return false;
      const bool body = request.method != "HEAD" && !answer.no_body_;
      if (body && !send_body(answer)) return false;
    }
    if (answer.reset_) {
      const linger now{1, 0};
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    return !answer.close_;
  }

  ScriptedServer::State& state_;
  Fd socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
  int number_;
  std::string pending_;
};

ScriptedServer::ScriptedServer(std::vector<Answer> script) : state_(std::make_unique<State>()) {
  state_->script.assign(script.begin(), script.end());
  start();
}

ScriptedServer::ScriptedServer(Handler handler) : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  start();
}

ScriptedServer::ScriptedServer(Handler handler, std::shared_ptr<ssl_ctx_st> tls)
    : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  state_->tls = std::move(tls);
  start();
}

void ScriptedServer::start() {
  state_->acceptor = std::thread([state = state_.get()] {
    while (state->wait(state->listener.get(), POLLIN, -1)) {
      Fd socket(::accept4(state->listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (socket.get() < 0) continue;
      const int one = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      const int number = ++state->connections;
      const std::lock_guard lock(state->mutex);
      state->threads.emplace_back(
          [connection = Connection(*state, std::move(socket), number)]() mutable {
            connection.serve();
          });
    }
  });
}

ScriptedServer::~ScriptedServer() {
  const uint64_t one = 1;
  if (::write(state_->stop.get(), &one, sizeof one) < 0) std::terminate();
  state_->acceptor.join();
  for (auto& thread : state_->threads) thread.join();
}

uint16_t ScriptedServer::port() const noexcept {
  return port_of(state_->listener.get());
}

std::string ScriptedServer::url() const {
  return (state_->tls ? "https" : "http") + std::string("://127.0.0.1:") + std::to_string(port());
}

std::vector<SeenRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->seen;
}

int ScriptedServer::connections() const {
  return state_->connections;
}

uint16_t closed_port() {
  return port_of(listening().get());
}

}  // namespace berth::test
