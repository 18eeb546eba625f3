// SPDX-License-Identifier: Apache-2.0
//
// What the transport does to the process around it, and what the process can do to the transport:
// signal handlers, fork(), and limits on threads and descriptors.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <thread>
#include <vector>

#include "common/http/transfers.hpp"
#include "fixture.hpp"

using namespace berth;
using namespace berth::http;
using namespace berth::test;

namespace {

void handler_of_the_program(int) {}

bool is_replaced() {
  struct sigaction now {};
  ::sigaction(SIGPIPE, nullptr, &now);
  return now.sa_handler != &handler_of_the_program;
}

// The program's own handler of SIGPIPE while it lives.
class OwnHandler {
 public:
  OwnHandler() {
    struct sigaction own {};
    own.sa_handler = &handler_of_the_program;
    ::sigaction(SIGPIPE, &own, &before_);
  }
  ~OwnHandler() { ::sigaction(SIGPIPE, &before_, nullptr); }
  OwnHandler(const OwnHandler&) = delete;
  OwnHandler& operator=(const OwnHandler&) = delete;

 private:
  struct sigaction before_ {};
};

// No thread can be started while it lives: no address space has room for such a stack.
class NoThreads {
 public:
  NoThreads() {
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    ::pthread_attr_init(&huge);
    REQUIRE(::pthread_attr_setstacksize(&huge, size_t{1} << 52) == 0);
    REQUIRE(::pthread_setattr_default_np(&huge) == 0);
    ::pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

// The process can open no further descriptor while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest_free);
    const rlimit low{static_cast<rlim_t>(lowest_free), before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

// Runs body in a child process; its result is the exit code. SIGALRM ends a child that hangs.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Job job_to(const ScriptedServer& server, std::promise<JobResult>& result) {
  return {{[&server] { return request_to(server); }, {}}, nullptr, [&result](JobResult got) {
            result.set_value(std::move(got));
          }};
}

}  // namespace

TEST_CASE("making, using and freeing clients never replaces the program's handler of SIGPIPE") {
  const OwnHandler own;
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "x"); });
  std::atomic<int> replaced{0};
  std::atomic<bool> over{false};
  std::thread watcher([&] {
    while (!over)
      if (is_replaced()) ++replaced;
  });
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i)
    users.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        Client client(quick_options());
        Clock clock;
        const Transfers unused(client, {}, clock);
        client.send(request_to(server), FakeCall());
        client.open(request_to(server), FakeCall());
      }
    });
  for (std::thread& user : users) user.join();
  over = true;
  watcher.join();
  CHECK(replaced == 0);
  CHECK_FALSE(is_replaced());
}

TEST_CASE("a job that no thread can run is an error and is not kept") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200); });
  Client client(quick_options());
  Clock clock;
  Transfers transfers(client, {}, clock);
  {
    std::promise<JobResult> never;
    Transfers::Batch refused(transfers);
    const NoThreads none;
    const auto error = error_of([&] { refused.start(job_to(server, never)); });
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
    CHECK(contains(error.message(), "a thread, and none can be started"));
    CHECK(contains(error.message(), "ulimit -u"));
  }
  std::promise<JobResult> done;
  Transfers::Batch batch(transfers);
  batch.start(job_to(server, done));
  CHECK(done.get_future().get().answer.status == 200);
  CHECK(server.count() == 1);
}

TEST_CASE("an engine without descriptors refuses its first job") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200); });
  Client client(quick_options());
  Clock clock;
  Transfers transfers(client, {}, clock);
  std::promise<JobResult> never;
  Transfers::Batch batch(transfers);
  const NoDescriptors none;
  const auto error = error_of([&] { batch.start(job_to(server, never)); });
  CHECK(contains(error.message(), "ulimit -n"));
}

TEST_CASE("a connection that gets no descriptor is an error that names the limit") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200); });
  Client client(quick_options());
  const NoDescriptors none;
  const auto error = error_of([&] { client.send(request_to(server), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "ulimit -n"));
}

TEST_CASE("in a child after fork() a client of the parent sends nothing") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200); });
  Client client(quick_options());
  client.send(request_to(server), FakeCall());
  const auto status = [&] {
    return error_of([&] { client.send(request_to(server), FakeCall()); }).status();
  };
  CHECK(in_child(status) == BERTH_STATUS_WRONG_STATE);
  CHECK(server.count() == 1);
}

TEST_CASE("in a child after fork() a job of the parent's engine is refused") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200); });
  Client client(quick_options());
  Clock clock;
  Transfers transfers(client, {}, clock);
  std::promise<JobResult> done;
  Transfers::Batch batch(transfers);
  batch.start(job_to(server, done));
  done.get_future().wait();
  std::promise<JobResult> never;
  const auto status = [&] {
    Transfers::Batch childs(transfers);
    return error_of([&] { childs.start(job_to(server, never)); }).status();
  };
  CHECK(in_child(status) == BERTH_STATUS_WRONG_STATE);
}

TEST_CASE("freeing a client in a child after fork() leaves the parent's connection open") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, std::string(1 << 20, 'x')); });
  auto client = std::make_unique<Client>(quick_options());
  Clock clock;
  auto transfers = std::make_unique<Transfers>(*client, RetryPolicy(), clock);
  std::promise<JobResult> done;
  {
    Transfers::Batch batch(*transfers);
    batch.start(job_to(server, done));
    done.get_future().wait();
  }
  auto stream = client->open(request_to(server), FakeCall());
  const auto free_all = [&] {
    stream.reset();
    transfers.reset();
    client.reset();
    return 0;
  };
  REQUIRE(in_child(free_all) == 0);
  std::string got(1 << 16, ' ');
  size_t total = 0;
  while (const size_t n = stream->read(got.data(), got.size(), FakeCall())) total += n;
  CHECK(total == 1 << 20);
  client->send(request_to(server), FakeCall());
  CHECK(server.connections() == 2);
}
