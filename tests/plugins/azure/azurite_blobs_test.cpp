// SPDX-License-Identifier: Apache-2.0
//
// What other programs do to blobs, on Azurite: snapshots and leases; and tokens of the machine
// itself.
#include <doctest/doctest.h>

#include <fstream>

#include "container.hpp"
#include "live_store.hpp"
#include "support/temp_dir.hpp"
#include "support/variable.hpp"

using namespace berth;
using namespace berth::test;

namespace {

// Another program, which does to a blob what the driver never does.
class Stranger {
 public:
  Stranger() : parameters_(azure::AzureDriver::parameters, azurite()) {
    azure::AzureDriver::init();
    container_ = std::make_unique<azure::Container>(parameters_.parameters());
  }

  void snapshot(const std::string& blob) { send(blob, "snapshot", {}); }
  void leave_block(const std::string& blob) {
    container_->put_block(blob, common::base64("0001"), "theirs", FakeCall());
  }
  void lease(const std::string& blob) {
    send(blob, "lease", {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", "-1"}});
  }
  void end_lease(const std::string& blob) {
    send(blob, "lease", {{"x-ms-lease-action", "break"}, {"x-ms-lease-break-period", "0"}});
  }

 private:
  void send(const std::string& blob, const char* what, const Given& headers) {
    azure::Operation operation;
    operation.method = "PUT";
    operation.blob = blob;
    operation.query = {{"comp", what}};
    for (const auto& [name, value] : headers) operation.headers.add(name, value);
    azure::Container::check(container_->send(operation, FakeCall()), operation);
  }

  FakeParameters parameters_;
  std::unique_ptr<azure::Container> container_;
};

Given by_default_credentials() {
  Given given = by_token();
  for (const char* key : {"credentials.clientid", "credentials.tenantid", "credentials.secret"})
    given.erase(key);
  given["credentials.type"] = "default_credentials";
  return given;
}

void use(const Given& given) {
  const Store store(given);
  put(*store, "/a", "hello");
  CHECK(get(*store, "/a") == "hello");
}

}  // namespace

TEST_CASE("tokens of a workload and of the machine open the store") {
  const Variable machine("AZURE_POD_IDENTITY_AUTHORITY_HOST", authority().url());
  use(by_default_credentials());
  CHECK(authority().requests().back().target.find("/metadata/identity/oauth2/token?") == 0);

  const TempDir dir;
  std::ofstream(dir.path() / "token") << "assertion";
  const Variable file("AZURE_FEDERATED_TOKEN_FILE", dir.string() + "/token");
  const Variable client("AZURE_CLIENT_ID", "id");
  const Variable tenant("AZURE_TENANT_ID", "tenant");
  use(by_default_credentials());
  CHECK(authority().requests().back().target == "/tenant/oauth2/v2.0/token");
}

TEST_CASE("a blob with a snapshot goes only where snapshots may go too") {
  const Store store;
  Stranger stranger;
  put(*store, "/a", "hello");
  stranger.snapshot(store.root() + "/a");
  CHECK(message_of([&] { remove(*store, "/a"); }) ==
        "cannot delete '" + store.root() + "/a" +
            "': it has snapshots; delete them first, or set deletesnapshots");
  CHECK(get(*store, "/a") == "hello");
  remove(*store.again({{"deletesnapshots", "true"}}), "/a");
  CHECK(status_of([&] { stat(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a block with a short name that another program left stops no write") {
  const Store store;
  Stranger stranger;
  for (const char* path : {"/a", "/b", "/c"}) stranger.leave_block(store.root() + path);
  put(*store, "/a", "ours", {false, true, {}, {}});
  CHECK(get(*store, "/a") == "ours");
  const std::string bytes = noise(200'000);
  for (const bool create_only : {false, true}) {
    const char* path = create_only ? "/b" : "/c";
    const auto w = writer(*store, path, {false, create_only, {}, {}});
    write(*w, bytes);
    commit(*w);
    CHECK(get(*store, path) == bytes);
  }
}

TEST_CASE("a block with a short name at a blob lets a put through, and explains a refused upload") {
  const Store store;
  Stranger stranger;
  put(*store, "/a", "there");
  stranger.leave_block(store.root() + "/a");
  const auto w = writer(*store, "/a");
  const std::string message = message_of([&] {
    write(*w, noise(200'000));
    commit(*w);
  });
  CHECK(message.find("has uncommitted blocks of another program") != std::string::npos);
  CHECK(get(*store, "/a") == "there");
  put(*store, "/a", "ours");
  CHECK(get(*store, "/a") == "ours");
}

TEST_CASE("a leased blob is neither written, moved nor removed, and says why") {
  const Store store;
  Stranger stranger;
  put(*store, "/a", "hello");
  stranger.lease(store.root() + "/a");
  const auto refusal = [&](const std::string& doing) {
    return "cannot " + doing + " '" + store.root() + "/a" +
           "': another program holds a lease on it; end or break the lease first";
  };
  CHECK(message_of([&] { put(*store, "/a", "other"); }) == refusal("write"));
  CHECK(message_of([&] { move(*store, "/a", "/b"); }) == refusal("delete"));
  CHECK(message_of([&] { remove(*store, "/a"); }) == refusal("delete"));
  CHECK(get(*store, "/a") == "hello");
  stranger.end_lease(store.root() + "/a");
  put(*store, "/a", "other");
  CHECK(get(*store, "/a") == "other");
}
