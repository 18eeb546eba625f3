// SPDX-License-Identifier: Apache-2.0
//
// Names with and without the leading slash, and listings as only other services
// give them.
#include <doctest/doctest.h>

#include <atomic>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

// A container that holds these blobs, all in one page.
ScriptedServer::Handler holding(const Lines& names) {
  return [names](const SeenRequest& request) {
    const std::string marker = "prefix=";
    const size_t at = request.target.find(marker);
    std::string prefix = at == std::string::npos ? "" : request.target.substr(at + marker.size());
    prefix = common::percent_decode(prefix.substr(0, prefix.find('&')));
    const bool delimited = contains(request.target, "delimiter=");
    std::string blobs;
    if (request.method == "HEAD") return missing();
    for (const std::string& name : names) {
      if (name.compare(0, prefix.size(), prefix) != 0) continue;
      const size_t slash = delimited ? name.find('/', prefix.size()) : std::string::npos;
      blobs += slash == std::string::npos
                   ? listed(name)
                   : "<BlobPrefix><Name>" + name.substr(0, slash + 1) + "</Name></BlobPrefix>";
    }
    return list_answer(blobs);
  };
}

}  // namespace

TEST_CASE("a container of a registry 2.x is known by its leading slash") {
  ScriptedStore store(holding({"/docker/a"}), {{"legacyleadingslash", "auto"}});
  CHECK(list(*store.driver, "/") == Lines{"/docker/"});
  CHECK(walk(*store.driver, "/docker") == Lines{"/docker/a"});
  CHECK(store.server.count() == 4);  // two to look, once
}

TEST_CASE("a container of a registry 3.x is known by one request") {
  ScriptedStore store(holding({"docker/a"}), {{"legacyleadingslash", "auto"}});
  CHECK(list(*store.driver, "/docker") == Lines{"/docker/a"});
  CHECK(store.server.count() == 2);
}

TEST_CASE("with a root directory only names below it are looked at") {
  ScriptedStore store(holding({"/reg/a", "other/b"}),
                      {{"legacyleadingslash", "auto"}, {"rootdirectory", "/reg/"}});
  CHECK(list(*store.driver, "/") == Lines{"/a"});
}

TEST_CASE("a container with both forms of names wants to be told") {
  ScriptedStore store(holding({"/docker/a", "docker/a"}), {{"legacyleadingslash", "auto"}});
  CHECK(message_of([&] { list(*store.driver, "/"); }) ==
        "container 'cont' holds names with a leading slash, as registries 2.x "
        "write them, and "
        "without; say with legacyleadingslash (true or false) which are meant");
  ScriptedStore told(holding({"/docker/a", "docker/b"}), {{"legacyleadingslash", "true"}});
  CHECK(list(*told.driver, "/docker") == Lines{"/docker/a"});
}

TEST_CASE("who may not list is told how to do without") {
  ScriptedStore store(
      [](const SeenRequest&) { return error_answer(403, "AuthorizationPermissionMismatch"); },
      {{"legacyleadingslash", "auto"}});
  try {
    get(*store.driver, "/a");
    FAIL("nothing was thrown");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_PERMISSION_DENIED);
    CHECK(error.code() == "AuthorizationPermissionMismatch");
    CHECK(error.message() ==
          "legacyleadingslash is auto, which needs the right to list; give it, or say true or "
          "false: cannot list the container: Because.");
  }
}

TEST_CASE("a leading slash is a second one in the URL") {
  ScriptedStore store({Answer(201)}, {{"legacyleadingslash", "true"}});
  put(*store.driver, "/a/b c", "x");
  CHECK(store.log() == Lines{"PUT /acct/cont//a/b%20c"});
}

TEST_CASE("a name with a backslash is refused, since the service would change it") {
  ScriptedStore store(std::vector<Answer>{});
  CHECK(status_of([&] { put(*store.driver, "/a\\b", "x"); }) == BERTH_STATUS_INVALID_PATH);
  CHECK(status_of([&] { list(*store.driver, "/a\\b"); }) == BERTH_STATUS_INVALID_PATH);
  CHECK(store.server.count() == 0);
}

TEST_CASE("pages are read until there is no marker, also when one is empty") {
  ScriptedStore store(
      {list_answer(listed("d/a"), "m 1"), list_answer("", "m2"), list_answer(listed("d/b"))});
  CHECK(walk(*store.driver, "/d") == Lines{"/d/a", "/d/b"});
  CHECK(contains(store.log().at(1), "marker=m%201"));
}

TEST_CASE("a folder is a directory by what lies below it, and never a file") {
  const std::string folder = listed("d", "<ResourceType>directory</ResourceType>");
  ScriptedStore store({list_answer(folder + listed("d/a"))});
  CHECK(walk(*store.driver, "/") == Lines{"/d/", "/d/a"});

  ScriptedStore asked([](const SeenRequest& request) {
    if (request.method == "GET" && contains(request.target, "comp=list"))
      return list_answer(listed("d/a"));
    return head_answer(0).header("x-ms-meta-hdi_isfolder", "true");
  });
  CHECK(stat(*asked.driver, "/d").directory);
  CHECK(status_of([&] { get(*asked.driver, "/d"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("empty folders cost no request each where one blob is looked for") {
  const std::string directory = "<ResourceType>directory</ResourceType>";
  ScriptedStore store([&](const SeenRequest& request) {
    if (request.method == "HEAD") return missing();
    if (!contains(request.target, "marker=")) return list_answer(listed("d/0", directory), "1");
    if (contains(request.target, "maxresults=")) return list_answer("");
    return list_answer(listed("d/1", directory) + listed("d/2", directory) + listed("d/2/a"));
  });
  CHECK(stat(*store.driver, "/d").directory);
  CHECK(store.server.count() == 3);
}

TEST_CASE("folders go after what they hold, the deepest first") {
  std::atomic<int> tries{0};
  ScriptedStore store([&](const SeenRequest& request) {
    if (request.method == "GET")
      return list_answer(listed("d", "<ResourceType>directory</ResourceType>") +
                         listed("d/e", "<ResourceType>directory</ResourceType>") + listed("d/e/f"));
    if (request.method == "POST") return error_answer(501, "NotImplemented");
    const bool file = contains(request.target, "/d/e/f");
    return !file && ++tries <= 2 ? error_answer(409, "DirectoryIsNotEmpty") : Answer(202);
  });
  remove(*store.driver, "/d");
  const Lines log = store.log();
  REQUIRE(log.size() == 7);
  CHECK(log[5] == "DELETE /acct/cont/d/e");
  CHECK(log[6] == "DELETE /acct/cont/d");
}

TEST_CASE("a walk that goes on behind a name begins with the page of that name") {
  std::atomic<bool> refuses{false};
  ScriptedStore store([&](const SeenRequest& request) {
    const auto asks = [&](const char* marker) {
      return contains(request.target, std::string("marker=") + marker);
    };
    if (contains(request.target, "maxresults=")) return list_answer("");
    if (refuses && contains(request.target, "marker=")) return error_answer(400, "OutOfRangeInput");
    if (asks("m2")) return list_answer(listed("e") + listed("f"));
    if (asks("m1")) return list_answer(listed("c") + listed("d"), "m2");
    return list_answer(
        refuses ? listed("a") + listed("d") + listed("e") : listed("a") + listed("b"),
        refuses ? "" : "m1");
  });
  size_t before = 0;
  const auto pages = [&] {
    Lines markers;
    const Lines log = store.log();
    for (; before < log.size(); ++before) {
      if (contains(log[before], "maxresults=")) continue;
      const size_t at = log[before].find("marker=");
      markers.push_back(at == std::string::npos ? "" : log[before].substr(at + 7, 2));
    }
    return markers;
  };
  CHECK(walk(*store.driver, "/", "/a") == Lines{"/b", "/c", "/d", "/e", "/f"});
  CHECK(pages() == Lines{"", "m1", "m2"});
  CHECK(walk(*store.driver, "/", "/d") == Lines{"/e", "/f"});
  CHECK(pages() == Lines{"m1", "m2"});
  CHECK(walk(*store.driver, "/", "/b") == Lines{"/c", "/d", "/e", "/f"});
  CHECK(pages() == Lines{"", "m1", "m2"});
  CHECK(walk(*store.driver, "/", "/e") == Lines{"/f"});
  CHECK(pages() == Lines{"m2"});
  CHECK(list(*store.driver, "/", "/e") == Lines{"/f"});  // another listing
  CHECK(pages() == Lines{"", "m1", "m2"});

  refuses = true;
  CHECK(walk(*store.driver, "/", "/d") == Lines{"/e"});
  CHECK(pages() == Lines{"m1", ""});
  CHECK(walk(*store.driver, "/", "/d") == Lines{"/e"});
  CHECK(pages() == Lines{""});
}
