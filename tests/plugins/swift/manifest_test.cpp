// SPDX-License-Identifier: Apache-2.0
//
// Committing large objects: what the service says about their segments, and answers that are lost.
#include <doctest/doctest.h>

#include <algorithm>

#include "small_swift.hpp"

namespace berth::test {
namespace {

constexpr size_t mebibyte = 1024 * 1024;
const std::string large(2 * mebibyte + 5, 'x');

// A store whose service answers the manifests of "/a" like that before it takes one.
struct Publishing {
  explicit Publishing(std::vector<Answer> answers = {}, const char* retries = "4",
                      const char* layout = "auto")
      : store([this](const SeenRequest& request) { return swift(request); },
              {{"chunksize", "1048576"}, {"maxretries", retries}, {"layout", layout}}) {
    swift.instead["PUT files/a"] = std::move(answers);
  }

  void write_large(const sdk::WriteOptions& options = {}) {
    const auto writer = store.driver->writer("/a", options, FakeCall());
    write(*writer, large);
    commit(*writer);
  }

  size_t manifests_sent() const {
    const auto lines = store.log();
    return static_cast<size_t>(
        std::count(lines.begin(), lines.end(), "PUT /v1/AUTH_a/c/files/a?multipart-manifest=put"));
  }

  SmallSwift swift;
  ScriptedStore store;
};

Answer complaint(const std::string& status) {
  return Answer(400, R"({"Errors": [["/c/segments/x%20y", ")" + status + R"("]]})")
      .header("Content-Type", "application/json");
}

sdk::WriteOptions create_only() {
  sdk::WriteOptions options;
  options.create_only = true;
  return options;
}

}  // namespace

TEST_CASE("a manifest whose segments the service cannot look at for now is sent again") {
  for (const char* status : {"503 Service Unavailable", "502 Bad Gateway", "404 Not Found"}) {
    Publishing at({complaint(status), complaint(status)});
    at.write_large();
    CHECK_MESSAGE(get(*at.store.driver, "/a") == large, status);
    CHECK(at.manifests_sent() == 3);
    CHECK(at.store.logins() == 1);
  }
}

TEST_CASE("a token that is taken back while the service looks at the segments is replaced") {
  Publishing at({complaint("401 Unauthorized")});
  at.write_large();
  CHECK(get(*at.store.driver, "/a") == large);
  CHECK(at.store.logins() == 2);
}

TEST_CASE("a segment that is not what was written is an error that names it") {
  Publishing at({complaint("Etag Mismatch")});
  const auto writing = [&] { at.write_large(); };
  CHECK(message_of(writing) ==
        "cannot write 'files/a': of the segment '/c/segments/x y' the service says: Etag Mismatch");
  CHECK(at.manifests_sent() == 1);
  CHECK(at.swift.objects.empty());
  at.swift.instead["PUT files/a"] = {complaint("Etag Mismatch")};
  CHECK(status_of(writing) == BERTH_STATUS_CORRUPT);
}

TEST_CASE("a segment that stays missing is an error that may be tried again") {
  Publishing at(std::vector<Answer>(10, complaint("404 Not Found")));
  CHECK(status_of([&] { at.write_large(); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(at.manifests_sent() == 5);
  CHECK(at.swift.objects.empty());
}

TEST_CASE("a manifest that is refused as such is an error with the service's number") {
  Publishing at({Answer(400, "Manifest must be valid JSON.")});
  CHECK(message_of([&] { at.write_large(); }) ==
        "cannot write 'files/a': the service answered 400");
}

TEST_CASE("an object that must be new is committed though the answer was lost") {
  Publishing at;
  at.swift.lost = {"PUT files/a"};
  at.write_large(create_only());
  CHECK(get(*at.store.driver, "/a") == large);
  CHECK(at.manifests_sent() == 2);
  CHECK(at.swift.objects.count("uploads/a") == 0);
}

TEST_CASE("an object is committed though the answer was lost and the last one says otherwise") {
  for (const char* layout : {"auto", "registry"}) {
    Publishing at({}, "4", layout);
    at.swift.lost = {"PUT files/a"};
    at.swift.ahead = [&, sent = 0](const std::string& request) mutable {
      if (request.starts_with("PUT files/a") && ++sent == 2)
        at.swift.instead["PUT files/a"] = {Answer(413)};
    };
    at.write_large();
    CHECK(get(*at.store.driver, "/a") == large);
  }
}

TEST_CASE("what was replaced goes though the answer was lost") {
  Publishing at({}, "0");
  at.write_large();
  at.swift.lost = {"PUT files/a", "PUT files/a"};  // a kept connection is replaced silently
  at.write_large();
  CHECK(get(*at.store.driver, "/a") == large);
  CHECK(at.swift.objects.size() == 4);  // the manifest and its three segments
}

TEST_CASE("an object that must be new and that another writer made leaves nothing of ours") {
  Publishing at;
  at.swift.ahead = [&](const std::string& request) {
    if (request == "PUT files/a?multipart-manifest=put") at.swift.objects["files/a"] = {"theirs"};
  };
  CHECK(status_of([&] { at.write_large(create_only()); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*at.store.driver, "/a") == "theirs");
  CHECK(at.swift.objects.size() == 1);
}

}  // namespace berth::test
