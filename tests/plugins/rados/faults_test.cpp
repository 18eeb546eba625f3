// SPDX-License-Identifier: Apache-2.0
//
// Faults of the cluster and of the configuration are reported within seconds, with an error that
// names the cause.
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "blobs.hpp"
#include "ceph.hpp"
#include "directories.hpp"
#include "remove.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::test;
using Clock = std::chrono::steady_clock;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::filesystem::path folder_of_server() {
  return std::filesystem::path(server_env("BERTH_CEPH_CONF")).parent_path();
}

// Keeps the server "osd" or "mon" stopped.
class Stopped {
 public:
  explicit Stopped(const std::string& server) {
    const std::filesystem::path file = folder_of_server() / "run" / (server + ".pid");
    std::ifstream(file) >> pid_;
    if (pid_ <= 1) throw std::runtime_error("no pid in " + file.string());
    ::kill(pid_, SIGSTOP);
    while (!stopped()) std::this_thread::yield();
  }
  ~Stopped() { ::kill(pid_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  // On a busy machine, a thread may answer one more request before it is stopped.
  bool stopped() const {
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
      std::string text;
      std::getline(std::ifstream(task.path() / "stat"), text);
      if (!contains(text, ") T ")) return false;
    }
    return true;
  }

  pid_t pid_ = 0;
};

// Keeps the cluster in a state that one command sets and another reverts.
class Changed {
 public:
  Changed(const std::string& command, std::string undo) : undo_(std::move(undo)) {
    output_of(command + " 2>&1");
  }
  ~Changed() {
    try {
      output_of(undo_ + " 2>&1");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
  }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;

 private:
  const std::string undo_;
};

std::string script(const std::string& command) {
  return "BERTH_CEPH_DIR=" + quoted(folder_of_server().string()) + " " + quoted(CEPH_SH) + " " +
         command;
}

std::string ceph(const std::string& command) {
  return "ceph -c " + quoted(server_env("BERTH_CEPH_CONF")) + " " + command;
}

// Pauses the cluster and waits until the client knows. The client then holds requests back, so one
// that is cancelled never reaches the OSD.
std::unique_ptr<Changed> paused(sdk::Driver& store) {
  auto pause = std::make_unique<Changed>(ceph("osd pause"), ceph("osd unpause"));
  berth_status status = BERTH_STATUS_OK;
  for (int i = 0; i < 100 && status == BERTH_STATUS_OK; ++i) {
    FakeCall call;
    call.expire_at(Clock::now() + std::chrono::milliseconds(100));
    status = status_of([&] { store.stat("/no/such/file", call); });
    if (status == BERTH_STATUS_PATH_NOT_FOUND) status = BERTH_STATUS_OK;
  }
  CHECK(status != BERTH_STATUS_OK);
  return pause;
}

std::string largest_object(unsigned bytes) {
  return ceph("tell osd.0 config set osd_max_object_size " + std::to_string(bytes));
}

class InFolder {
 public:
  explicit InFolder(const std::filesystem::path& folder) { std::filesystem::current_path(folder); }
  ~InFolder() { std::filesystem::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>((i * 2654435761U + (i >> 8)) >> 11);
  return bytes;
}

// Appends the missing bytes to the closed upload and commits it.
void continue_to(const std::string& all, sdk::Driver& store, const std::string& path) {
  const auto upload = appender(store, path);
  const auto stored = static_cast<std::size_t>(upload->size());
  REQUIRE(stored <= all.size());
  write(*upload, all.substr(stored));
  commit(*upload);
}

// What the body threw, and how long it took.
struct Failure {
  berth_status status = BERTH_STATUS_OK;
  std::string message;
  double seconds = 0;
};
template <class Body>
Failure failure_of(Body&& body) {
  Failure failure;
  const auto start = Clock::now();
  try {
    body();
  } catch (const sdk::Error& error) {
    failure.status = error.status();
    failure.message = error.message();
  }
  failure.seconds = seconds_since(start);
  return failure;
}

}  // namespace

TEST_CASE("a monitor that cannot be reached is named within mounttimeout") {
  const CephSpace space;
  const Failure failure = failure_of([&] {
    space.open({{"monhost", "v2:127.0.0.1:1"}, {"mounttimeout", "1000"}});
  });
  CHECK(failure.status == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(failure.message, "v2:127.0.0.1:1"));
  CHECK(contains(failure.message, "mounttimeout (1 s)"));
  CHECK(failure.seconds < 4);
}

TEST_CASE("open ends at its deadline when that is shorter than mounttimeout") {
  const CephSpace space;
  const auto given = space.parameters({{"monhost", "v2:127.0.0.1:1"}});
  const FakeParameters parameters(rados::RadosDriver::parameters, given);
  FakeCall call;
  call.expire_at(Clock::now() + std::chrono::milliseconds(500));
  const Failure failure =
      failure_of([&] { const rados::RadosDriver driver(parameters.parameters(), call); });
  CHECK(failure.status == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(failure.message ==
        "no answer from the monitors v2:127.0.0.1:1 before the deadline of the call");
  CHECK(failure.seconds < 4);
}

TEST_CASE("a wrong key is refused at open, and the message does not contain the key") {
  const CephSpace space;
  const TempDir folder;
  const std::string key = "AQBSdFhcGTzbABAAqSQcSzJbvgNlsWWkGyGzpA==";
  const std::string file = folder.string() + "/keyring";
  std::ofstream(file) << "[client.lab]\nkey = " << key << "\n";
  const Failure failure = failure_of([&] { space.open({{"keyring", file}}); });
  CHECK(failure.status == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(contains(failure.message, "client.lab"));
  CHECK_FALSE(contains(failure.message, key));
  CHECK(failure.seconds < 4);
}

TEST_CASE("errors name a user and a keyring that do not exist") {
  const CephSpace space;
  CHECK(failure_of([&] { space.open({{"username", "nobody"}}); }).status != BERTH_STATUS_OK);
  const Failure failure = failure_of([&] { space.open({{"keyring", "/nowhere/keyring"}}); });
  CHECK(failure.status != BERTH_STATUS_OK);
  CHECK(contains(failure.message, "keyring"));
}

TEST_CASE("a key without permissions for the pool is refused with the capability that it needs") {
  const CephSpace space;
  output_of(ceph("osd pool create berth-other 1 2>&1"));
  const auto store = space.open({{"poolname", "berth-other"}});
  const Failure failure = failure_of([&] { put(*store, "/f", "x"); });
  CHECK(failure.status == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(contains(failure.message, "client.lab lacks permission"));
  CHECK(contains(failure.message, "allow rwx pool=berth-other"));
}

TEST_CASE("errors name a pool and a configuration file that do not exist") {
  const CephSpace space;
  const Failure pool = failure_of([&] { space.open({{"poolname", "no-such-pool"}}); });
  CHECK(pool.status == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(pool.message == "the cluster has no pool no-such-pool (poolname)");
  const Failure file = failure_of([&] { space.open({{"configfile", "/nowhere/ceph.conf"}}); });
  CHECK(file.status == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(file.message == "cannot read the configfile /nowhere/ceph.conf");
}

TEST_CASE("monhost, username and keyring are enough without a configuration file") {
  const CephSpace space;
  auto given = space.parameters({{"monhost", server_env("BERTH_CEPH_MON_HOST")}});
  given["username"] = "lab";  // with "client." in the other cases
  given.erase("configfile");
  ::unsetenv("CEPH_CONF");
  const auto store = open_driver<rados::RadosDriver>(given);
  put(*store, "/f", "x");
  CHECK(get(*store, "/f") == "x");
}

TEST_CASE("clustername selects the configuration file") {
  const CephSpace space;
  const TempDir folder;
  std::filesystem::copy(server_env("BERTH_CEPH_CONF"), folder.string() + "/other.conf");
  const InFolder here(folder.path());
  auto given = space.parameters({{"clustername", "other"}});
  given.erase("configfile");
  ::unsetenv("CEPH_CONF");
  const auto store = open_driver<rados::RadosDriver>(given);
  put(*store, "/f", "x");
  CHECK(get(*store, "/f") == "x");
  given["clustername"] = "no-such";
  const Failure failure = failure_of([&] { open_driver<rados::RadosDriver>(given); });
  CHECK(failure.status == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(failure.message == "no ceph.conf in the default locations; set configfile or monhost");
}

TEST_CASE(
    "an OSD that does not answer is named within osdtimeout, and the store works again "
    "afterwards") {
  const CephSpace space;
  const auto store = space.open({{"osdtimeout", "1000"}, {"montimeout", "1000"}});
  put(*store, "/d/f", "old");
  {
    const Stopped stopped("osd");
    const Failure reading = failure_of([&] { get(*store, "/d/f"); });
    CHECK(reading.status == BERTH_STATUS_UNAVAILABLE);
    CHECK(contains(reading.message, "osd.0 within osdtimeout (1 s)"));
    CHECK(reading.seconds < 5);
    CHECK(failure_of([&] { put(*store, "/d/f", "new"); }).status == BERTH_STATUS_UNAVAILABLE);
    CHECK(failure_of([&] { list(*store, "/d"); }).status == BERTH_STATUS_UNAVAILABLE);
    CHECK(failure_of([&] { stat(*store, "/d/g"); }).status == BERTH_STATUS_UNAVAILABLE);
  }
  const std::string now = get(*store, "/d/f");
  CHECK((now == "old" || now == "new"));
  put(*store, "/d/f", "newer");
  CHECK(get(*store, "/d/f") == "newer");
}

TEST_CASE("the deadline of a call and its cancellation end the wait for an OSD") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/f", std::string(9U << 20, 'x'));
  const auto reader = store->reader("/f", {}, FakeCall());
  const auto upload = writer(*store, "/g");
  const Stopped stopped("osd");
  std::string buffer(1U << 20, '\0');
  const auto ends = [&](auto&& body) {
    FakeCall deadline, cancelled;
    deadline.expire_at(Clock::now() + std::chrono::milliseconds(200));
    const Failure late = failure_of([&] { body(deadline.call()); });
    CHECK(late.status == BERTH_STATUS_DEADLINE_EXCEEDED);
    CHECK(late.seconds < 2);
    cancelled.cancel_after(5);
    const Failure ended = failure_of([&] { body(cancelled.call()); });
    CHECK(ended.status == BERTH_STATUS_CANCELLED);
    CHECK(ended.seconds < 2);
  };
  ends([&](const sdk::Call& call) { store->put("/f", "y", {}, call); });
  ends([&](const sdk::Call& call) { store->stat("/f", call); });
  ends([&](const sdk::Call& call) { store->remove("/f", {}, call); });
  ends([&](const sdk::Call& call) { store->move("/f", "/d/f", {}, call); });
  ends([&](const sdk::Call& call) {
    Entries entries;
    store->walk("/", {}, entries.sink(), call);
  });
  ends([&](const sdk::Call& call) { reader->read(buffer.data(), buffer.size(), call); });
  ends([&](const sdk::Call& call) {
    while (true) upload->write(std::string(4U << 20, 'z'), call);
  });
}

TEST_CASE("a store is closed within seconds while its OSD does not answer") {
  const CephSpace space;
  auto store = space.open();
  put(*store, "/f", "x");
  auto reader = store->reader("/f", {}, FakeCall());
  const Stopped stopped("osd");
  const auto start = Clock::now();
  reader.reset();
  store.reset();
  CHECK(seconds_since(start) < 3);
}

TEST_CASE("an overwrite during which the OSD stops leaves the old or the new object") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "65536"}});
  const std::string before(1U << 20, 'a'), after(1U << 20, 'b');
  put(*store, "/g", "x");
  for (int round = 0; round < 5; ++round) {
    put(*store, "/f", before);
    FakeCall call;
    call.expire_at(Clock::now() + std::chrono::milliseconds(150));
    std::thread writing([&] { status_of([&] { store->put("/f", after, {}, call); }); });
    {
      for (int i = 0; i < round; ++i) get(*store, "/g");  // the put gets further each round
      const Stopped stopped("osd");
      writing.join();
    }
    const std::string now = get(*store, "/f");
    CHECK((now == before || now == after));
  }
}

TEST_CASE("an open store works while its monitor does not answer and while no monitor runs") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "65536"}});
  const std::string large(1U << 20, 'x');
  const auto works = [&] {
    put(*store, "/a/f", large);
    put(*store, "/a/f", "new");
    CHECK(get(*store, "/a/f") == "new");
    move(*store, "/a/f", "/b/f");
    CHECK(walk(*store, "/") == std::vector<std::string>{"/b/", "/b/f"});
    remove(*store, "/b");
    CHECK(list(*store, "/").empty());
  };
  const auto open_fails = [&] {
    const Failure failure = failure_of([&] { space.open({{"mounttimeout", "1000"}}); });
    CHECK(failure.status == BERTH_STATUS_UNAVAILABLE);
    CHECK(contains(failure.message, "within mounttimeout (1 s)"));
    CHECK(failure.seconds < 4);
  };
  {
    const Stopped stopped("mon");
    works();
    open_fails();
  }
  {
    const Changed killed(script("crash"), script("revive"));
    works();
    open_fails();
  }
  works();
  put(*space.open(), "/f", "x");
  CHECK(get(*store, "/f") == "x");
}

TEST_CASE("when neither the OSD nor the monitors answer, the error names both") {
  const CephSpace space;
  const auto store = space.open({{"osdtimeout", "1000"}, {"montimeout", "1000"}});
  put(*store, "/f", "x");
  const Stopped monitor("mon"), osd("osd");
  const Failure failure = failure_of([&] { get(*store, "/f"); });
  CHECK(failure.status == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(failure.message, "and none from the monitors"));
  CHECK(contains(failure.message, "127.0.0.1"));
  CHECK(failure.seconds < 6);
}

TEST_CASE("asking the monitors for the OSD takes no longer than the deadline of the call allows") {
  const CephSpace space;
  const auto store = space.open({{"osdtimeout", "1000"}, {"montimeout", "60000"}});
  put(*store, "/f", "x");
  const Stopped monitor("mon"), osd("osd");
  FakeCall call;
  call.expire_at(Clock::now() + std::chrono::seconds(6));
  const Failure failure = failure_of([&] { store->stat("/f", call); });
  CHECK(failure.status == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(failure.message, "no answer about object / in pool lab"));
  CHECK(contains(failure.message, "none from the monitors"));
  CHECK(failure.seconds < 30);
}

TEST_CASE("a stream has at most eight requests in flight") {
  const CephSpace space;
  const auto store = space.open();
  const auto upload = writer(*store, "/f");
  const std::string bytes(1U << 20, 'x');
  const auto write_for = [&](std::chrono::milliseconds time) {
    FakeCall call;
    call.expire_at(Clock::now() + time);
    return status_of([&] { upload->write(bytes, call); });
  };
  {
    const Stopped stopped("osd");
    for (int i = 0; i < 8; ++i) CHECK(write_for(std::chrono::seconds(5)) == BERTH_STATUS_OK);
    CHECK(write_for(std::chrono::milliseconds(100)) == BERTH_STATUS_DEADLINE_EXCEEDED);
  }
}

TEST_CASE("an upload whose write was cancelled is closed without loss and continued") {
  const CephSpace space;
  const auto store = space.open();
  const std::string all = pattern(12U << 20), step = all.substr(0, 1U << 20);
  const auto upload = writer(*store, "/f");
  {
    const auto pause = paused(*store);
    for (std::size_t i = 0; i < 8; ++i) write(*upload, all.substr(i << 20, 1U << 20));
    FakeCall cancelled;
    cancelled.cancel_after(3);
    CHECK(status_of([&] { upload->write(step, cancelled); }) == BERTH_STATUS_CANCELLED);
  }
  keep(*upload);
  CHECK(appender(*store, "/f")->size() == 8U << 20);
  continue_to(all, *store, "/f");
  CHECK((get(*store, "/f") == all));
}

TEST_CASE("an upload with a write that an OSD did not answer is closed up to the first lost byte") {
  const CephSpace space;
  for (const bool begun : {true, false}) {
    CAPTURE(begun);
    const auto store =
        space.open({{"osdtimeout", "1000"}, {"montimeout", "1000"}, {"chunksize", "2097152"}});
    const std::string all = pattern(30U << 20);
    const auto upload = writer(*store, "/f");
    std::size_t sent = begun ? 10U << 20 : 0;
    if (begun) write(*upload, all.substr(0, sent));
    {
      const auto pause = paused(*store);
      Failure failure;
      for (; failure.status == BERTH_STATUS_OK && sent < 28U << 20; sent += 1U << 20)
        failure = failure_of([&] { write(*upload, all.substr(sent, 1U << 20)); });
      CHECK(failure.status == BERTH_STATUS_UNAVAILABLE);
    }
    keep(*upload);
    CHECK((appender(*store, "/f")->size() >= 2U << 20) == begun);
    continue_to(all, *store, "/f");
    CHECK((get(*store, "/f") == all));
    remove(*store, "/f");
  }
}

TEST_CASE("a full cluster refuses writes at once and accepts removals") {
  const CephSpace space;
  const auto store = space.open({{"osdtimeout", "20000"}});
  put(*store, "/d/f", "old");
  put(*store, "/d/g", "gone");
  const auto upload = writer(*store, "/d/h");
  write(*upload, std::string(5U << 20, 'x'));
  // The OSD reports the change to the monitors, and they to the client.
  const auto put_until = [&](berth_status status) {
    const auto limit = Clock::now() + std::chrono::seconds(30);
    Failure failure;
    do failure = failure_of([&] { put(*store, "/d/f", "new"); });
    while (failure.status != status && Clock::now() < limit);
    return failure;
  };
  {
    const Changed full(ceph("tell osd.0 injectfull full"), ceph("tell osd.0 injectfull none"));
    const Failure failure = put_until(BERTH_STATUS_NO_SPACE);
    CHECK(failure.status == BERTH_STATUS_NO_SPACE);
    CHECK(contains(failure.message, "No space left on device"));
    CHECK(failure.seconds < 5);
    CHECK(status_of([&] { put(*store, "/h", std::string(9U << 20, 'x')); }) ==
          BERTH_STATUS_NO_SPACE);
    CHECK(get(*store, "/d/f") == "new");
    write(*upload, "more");
    CHECK(status_of([&] { commit(*upload); }) == BERTH_STATUS_NO_SPACE);
    remove(*store, "/d/g");
  }
  CHECK(list(*store, "/d") == std::vector<std::string>{"/d/f"});
  CHECK(space.chunks().size() == 1);
  CHECK(put_until(BERTH_STATUS_OK).status == BERTH_STATUS_OK);
}

TEST_CASE("a chunk larger than the cluster allows is refused with advice and leaves no chunk") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "16777216"}});
  const Changed small(largest_object(4U << 20), largest_object(128U << 20));
  const Failure failure = failure_of([&] { put(*store, "/f", std::string(9U << 20, 'x')); });
  CHECK(failure.status == BERTH_STATUS_NO_SPACE);
  CHECK(contains(failure.message, "osd_max_object_size"));
  CHECK(contains(failure.message, "choose a smaller chunksize"));
  CHECK(space.chunks().empty());
  put(*space.open({{"chunksize", "4194304"}}), "/f", std::string(9U << 20, 'x'));
  CHECK(get(*store, "/f").size() == 9U << 20);
}

TEST_CASE("an erasure-coded pool, which cannot store directories, is refused at open") {
  const CephSpace space;
  const std::string pool = "coded-" + space.name();
  const Changed made(ceph("osd pool create " + pool + " 1 1 erasure"),
                     ceph("osd pool rm " + pool + " " + pool + " --yes-i-really-really-mean-it"));
  const Failure failure = failure_of([&] { space.open({{"poolname", pool}}); });
  CHECK(failure.status == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(contains(failure.message, "pool " + pool + " (poolname) is erasure-coded"));
  CHECK(failure.seconds < 5);
}

TEST_CASE(
    "an error reports that the cluster blocklisted the client, and the store can be opened again") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/f", "x");
  {
    const Changed blocked(ceph("osd blocklist add 127.0.0.1"), ceph("osd blocklist rm 127.0.0.1"));
    const Failure failure = failure_of([&] { get(*store, "/f"); });
    CHECK(failure.status == BERTH_STATUS_UNAVAILABLE);
    CHECK(contains(failure.message, "blocklisted this client; open the store again"));
    CHECK(failure.seconds < 5);
  }
  CHECK(get(*space.open(), "/f") == "x");
}

namespace {

// Collects what the driver logs.
class Logged {
 public:
  Logged() {
    host_.struct_size = sizeof host_;
    host_.host_data = this;
    host_.log_enabled = [](const berth_host*, int32_t) noexcept -> int32_t { return 1; };
    host_.log = [](const berth_host* host, int32_t, berth_str text) noexcept {
      static_cast<Logged*>(host->host_data)->lines_.emplace_back(text.data, text.size);
    };
    before_ = sdk::detail::host.exchange(&host_);
  }
  ~Logged() { sdk::detail::host = before_; }
  Logged(const Logged&) = delete;
  Logged& operator=(const Logged&) = delete;

  const std::vector<std::string>& lines() const noexcept { return lines_; }

 private:
  berth_host host_{};
  const berth_host* before_ = nullptr;
  std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("blobs that a directory's removal could not remove are logged") {
  const CephSpace space;
  const auto store = space.open();
  const rados::Session session(settings_of(space), FakeCall());
  const rados::Directories directories(session);
  const rados::Blobs blobs(session);
  const rados::Removal removal(session, directories, blobs);
  put(*store, "/d/a", "x");
  put(*store, "/d/b", "x");
  const auto files = directories.entries("/d", {"a", "b"}, FakeCall());
  REQUIRE(directories.unlink_all("/d", files, FakeCall()));
  const Logged log;
  {
    const Stopped stopped("osd");
    FakeCall call;
    call.expire_at(Clock::now() + std::chrono::milliseconds(100));
    CHECK(status_of([&] { removal.remove_blobs("/d", files, call); }) ==
          BERTH_STATUS_DEADLINE_EXCEEDED);
  }
  REQUIRE(log.lines().size() == 2);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(contains(log.lines()[i], "chunks of " + files[i].value + " may be left as orphans: "));
}
