// SPDX-License-Identifier: Apache-2.0
//
// The driver on a real Swift (tests/servers/swift.sh) and on Ceph's gateway
// (tests/servers/ceph.sh).
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "real_service.hpp"

namespace berth::test {
namespace {

std::string swift_told(const char* name) {
  return environment((std::string("BERTH_SWIFT_") + name).c_str(), "tests/servers/swift.sh");
}
std::string ceph_told(const char* name) {
  return environment((std::string("BERTH_CEPH_SWIFT_") + name).c_str(), "tests/servers/ceph.sh");
}

Given at_swift(Given more = {}) {
  more.emplace("authurl", swift_told("AUTH"));
  more.emplace("username", swift_told("USER"));
  more.emplace("password", swift_told("PASSWORD"));
  more.emplace("container", "service-tests");
  return more;
}

Given at_gateway() {
  return {{"authurl", ceph_told("AUTH")},
          {"username", ceph_told("USER")},
          {"password", ceph_told("KEY")},
          {"container", "service-tests"}};
}

// All tokens of tempauth live in memcached only.
void revoke_all_tokens() {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<uint16_t>(std::stoi(swift_told("MEMCACHED_PORT"))));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0);
  const std::string_view command = "flush_all\r\n";
  REQUIRE(::send(socket, command.data(), command.size(), 0) == 11);
  char answer[4] = {};
  REQUIRE(::recv(socket, answer, sizeof answer, MSG_WAITALL) == 4);
  CHECK(std::string(answer, 2) == "OK");
  ::close(socket);
}

// Runs work(0) ... work(count - 1) by sixteen threads.
void by_sixteen(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      for (size_t n; (n = next++) < count;) work(n);
    });
  for (std::thread& thread : threads) thread.join();
}

std::string url_for(const RealStore& store, const char* method, const char* path) {
  return store->url_for(path, {method, std::chrono::minutes(1)}, FakeCall());
}

// GET, HEAD and PUT by a URL, without a token; another method or object is refused.
void expect_urls(const RealStore& store) {
  const std::string path = "/ü c++ 50%/a";
  put(*store, path, "content");
  const std::string to_get = url_for(store, "GET", path.c_str());
  CHECK(plain_request("GET", to_get).body == "content");
  CHECK(plain_request("HEAD", url_for(store, "HEAD", path.c_str()))
            .headers.number("Content-Length") == 7);
  CHECK(plain_request("PUT", url_for(store, "PUT", path.c_str()), {}, "other").ok());
  CHECK(get(*store, path) == "other");
  const int refused = plain_request("PUT", to_get, {}, "stolen").status;
  CHECK((refused == 401 || refused == 403));
  CHECK(get(*store, path) == "other");
}

void expect_pages(const RealStore& store, size_t count) {
  by_sixteen(count, [&](size_t n) { put(*store, "/many/" + std::to_string(n), "x"); });
  CHECK(list(*store, "/many").size() == count);
  CHECK(walk(*store, "/").size() == count + 1);
  remove(*store, "/many");
  CHECK(list(*store, "/").empty());
}

}  // namespace

TEST_CASE("tokens that are taken back in the middle of an upload and a download are replaced") {
  const RealStore store(at_swift({{"downloadconcurrency", "3"}}));
  const std::string bytes = noise(6 * swift::mebibyte + 1);
  const auto writer = test::writer(*store, "/large");
  write(*writer, bytes.substr(0, 3 * swift::mebibyte));
  revoke_all_tokens();
  write(*writer, bytes.substr(3 * swift::mebibyte));
  commit(*writer);
  const auto reader = store->reader("/large", {}, FakeCall());
  std::string seen(swift::mebibyte / 2, '\0');
  seen.resize(reader->read(seen.data(), seen.size(), FakeCall()));
  revoke_all_tokens();
  CHECK(seen + read_all(*reader) == bytes);
  revoke_all_tokens();
  by_sixteen(64, [&](size_t) { CHECK(stat(*store, "/large").size == bytes.size()); });
}

TEST_CASE("one who may only read a container of others opens it, reads, and may not write") {
  const Given owner = at_swift({{"container", own_root()}, {"prefix", "p"}});
  const RealStore store(owner);
  put(*store, "/a", "content");
  Given guest = owner;
  guest["username"] = "test:reader";
  guest["password"] = "reading";
  CHECK(status_of([&] { (void)container(guest); }) == BERTH_STATUS_PERMISSION_DENIED);
  const auto place = container(owner);
  swift::Operation allow = place->operation("POST", {});
  allow.headers.add("X-Container-Read", "test:reader");
  place->send(allow, FakeCall());
  const auto reading = store.again(guest);
  CHECK(get(*reading, "/a") == "content");
  CHECK(list(*reading, "/") == std::vector<std::string>{"/a"});
  CHECK(status_of([&] { put(*reading, "/b", "x"); }) == BERTH_STATUS_PERMISSION_DENIED);
}

TEST_CASE("URLs of Swift work without a token, for their method only") {
  expect_urls(RealStore(at_swift()));
}

TEST_CASE("URLs of Ceph's gateway work without a token, for their method only") {
  expect_urls(RealStore(at_gateway()));
}

TEST_CASE("a directory of many pages is listed, walked and removed, on Ceph's gateway") {
  expect_pages(RealStore(at_gateway()), 10'500);
}

// Swift writes some hundred objects a second here; BERTH_SWIFT_MANY=10500 takes minutes.
TEST_CASE("a directory of many pages is listed, walked and removed, on Swift") {
  const char* many = std::getenv("BERTH_SWIFT_MANY");
  expect_pages(RealStore(at_swift()), many ? std::stoul(many) : 2'100);
}

}  // namespace berth::test
