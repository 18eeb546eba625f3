// SPDX-License-Identifier: Apache-2.0
#include "common/multipart_writer.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "http/fixture.hpp"

namespace berth::common {
namespace {

using namespace test;

// A service with parts: PUT /part/N stores one; begin, complete, abort and the whole put are
// recorded here.
class Service {
 public:
  using Rule = std::function<Answer(int number, int attempt)>;

  explicit Service(Rule rule = [](int, int) { return Answer(200); })
      : rule_(std::move(rule)), server([this](const SeenRequest& seen) { return answer(seen); }) {}

  std::vector<size_t> sizes() {
    const std::lock_guard lock(mutex_);
    std::vector<size_t> sizes;
    for (const auto& [number, bytes] : parts_) sizes.push_back(bytes.size());
    return sizes;
  }
  std::string content() {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& [number, bytes] : parts_) all += bytes;
    return all;
  }
  void starts(uint32_t number, size_t bytes) {
    const std::lock_guard lock(mutex_);
    flying_[number] = bytes;
    size_t all = 0;
    for (const auto& [other, size] : flying_) all += size;
    most_in_flight = std::max(most_in_flight, all);
  }
  void ends(uint32_t number) {
    const std::lock_guard lock(mutex_);
    flying_.erase(number);
  }

 private:
  Answer answer(const SeenRequest& seen) {
    const int number = std::stoi(seen.target.substr(6));
    int attempt;
    {
      const std::lock_guard lock(mutex_);
      attempt = ++attempts_[number];
    }
    Answer answer = rule_(number, attempt);
    if (answer.status() == 200) {
      const std::lock_guard lock(mutex_);
      parts_[number] = seen.body;
    }
    return answer.header("ETag", "tag" + std::to_string(number));
  }

  std::mutex mutex_;
  std::map<int, std::string> parts_;
  std::map<int, int> attempts_;
  std::map<uint32_t, size_t> flying_;
  const Rule rule_;

 public:
  int begun = 0, aborted = 0;
  std::optional<std::string> whole;
  std::vector<Part> completed;
  std::set<const void*> places;  // in memory, that parts were sent from
  bool abort_fails = false, complete_fails = false;
  size_t smallest_part = 0;
  size_t kept_parts = 0;
  std::string kept_rest;
  size_t most_in_flight = 0;  // bytes
  ScriptedServer server;
};

class Target final : public MultipartTarget {
 public:
  explicit Target(Service& service) : service_(service) {}
  void put_whole(std::string_view bytes, const sdk::Call&) override { service_.whole = bytes; }
  void begin(const sdk::Call&) override { ++service_.begun; }
  http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call&) override {
    service_.places.insert(bytes.data());
    service_.starts(number, bytes.size());
    return {[this, number, bytes] {
              auto request = request_to(service_.server, "PUT", "/part/" + std::to_string(number));
              request.body = bytes;
              return request;
            },
            {}};
  }
  std::string tag(uint32_t number, const http::Response& answer) override {
    service_.ends(number);
    if (!answer.ok()) throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "part refused");
    return std::string(answer.headers.get("ETag"));
  }
  void complete(const std::vector<Part>& parts, const sdk::Call&) override {
    if (service_.complete_fails) throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "not completed");
    service_.completed = parts;
  }
  void abort(const sdk::Call& call) override {
    call.check();
    ++service_.aborted;
    if (service_.abort_fails) throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "busy");
  }
  std::string name() const override { return "upload-7"; }
  size_t smallest_part() const noexcept override { return service_.smallest_part; }
  void on_suspend(const std::vector<Part>& parts, std::string_view rest,
                  const sdk::Call&) override {
    service_.kept_parts = parts.size();
    service_.kept_rest = rest;
  }

 private:
  Service& service_;
};

struct Store {
  explicit Store(Service& s) : service(s) {}
  MultipartWriter writer(uint64_t chunk = 10, unsigned concurrency = 3, ResumePoint start = {},
                         PartLimits limits = {10'000, 1'000'000, 1'000'000'000}) {
    return {std::make_unique<Target>(service), transfers,
            PartPlan(chunk, {limits.max_parts, limits.max_part,
                             std::min<uint64_t>(limits.max_object, chunk * limits.max_parts)}),
            concurrency, std::move(start)};
  }
  static http::RetryPolicy policy() {
    http::RetryPolicy policy;
    policy.base = policy.throttle_base = milliseconds(2);
    policy.attempts = 3;
    return policy;
  }
  Service& service;
  http::Client client{quick_options()};
  http::Clock clock;
  http::Transfers transfers{client, policy(), clock};
};

std::string text(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>('a' + i % 26);
  return bytes;
}

using Sizes = std::vector<size_t>;

TEST_CASE("an empty commit makes an empty object in one request") {
  Service service;
  Store store(service);
  auto writer = store.writer();
  writer.commit({}, FakeCall());
  CHECK(service.whole == "");
  CHECK(service.begun == 0);
}

TEST_CASE("an object that fits one part goes in one request") {
  Service service;
  Store store(service);
  auto writer = store.writer();
  for (const char c : text(10)) writer.write({&c, 1}, FakeCall());
  writer.commit({}, FakeCall());
  CHECK(service.whole == text(10));
  CHECK(service.begun == 0);
  CHECK(writer.size() == 10);
}

TEST_CASE("odd pieces become equal parts and a smaller last one") {
  for (const size_t piece : {1, 3, 7, 10, 22, 100}) {
    Service service;
    Store store(service);
    auto writer = store.writer();
    std::string bytes = text(22);
    for (size_t at = 0; at < bytes.size(); at += piece)
      writer.write(std::string_view(bytes).substr(at, piece), FakeCall());
    writer.commit({}, FakeCall());
    CHECK(service.sizes() == Sizes{10, 10, 2});
    CHECK(service.content() == bytes);
    CHECK(service.completed.size() == 3);
    CHECK(service.completed[2].tag == "tag3");
    CHECK(service.begun == 1);
  }
}

TEST_CASE("an exact multiple has no empty last part") {
  Service service;
  Store store(service);
  auto writer = store.writer();
  writer.write(text(20), FakeCall());
  writer.commit({}, FakeCall());
  CHECK(service.sizes() == Sizes{10, 10});
}

TEST_CASE("parts are completed in order however they end") {
  Service service(
      [](int number, int) { return Answer(200).delay(milliseconds(number == 1 ? 80 : 1)); });
  Store store(service);
  auto writer = store.writer();
  writer.write(text(45), FakeCall());
  writer.commit({}, FakeCall());
  std::vector<uint32_t> numbers;
  for (const Part& part : service.completed) numbers.push_back(part.number);
  CHECK(numbers == std::vector<uint32_t>{1, 2, 3, 4, 5});
}

TEST_CASE("a part that fails once is sent again, whole") {
  Service service([](int number, int attempt) {
    return number == 2 && attempt == 1 ? Answer(500) : Answer(200);
  });
  Store store(service);
  auto writer = store.writer();
  writer.write(text(25), FakeCall());
  writer.commit({}, FakeCall());
  CHECK(service.content() == text(25));
  CHECK(service.aborted == 0);
}

TEST_CASE("a part that fails for good aborts the upload") {
  Service service([](int number, int) { return number == 3 ? Answer(500) : Answer(200); });
  Store store(service);
  auto writer = store.writer();
  const auto error = error_of([&] {
    writer.write(text(100), FakeCall());
    writer.commit({}, FakeCall());
  });
  CHECK(error.message() == "part refused");
  CHECK(service.aborted == 1);
  CHECK(service.completed.empty());
}

TEST_CASE("a failure leaves what an earlier writer kept, a cancel takes it too") {
  Service service([](int number, int) { return Answer(number == 2 ? 403 : 200); });
  Store store(service);
  auto writer = store.writer(10, 3, {true, {{1, "old", 10}}, "", true});
  CHECK(error_of([&] {
          writer.write(text(30), FakeCall());
          writer.commit({}, FakeCall());
        }).message() == "part refused");
  CHECK(service.aborted == 0);
  writer.cancel(FakeCall());
  CHECK(service.aborted == 1);
  writer.cancel(FakeCall());
  CHECK(service.aborted == 1);
}

TEST_CASE("after a failure nothing more is taken, and keeping says why") {
  Service service([](int, int) { return Answer(403); });
  Store store(service);
  auto writer = store.writer();
  error_of([&] {
    writer.write(text(100), FakeCall());
    writer.commit({}, FakeCall());
  });
  CHECK(error_of([&] { writer.write("x", FakeCall()); }).status() == BERTH_STATUS_WRONG_STATE);
  CHECK(error_of([&] { writer.keep(FakeCall()); }).message() == "part refused");
}

TEST_CASE("an upload that cannot be aborted is named in the error") {
  Service service([](int, int) { return Answer(403); });
  service.abort_fails = true;
  Store store(service);
  auto writer = store.writer();
  const auto error = error_of([&] {
    writer.write(text(50), FakeCall());
    writer.commit({}, FakeCall());
  });
  CHECK(
      error.message() ==
      "part refused; the unfinished upload upload-7 could not be removed (busy) and may be billed "
      "until it is");
}

TEST_CASE("a failing completion aborts the upload") {
  Service service;
  service.complete_fails = true;
  Store store(service);
  auto writer = store.writer();
  writer.write(text(50), FakeCall());
  CHECK(error_of([&] { writer.commit({}, FakeCall()); }).message() == "not completed");
  CHECK(service.aborted == 1);
}

TEST_CASE("cancelling aborts, also under a call that is cancelled itself") {
  Service service([](int, int) { return Answer(200).delay(milliseconds(300)); });
  Store store(service);
  auto writer = store.writer();
  writer.write(text(25), FakeCall());
  FakeCall cancelled;
  cancelled.cancel();
  writer.cancel(cancelled);
  CHECK(service.aborted == 1);
  CHECK(service.completed.empty());
}

TEST_CASE("cancelling what has no upload needs no request") {
  Service service;
  Store store(service);
  auto writer = store.writer();
  writer.write("x", FakeCall());
  writer.cancel(FakeCall());
  CHECK(service.aborted == 0);
  CHECK_FALSE(service.whole);
}

TEST_CASE("the producer blocks while all parts are in flight, and memory is bounded") {
  Service service([](int, int) { return Answer(200).delay(milliseconds(20)); });
  Store store(service);
  auto writer = store.writer(10, 3);
  const auto start = std::chrono::steady_clock::now();
  writer.write(text(300), FakeCall());  // 30 parts, 3 at once, 20 ms each
  CHECK(since(start) >= milliseconds(120));
  writer.commit({}, FakeCall());
  CHECK(service.server.connections() <= 3);
  CHECK(service.places.size() <= 3 + 2);
  CHECK(service.content() == text(300));
}

TEST_CASE("a blocked producer obeys its deadline, and the upload is aborted") {
  Service service([](int, int) { return Answer::silence(); });
  Store store(service);
  auto writer = store.writer();
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + milliseconds(100));
  CHECK(error_of([&] { writer.write(text(300), call); }).status() ==
        BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(service.aborted == 1);
}

TEST_CASE("a blocked producer is cancelled at once") {
  Service service([](int, int) { return Answer::silence(); });
  Store store(service);
  auto writer = store.writer();
  const CancelledCall call(milliseconds(50));
  const auto start = std::chrono::steady_clock::now();
  CHECK(error_of([&] { writer.write(text(300), call); }).status() == BERTH_STATUS_CANCELLED);
  CHECK(since(start) < milliseconds(1000));
  CHECK(service.aborted == 1);
}

TEST_CASE("what is kept is uploaded but not published") {
  Service service;
  Store store(service);
  auto writer = store.writer();
  writer.write(text(14), FakeCall());
  writer.keep(FakeCall());
  CHECK(service.sizes() == Sizes{10, 4});
  CHECK(service.completed.empty());
  CHECK(service.aborted == 0);
}

TEST_CASE("an upload counts as kept only when all its parts are there") {
  Service service([](int, int) { return Answer(200).delay(milliseconds(200)); });
  service.smallest_part = 8;
  Store store(service);
  auto writer = store.writer();
  writer.write(text(14), FakeCall());
  writer.keep(FakeCall());
  CHECK(service.sizes() == Sizes{10});
  CHECK(service.kept_rest == text(14).substr(10));
  CHECK(service.kept_parts == 1);
}

TEST_CASE("parts that have grown go fewer at once") {
  Service service([](int, int) { return Answer(200).delay(milliseconds(20)); });
  Store store(service);
  const PartPlan plan(10, {20, 500, 1000});
  MultipartWriter writer(std::make_unique<Target>(service), store.transfers, plan, 3);
  writer.write(text(600), FakeCall());
  writer.commit({}, FakeCall());
  CHECK(service.content() == text(600));
  const Sizes sizes = service.sizes();
  const size_t largest = *std::max_element(sizes.begin(), sizes.end());
  CHECK(largest > 30);
  CHECK(service.most_in_flight == largest);
}

TEST_CASE("memory of parts from before they grew is given back") {
  Service service;
  Store store(service);
  const PartPlan plan(10, {20, 500, 1000});
  MultipartWriter writer(std::make_unique<Target>(service), store.transfers, plan, 8);
  writer.write(text(600), FakeCall());
  writer.commit({}, FakeCall());
  const auto is_mapped = [](const void* place) {
    unsigned char page = 0;
    return ::mincore(const_cast<void*>(place), 1, &page) == 0;
  };
  CHECK(std::count_if(service.places.begin(), service.places.end(), is_mapped) <= 3);
}

TEST_CASE("keeping an empty writer keeps its upload") {
  Service service;
  Store store(service);
  auto writer = store.writer();
  writer.keep(FakeCall());
  CHECK(service.begun == 1);
}

TEST_CASE("an append goes on behind the parts that are there") {
  Service service;
  Store store(service);
  ResumePoint start{true, {{1, "old1", 10}, {2, "old2", 10}}, "tail"};
  auto writer = store.writer(10, 3, start);
  CHECK(writer.size() == 24);
  writer.write(text(10), FakeCall());
  CHECK(writer.size() == 34);
  writer.commit({}, FakeCall());
  CHECK(service.begun == 0);
  CHECK(service.sizes() == Sizes{10, 4});
  CHECK(service.content() == "tail" + text(10));
  REQUIRE(service.completed.size() == 4);
  CHECK(service.completed[0].tag == "old1");
  CHECK(service.completed[3].number == 4);
}

TEST_CASE("committing an append of nothing publishes the parts that are there") {
  Service service;
  Store store(service);
  auto writer = store.writer(10, 3, {true, {{1, "old", 10}}, ""});
  writer.commit({}, FakeCall());
  CHECK(service.completed.size() == 1);
}

TEST_CASE("an upload without parts is replaced by a whole object") {
  Service service;
  Store store(service);
  auto writer = store.writer(10, 3, {true, {}, ""});
  writer.commit({}, FakeCall());
  CHECK(service.whole == "");
  CHECK(service.aborted == 1);
}

TEST_CASE("thousands of parts from before are all completed") {
  Service service;
  Store store(service);
  ResumePoint start{true, {}, ""};
  for (uint32_t n = 1; n <= 1500; ++n) start.parts.push_back({n, "t", 10});
  auto writer = store.writer(10, 3, start);
  writer.write("x", FakeCall());
  writer.commit({}, FakeCall());
  CHECK(writer.size() == 15'001);
  CHECK(service.completed.size() == 1501);
  CHECK(service.completed.back().number == 1501);
}

TEST_CASE("a service with twenty parts takes more than twenty chunks") {
  Service service;
  Store store(service);
  MultipartWriter writer(std::make_unique<Target>(service), store.transfers,
                         PartPlan(10, {20, 1000, 5000}), 3);
  writer.write(text(3000), FakeCall());
  writer.commit({}, FakeCall());
  CHECK(service.content() == text(3000));
  CHECK(service.completed.size() <= 20);
}

TEST_CASE("a writer that is dropped leaves nothing running") {
  Service service([](int, int) { return Answer::silence(); });
  Store store(service);
  {
    auto writer = store.writer();
    writer.write(text(25), FakeCall());
  }
  CHECK(service.completed.empty());
}

}  // namespace
}  // namespace berth::common
