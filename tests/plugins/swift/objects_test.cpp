// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "scripted_store.hpp"

namespace berth::test {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
bool asks_list(const SeenRequest& request) {
  return request.method == "GET" && holds(request.target, "format=json");
}
size_t count_of(const ScriptedStore& store, const std::string& part) {
  const auto lines = store.log();
  return static_cast<size_t>(std::count_if(lines.begin(), lines.end(),
                                           [&](const auto& line) { return holds(line, part); }));
}

// Segments that were put, and the note about their upload.
class Segments {
 public:
  void put(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    sizes_.emplace_back(request.target.substr(std::string("/v1/AUTH_a/c/").size()),
                        request.body.size());
    std::sort(sizes_.begin(), sizes_.end());
  }
  Answer note(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    if (request.method == "PUT") note_ = request.body;
    if (request.method == "PUT") return Answer(201);
    return note_.empty() ? not_found() : Answer(200, note_);
  }
  // All but the last `hidden`, from behind the marker on.
  Answer list(const SeenRequest& request, size_t hidden) const {
    const std::lock_guard lock(mutex_);
    std::string entries;
    const bool first = !holds(request.target, "marker=");
    for (size_t i = 0; first && i + hidden < sizes_.size(); ++i)
      entries += (i == 0 ? "" : ",") + listed(sizes_[i].first, sizes_[i].second);
    return Answer(200, "[" + entries + "]");
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, size_t>> sizes_;
  std::string note_;
};

constexpr size_t mebibyte = 1024 * 1024;

}  // namespace

TEST_CASE("a walk asks for pages by marker until an empty one, however short they are") {
  ScriptedStore store([](const SeenRequest& request) {
    if (holds(request.target, "marker=files%2Fa%2F2")) return Answer(200, "[]");
    if (holds(request.target, "marker=files%2Fa%2F1"))
      return Answer(200, "[" + listed("files/a/2", 1) + "]");
    return Answer(200, "[" + listed("files/a/1", 1) + "]");
  });
  CHECK(walk(*store.driver, "/a") == std::vector<std::string>{"/a/1", "/a/2"});
  CHECK(store.log().size() == 3);
}

TEST_CASE("the size of a dynamic large object is that of HEAD, in list and in stat") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD")
      return head_answer(5'000'000, "\"joined\"").header("X-Object-Manifest", "c/segments/x");
    if (holds(request.target, "marker=")) return Answer(200, "[]");
    return Answer(200, "[" + listed("files/a/large", 0, digest_of_nothing) + "]");
  });
  Entries entries;
  store.driver->list("/a", {}, entries.sink(), FakeCall());
  REQUIRE(entries.all().size() == 1);
  CHECK(entries.all()[0].size == 5'000'000);
  CHECK(stat(*store.driver, "/a/large").size == 5'000'000);
}

TEST_CASE("a static large object's listed size is believed where the service knows it") {
  ScriptedStore store([](const SeenRequest& request) {
    if (holds(request.target, "marker=")) return Answer(200, "[]");
    return Answer(200,
                  R"([{"name": "files/a/large", "bytes": 7, "hash": "x", "slo_etag": "\"j\""}])");
  });
  Entries entries;
  store.driver->list("/a", {}, entries.sink(), FakeCall());
  CHECK(entries.all().at(0).size == 7);
  CHECK(count_of(store, "HEAD") == 0);
}

TEST_CASE("a commit waits until the service lists the last segment") {
  Segments segments;
  std::atomic<int> lists{0};
  ScriptedStore store(
      [&](const SeenRequest& request) {
        if (asks_list(request)) return segments.list(request, ++lists < 3 ? 1 : 0);
        if (holds(request.target, "/uploads/")) return segments.note(request);
        if (request.method == "PUT" && holds(request.target, "/segments/")) segments.put(request);
        return request.method == "PUT" ? Answer(201).header("ETag", "e") : not_found();
      },
      {{"layout", "registry"}, {"chunksize", "1048576"}});
  const auto writer = test::writer(*store.driver, "/a");
  write(*writer, std::string(2 * mebibyte + 1, 'x'));
  commit(*writer);
  const auto log = store.log();
  const auto manifest = std::find(log.begin(), log.end(), "PUT /v1/AUTH_a/c/files/a");
  REQUIRE(manifest != log.end());
  // Two looks at least, of two pages each.
  CHECK(std::count_if(log.begin(), manifest,
                      [](const auto& line) { return holds(line, "format=json"); }) >= 4);
}

TEST_CASE("a commit whose segment stays out of the listing publishes nothing") {
  Segments segments;
  ScriptedStore store(
      [&](const SeenRequest& request) {
        if (asks_list(request)) return segments.list(request, 1);
        if (holds(request.target, "/uploads/")) return segments.note(request);
        if (request.method == "PUT" && holds(request.target, "/segments/")) segments.put(request);
        if (request.method == "DELETE") return Answer(204);
        return request.method == "PUT" ? Answer(201).header("ETag", "e") : not_found();
      },
      {{"layout", "registry"}, {"chunksize", "1048576"}}, R"({"swift": {}})");
  const auto writer = test::writer(*store.driver, "/a");
  write(*writer, std::string(2 * mebibyte + 1, 'x'));
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(500));
  CHECK(status_of([&] { writer->commit({}, call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(count_of(store, "PUT /v1/AUTH_a/c/files/a") == 0);
}

TEST_CASE("a dynamic large object that is shorter than it was written is asked for again") {
  std::atomic<int> gets{0};
  ScriptedStore store([&](const SeenRequest&) {
    const std::string body = ++gets == 1 ? "hel" : "hello";
    return Answer(200, body)
        .header("ETag", "\"e\"")
        .header("X-Object-Manifest", "c/segments/x")
        .header("X-Object-Meta-Berth-Size", "5");
  });
  CHECK(get(*store.driver, "/a") == "hello");
}

TEST_CASE("removing an upload leaves the segments that a moved manifest uses") {
  // The registry was stopped between the two steps of a move: both manifests are there.
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD" && holds(request.target, "/files/"))
      return head_answer(4).header("X-Object-Manifest", "c/segments/x");
    if (request.method == "HEAD") return not_found();
    if (request.method == "DELETE") return Answer(204);
    if (request.method == "POST")
      return Answer(200, R"({"Response Status": "200 OK", "Errors": []})");
    if (holds(request.target, "marker=") || holds(request.target, "prefix=uploads"))
      return Answer(200, "[]");
    if (holds(request.target, "prefix=segments"))
      return Answer(200, "[" + listed("segments/x/0000000000000001", 4) + "]");
    const std::string upload = listed("files/uploads/data", 0, digest_of_nothing);
    if (holds(request.target, "prefix=files%2Fuploads")) return Answer(200, "[" + upload + "]");
    return Answer(200, "[" + listed("files/blob", 0, digest_of_nothing) + "," + upload + "]");
  });
  remove(*store.driver, "/uploads");
  CHECK(count_of(store, "DELETE /v1/AUTH_a/c/files/uploads/data") == 1);
  CHECK(count_of(store, "DELETE /v1/AUTH_a/c/segments") == 0);
  CHECK(count_of(store, "POST") == 0);
}

TEST_CASE("what a service refuses has a status and a sentence") {
  const auto answered = [](int status) {
    return [status](const SeenRequest&) { return Answer(status).no_body(); };
  };
  const auto asked = [](ScriptedStore& store) {
    return status_of([&] { get(*store.driver, "/a"); });
  };
  ScriptedStore denied(answered(403));
  CHECK(asked(denied) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(message_of([&] { get(*denied.driver, "/a"); }) ==
        "cannot read 'files/a': access denied; has the user a role that may do this?");
  ScriptedStore missing([](const SeenRequest& request) {
    return asks_list(request) ? Answer(200, "[]") : not_found();
  });
  CHECK(asked(missing) == BERTH_STATUS_PATH_NOT_FOUND);
  ScriptedStore full(answered(507));
  CHECK(asked(full) == BERTH_STATUS_NO_SPACE);
}

TEST_CASE("a write into a container that is gone is no missing path") {
  ScriptedStore store([](const SeenRequest&) { return Answer(404).no_body(); });
  CHECK(message_of([&] { put(*store.driver, "/a", "x"); }) ==
        "cannot write 'files/a': the service answered 404; is the container 'c' gone?");
}

TEST_CASE("a commit whose answer was lost is looked up before anything is removed") {
  std::mutex mutex;
  std::string manifest;
  std::string note;
  ScriptedStore store(
      [&](const SeenRequest& request) {
        const std::lock_guard lock(mutex);
        if (request.method == "PUT" && holds(request.target, "/uploads/")) note = request.body;
        if (request.method == "GET" && holds(request.target, "/uploads/")) return Answer(200, note);
        const bool of_manifest = holds(request.target, "multipart-manifest");
        if (request.method == "PUT" && of_manifest) {
          manifest = request.body;
          return Answer::hang_up();
        }
        if (request.method == "GET" && of_manifest) return Answer(200, manifest);
        if (request.method == "HEAD" && holds(request.target, "/files/") && !manifest.empty())
          return head_answer(5).header("X-Static-Large-Object", "True");
        if (request.method == "DELETE") return Answer(204);
        return request.method == "PUT" ? Answer(201).header("ETag", "e") : not_found();
      },
      {{"chunksize", "1048576"}, {"maxretries", "0"}});
  const auto writer = test::writer(*store.driver, "/a");
  write(*writer, std::string(mebibyte + 1, 'x'));
  commit(*writer);
  CHECK(count_of(store, "DELETE /v1/AUTH_a/c/segments") == 0);
  CHECK(count_of(store, "DELETE /v1/AUTH_a/c/uploads/a") == 1);
}

}  // namespace berth::test
