// SPDX-License-Identifier: Apache-2.0
//
// The driver on a real Ceph gateway (tests/servers/ceph.sh), over http and https, path style and
// virtual hosts. Each case has a root of its own and removes it at the end.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "common/crypto.hpp"
#include "driver.hpp"
#include "support/live_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

Given gateway(Given more = {}) {
  more.emplace("regionendpoint", environment("BERTH_CEPH_S3_ENDPOINT"));
  more.emplace("bucket", environment("BERTH_CEPH_S3_BUCKET"));
  more.emplace("accesskey", environment("BERTH_CEPH_S3_ACCESS_KEY"));
  more.emplace("secretkey", environment("BERTH_CEPH_S3_SECRET_KEY"));
  more.emplace("proxy", "none");
  more.emplace("chunksize", "5242880");
  return more;
}

Given over_tls() {
  return gateway({{"regionendpoint", environment("BERTH_CEPH_S3_ENDPOINT_TLS")},
                  {"cafile", environment("BERTH_CEPH_CA")}});
}

struct Gateway {
  using Driver = s3::S3Driver;
  static Given parameters() { return gateway(); }
};
using Store = LiveStoreOf<Gateway>;

constexpr std::size_t mib = 1024 * 1024;

void write_object(sdk::Driver& driver, std::string_view path, std::string_view bytes,
                  std::size_t step = 1'000'003) {
  const auto w = writer(driver, path);
  for (std::size_t at = 0; at < bytes.size(); at += step) write(*w, bytes.substr(at, step));
  commit(*w);
}

}  // namespace

TEST_CASE("what is put can be read, over http and https, by path and by host name") {
  Given hosts = gateway({{"forcepathstyle", "false"}});
  std::string& endpoint = hosts["regionendpoint"];
  endpoint.replace(endpoint.find("127.0.0.1"), 9, "localhost");
  Given tls_hosts = over_tls();
  tls_hosts["forcepathstyle"] = "false";
  std::string& tls_endpoint = tls_hosts["regionendpoint"];
  tls_endpoint.replace(tls_endpoint.find("//") + 2,
                       tls_endpoint.rfind(':') - tls_endpoint.find("//") - 2, "localhost");
  for (const Given& given :
       {gateway(), over_tls(), hosts, tls_hosts, gateway({{"v4auth", "false"}}),
        gateway({{"payloadsigning", "unsigned"}})}) {
    const Store store(given);
    put(*store, "/d/a", "hello");
    CHECK(get(*store, "/d/a") == "hello");
    CHECK(read(*store, "/d/a", {1, 3}) == "ell");
    CHECK(stat(*store, "/d/a").size == 5);
    CHECK(stat(*store, "/d").directory);
    CHECK(list(*store, "/d") == Lines{"/d/a"});
  }
}

TEST_CASE("every checksum is accepted, for whole objects and for parts") {
  for (const char* checksum : {"none", "md5", "crc32c", "sha256"}) {
    const Store store(gateway({{"checksum", checksum}}));
    put(*store, "/small", "hello");
    const std::string bytes = noise(6 * mib);
    write_object(*store, "/large", bytes);
    CHECK(get(*store, "/small") == "hello");
    CHECK(get(*store, "/large") == bytes);
  }
}

TEST_CASE("names that need encoding are listed as they were written") {
  const Store store;
  const Lines names = {"/a+b/c++.txt",
                       "/50%.jpg",
                       "/x%2By",
                       "/x+y",
                       "/d/\xC3\xBC c++ #1?.bin",
                       "/q'\"&<>;=@,$",
                       "/ lead",
                       "/trail ",
                       "/\xF0\x9F\x98\x80",
                       "/~-._"};
  for (const std::string& name : names) put(*store, name, name);
  for (const std::string& name : names) {
    CHECK(get(*store, name) == name);
    CHECK(stat(*store, name).size == name.size());
    store->copy(name, name + ".copy", {}, FakeCall());
    CHECK(get(*store, name + ".copy") == name);
    remove(*store, name + ".copy");
  }
  Lines seen;
  for (const std::string& name : walk(*store, "/"))
    if (name.back() != '/') seen.push_back(name);
  Lines expected = names;
  std::sort(expected.begin(), expected.end());
  CHECK(seen == expected);
  for (const std::string& name : names) remove(*store, name);
  CHECK(list(*store, "/").empty());
}

// The gateway crashes when it has to copy parts of such an object.
TEST_CASE("an object with a percent sign in its name is copied above the threshold too") {
  const Store store(gateway({{"multipartcopythresholdsize", "0"}}));
  put(*store, "/50%.jpg", "half");
  store->copy("/50%.jpg", "/copy", {}, FakeCall());
  CHECK(get(*store, "/copy") == "half");
}

TEST_CASE("remove takes the object and its content, never a sibling") {
  const Store store;
  for (const char* name : {"/d/a/f", "/d/a-x/f", "/d/a.y/f", "/d/ab/f", "/d/a"})
    put(*store, name, "x");
  remove(*store, "/d/a");
  CHECK(walk(*store, "/d") ==
        Lines{"/d/a-x/", "/d/a-x/f", "/d/a.y/", "/d/a.y/f", "/d/ab/", "/d/ab/f"});
  CHECK(status_of([&] { remove(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { stat(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { list(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a walk that enters no directory reports those whose names extend another's") {
  const Store store;
  for (const char* name : {"/t/0.1.2/l", "/t/0.1.20/l", "/t/0.1.2-rc/l"}) put(*store, name, "x");
  const auto skip = [](std::string_view) { return int32_t{BERTH_VISIT_SKIP_DIRECTORY}; };
  CHECK(walk(*store, "/t", {}, skip) == Lines{"/t/0.1.2-rc/", "/t/0.1.2/", "/t/0.1.20/"});
}

TEST_CASE("an object that everyone may read is read with the keys of another account") {
  const Store open(gateway({{"objectacl", "public-read"}}));
  const Given other{{"accesskey", environment("BERTH_CEPH_S3_ACCESS_KEY2")},
                    {"secretkey", environment("BERTH_CEPH_S3_SECRET_KEY2")}};
  put(*open, "/small", "hello");
  write_object(*open, "/large", noise(6 * mib));
  const auto owner = open.again({{"objectacl", "private"}});
  put(*owner, "/own", "x");
  const auto reader = open.again(other);
  CHECK(get(*reader, "/small") == "hello");
  CHECK(get(*reader, "/large") == noise(6 * mib));
  CHECK(status_of([&] { get(*reader, "/own"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status_of([&] { put(*reader, "/small", "x"); }) == BERTH_STATUS_PERMISSION_DENIED);
}

TEST_CASE("list, walk and remove use all pages") {
  const Store store;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&store, t] {
      for (int i = t; i < 1205; i += 8) put(*store, "/d/" + std::to_string(1000 + i), "x");
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(list(*store, "/d").size() == 1205);
  CHECK(walk(*store, "/").size() == 1206);
  CHECK(list(*store, "/d", "/d/2200").size() == 4);
  remove(*store, "/d");
  CHECK(list(*store, "/").empty());
}

TEST_CASE("remove aborts more uploads than one page lists, and keeps a sibling's") {
  const Store store;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&store, t] {
      for (int i = t; i < 1005; i += 8) keep(*writer(*store, "/d/" + std::to_string(1000 + i)));
    });
  for (std::thread& thread : threads) thread.join();
  keep(*writer(*store, "/d-x"));
  CHECK(appender(*store, "/d/2004")->size() == 0);
  CHECK(status_of([&] { remove(*store, "/d"); }) == BERTH_STATUS_OK);
  for (const char* name : {"/d/1000", "/d/2004"})
    CHECK(status_of([&] { appender(*store, name); }) == BERTH_STATUS_PATH_NOT_FOUND);
  cancel(*appender(*store, "/d-x"));
}

TEST_CASE("an object of several parts is whole, in parts of exactly the chunk size") {
  const Store store;
  const std::string bytes = noise(12 * mib + 17);
  write_object(*store, "/a", bytes);
  CHECK(common::sha256(get(*store, "/a")) == common::sha256(bytes));
  CHECK(stat(*store, "/a").etag.find("-3\"") != std::string::npos);
  CHECK(read(*store, "/a", {5 * mib - 1, 3}) == bytes.substr(5 * mib - 1, 3));
}

TEST_CASE("parallel ranges read the same bytes") {
  const Store store;
  const std::string bytes = noise(23 * mib);
  write_object(*store, "/a", bytes);
  const auto parallel = store.again({{"downloadconcurrency", "4"}});
  CHECK(read(*parallel, "/a") == bytes);
  CHECK(read(*parallel, "/a", {7 * mib, 9 * mib}) == bytes.substr(7 * mib, 9 * mib));
}

TEST_CASE("a commit without data makes an empty object that can be appended to") {
  const Store store;
  commit(*writer(*store, "/a"));
  CHECK(stat(*store, "/a").size == 0);
  CHECK(read(*store, "/a").empty());
  CHECK(get(*store, "/a").empty());
  CHECK(read(*store, "/a", {0, 3}).empty());
  CHECK(read(*store, "/a", {7}).empty());
  const auto w = appender(*store, "/a");
  write(*w, "x");
  commit(*w);
  CHECK(get(*store, "/a") == "x");
}

TEST_CASE("an unfinished upload of any size is resumed in another process") {
  for (const std::size_t size : {std::size_t{3}, 5 * mib, 7 * mib, 11 * mib}) {
    CAPTURE(size);
    const Store store;
    const std::string bytes = noise(size + 6 * mib);
    {
      const auto w = writer(*store, "/a");
      write(*w, bytes.substr(0, size));
      keep(*w);
    }
    const auto other = store.again();
    const auto w = appender(*other, "/a");
    CHECK(w->size() == size);
    write(*w, bytes.substr(size));
    commit(*w);
    CHECK(get(*store, "/a") == bytes);
  }
}

TEST_CASE("an upload may be left unfinished many times, and shows nothing before commit") {
  const Store store;
  const std::string name = "/\xC3\xA9 %2B+";
  const std::string bytes = noise(13 * mib);
  std::size_t done = 0;
  for (const std::size_t step :
       {100 * std::size_t{1000}, 3 * mib, 2 * mib, std::size_t{1}, 6 * mib, std::size_t{77}}) {
    const auto w = done == 0 ? writer(*store, name) : appender(*store, name);
    CHECK(w->size() == done);
    write(*w, std::string_view(bytes).substr(done, step));
    keep(*w);
    done += step;
    CHECK(list(*store, "/").empty());
    CHECK(walk(*store, "/").empty());
  }
  const auto w = appender(*store, name);
  write(*w, std::string_view(bytes).substr(done));
  commit(*w);
  CHECK(get(*store, name) == bytes);
  CHECK(walk(*store, "/") == Lines{name});
}

TEST_CASE("append adds to a committed object of any size") {
  for (const std::size_t size : {std::size_t{3}, 5 * mib, 12 * mib}) {
    CAPTURE(size);
    const Store store;
    const std::string bytes = noise(size + 100);
    put(*store, "/a", bytes.substr(0, size));
    const auto w = appender(*store, "/a");
    CHECK(w->size() == size);
    write(*w, bytes.substr(size));
    CHECK(get(*store, "/a") == bytes.substr(0, size));
    commit(*w);
    CHECK(get(*store, "/a") == bytes);
  }
}

// The gateway completes an upload only with all its parts, including those of the dead append: here
// the next writer has as many.
TEST_CASE("parts of a dead append are not taken for parts of the closed upload") {
  const Store store;
  const std::string first = noise(5 * mib + 3), second = noise(16 * mib);
  {
    const auto w = writer(*store, "/a");
    write(*w, first);
    keep(*w);
  }
  write(*appender(*store, "/a"),
        std::string(16 * mib, 'z'));  // its writer is destroyed, as if the process died
  const auto other = store.again();
  const auto w = appender(*other, "/a");
  CHECK(w->size() == first.size());
  write(*w, second);
  commit(*w);
  CHECK(get(*store, "/a") == first + second);
}

TEST_CASE("parts of a dead append are not taken for parts of the object") {
  for (const std::size_t size : {std::size_t{3}, 12 * mib}) {
    CAPTURE(size);
    const Store store;
    const std::string bytes = noise(size);
    put(*store, "/a", bytes);
    write(*appender(*store, "/a"), noise(6 * mib));  // its writer is destroyed
    const auto other = store.again();
    const auto w = appender(*other, "/a");
    CHECK(w->size() == size);
    write(*w, "more");
    commit(*w);
    CHECK(get(*store, "/a") == bytes + "more");
  }
}

TEST_CASE("cancel leaves the committed object, and nothing to resume") {
  const Store store;
  put(*store, "/a", "old");
  const auto w = writer(*store, "/a");
  write(*w, noise(11 * mib));
  cancel(*w);
  CHECK(get(*store, "/a") == "old");
  remove(*store, "/a");
  CHECK(status_of([&] { appender(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("cancel of a resumed upload discards all of it") {
  const Store store;
  {
    const auto w = writer(*store, "/a");
    write(*w, "abc");
    keep(*w);
  }
  cancel(*appender(*store, "/a"));
  CHECK(status_of([&] { stat(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { appender(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("starting over discards the unfinished upload") {
  const Store store;
  {
    const auto w = writer(*store, "/a");
    write(*w, noise(6 * mib));
    keep(*w);
  }
  write_object(*store, "/a", "new");
  const auto w = appender(*store, "/a");
  CHECK(w->size() == 3);
  cancel(*w);
}

TEST_CASE("a large object is moved by parts, with its type") {
  const Store store(
      gateway({{"multipartcopythresholdsize", "5242880"}, {"multipartcopychunksize", "5242880"}}));
  const std::string bytes = noise(17 * mib);
  const std::string name = "/d/\xC3\xBC c++ #1?.bin";
  write_object(*store, name, bytes);
  move(*store, name, "/c/d");
  CHECK(get(*store, "/c/d") == bytes);
  CHECK(stat(*store, "/c/d").etag.find("-4\"") != std::string::npos);
  CHECK(status_of([&] { stat(*store, name); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a missing source leaves the destination unchanged") {
  const Store store;
  put(*store, "/b", "kept");
  CHECK(status_of([&] { move(*store, "/a", "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(get(*store, "/b") == "kept");
}

TEST_CASE("of many appends to one object that are closed at once, exactly one succeeds") {
  const Store store;
  put(*store, "/a", "abc");
  std::vector<std::unique_ptr<sdk::Writer>> appends;
  for (int i = 0; i < 8; ++i) {
    appends.push_back(appender(*store, "/a"));
    write(*appends.back(), std::string(1, static_cast<char>('0' + i)));
  }
  std::atomic<int> closed{0}, refused{0}, winner{-1};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto status = status_of([&] { keep(*appends[static_cast<std::size_t>(i)]); });
      if (status == BERTH_STATUS_OK) winner = i;
      ++(status == BERTH_STATUS_OK ? closed : refused);
      if (status != BERTH_STATUS_OK && status != BERTH_STATUS_PRECONDITION_FAILED) refused = 100;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(closed == 1);
  CHECK(refused == 7);
  commit(*appender(*store, "/a"));
  CHECK(get(*store, "/a") == "abc" + std::to_string(winner));
}

TEST_CASE("of many create-only puts at once exactly one succeeds") {
  const Store store;
  std::atomic<int> won{0}, lost{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      sdk::WriteOptions options;
      options.create_only = true;
      const auto status = status_of([&] { put(*store, "/a", "x", options); });
      ++(status == BERTH_STATUS_OK ? won : lost);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(won == 1);
  CHECK(lost == 7);
}

TEST_CASE("many threads putting the same object leave it whole") {
  const Store store;
  const std::string bytes(71, 'x');
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { put(*store, "/a", bytes); });
  for (std::thread& thread : threads) thread.join();
  CHECK(get(*store, "/a") == bytes);
}

TEST_CASE(
    "an object that is encrypted with a key of the key management service is read like any other") {
  const Store store(gateway({{"encrypt", "true"}, {"keyid", "testkey-1"}}));
  const std::string bytes = noise(6 * mib);
  put(*store, "/small", "hello");
  write_object(*store, "/large", bytes);
  CHECK(get(*store, "/small") == "hello");
  CHECK(get(*store, "/large") == bytes);
}

TEST_CASE("wrong keys and a missing bucket are different errors") {
  const Store store;
  const auto refused = [&](const Given& changes) {
    const auto driver = store.again(changes);
    return status_of([&] { list(*driver, "/"); });
  };
  CHECK(refused({{"secretkey", "wrong"}}) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(refused({{"accesskey", "nobody"}}) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(refused({{"accesskey", environment("BERTH_CEPH_S3_ACCESS_KEY2")},
                 {"secretkey", environment("BERTH_CEPH_S3_SECRET_KEY2")}}) ==
        BERTH_STATUS_PERMISSION_DENIED);
  CHECK(refused({{"bucket", "no-such-bucket"}}) == BERTH_STATUS_UNKNOWN);
}

TEST_CASE("a self-signed certificate is refused unless its authority is given") {
  Given untrusted = over_tls();
  untrusted.erase("cafile");
  untrusted["maxretries"] = "0";
  const auto driver = open_driver<s3::S3Driver>(untrusted);
  CHECK(message_of([&] { list(*driver, "/"); }).find("certificate") != std::string::npos);
  untrusted["skipverify"] = "true";
  CHECK(status_of([&] { list(*open_driver<s3::S3Driver>(untrusted), "/"); }) == BERTH_STATUS_OK);
}
