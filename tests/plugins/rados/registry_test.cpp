// SPDX-License-Identifier: Apache-2.0
//
// Berth reads data as a registry stores it (written by registry_layout.sh with the `rados` tool
// alone), and that tool reads what Berth writes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "ceph.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

std::string part_of(const std::string& bytes, std::size_t offset, std::size_t length) {
  return offset < bytes.size() ? bytes.substr(offset, length) : std::string();
}

// A pool as a registry left it, and the contents that a reader must see.
class RegistryPool {
 public:
  explicit RegistryPool(const std::string& chunk_size) {
    output_of("CHUNK=" + chunk_size + " " + quoted(REGISTRY_LAYOUT_SH) + " " +
              quoted(folder_.string()) + " " + space.tool_command());
  }

  const CephSpace space;

  // Directories end in "/"; in walk order.
  Names expected() const {
    Names names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      const std::string path = entry.path().string().substr(folder_.string().size());
      names.push_back(path + (entry.is_directory() ? "/" : ""));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string bytes(const std::string& path) const { return content_of(folder_.string() + path); }

 private:
  const TempDir folder_;
};

// Writing a pool takes seconds, so the cases that change one share it. Each uses files of its own,
// and the last case removes them all. The chunks are smaller than Berth's default.
const RegistryPool& shared_pool() {
  static const RegistryPool pool("65536");
  return pool;
}

const std::string upload = "/docker/registry/v2/repositories/library/x/_uploads/1";

}  // namespace

// With the default chunk size, and with one between one and two times that of the store, which only
// the end of a file reveals.
TEST_CASE("a registry's tree is listed, walked and read completely") {
  using Sizes = std::pair<const char*, const char*>;
  for (const auto& [chunk_size, set] : {Sizes{"4194304", "4194304"}, Sizes{"98304", "65536"}}) {
    const RegistryPool pool(chunk_size);
    const auto plain = pool.space.open({{"chunksize", set}});
    const auto exact = pool.space.open({{"chunksize", chunk_size}});
    const Names expected = pool.expected();
    CHECK(walk(*plain, "/") == expected);
    CHECK(list(*plain, "/") == Names{"/docker/", "/odd/"});
    for (const std::string& path : expected) {
      if (path.back() == '/') continue;
      CAPTURE(path);
      // The chunk size cannot be inferred from overrun chunks.
      auto& store = path.substr(0, 5) == "/odd/" ? *exact : *plain;
      CHECK((get(store, path) == pool.bytes(path)));
      CHECK((read(store, path) == pool.bytes(path)));
      CHECK((read(store, path, {99999, 5}) == part_of(pool.bytes(path), 99999, 5)));
      CHECK(stat(store, path).size == pool.bytes(path).size());
      CHECK(stat(store, path).mtime_ns.value_or(0) > 1600000000LL * 1000000000);
    }
  }
}

TEST_CASE("a registry's half-written upload is continued") {
  const RegistryPool& pool = shared_pool();
  const auto store = pool.space.open({{"chunksize", "65536"}});
  const std::string before = pool.bytes(upload + "/data");
  const auto more = appender(*store, upload + "/data");
  CHECK(more->size() == before.size());
  write(*more, "and the rest");
  commit(*more);
  CHECK((get(*store, upload + "/data") == before + "and the rest"));
}

TEST_CASE("a registry's empty file is moved, overwritten, appended to and copied") {
  const auto store = shared_pool().space.open();
  move(*store, upload + "/startedat", "/moved/startedat");
  CHECK(stat(*store, "/moved/startedat").size == 0);
  const auto more = appender(*store, "/moved/startedat");
  write(*more, "x");
  commit(*more);
  CHECK(get(*store, "/moved/startedat") == "x");
  put(*store, "/moved/startedat", "yy");
  CHECK(get(*store, "/moved/startedat") == "yy");
}

TEST_CASE("Berth writes below a registry's directories and removes its own") {
  const RegistryPool& pool = shared_pool();
  const auto store = pool.space.open();
  const std::string link =
      "/docker/registry/v2/repositories/library/x/_manifests/tags/latest/current/link";
  Names expected = walk(*store, "/");
  put(*store, "/docker/registry/v2/repositories/library/y/link", "sha256:0");
  put(*store, link, "replaced");
  CHECK(get(*store, link) == "replaced");
  remove(*store, "/docker/registry/v2/repositories/library/y");
  CHECK(walk(*store, "/") == expected);
  const std::string blobs = "/docker/registry/v2/blobs";
  for (const std::string& path : pool.expected())
    if (path.find(blobs) == 0 && path.back() != '/') CHECK((get(*store, path) == pool.bytes(path)));
  remove(*store, blobs);
  expected.erase(std::remove_if(expected.begin(), expected.end(),
                                [&](const auto& name) { return name.find(blobs) == 0; }),
                 expected.end());
  CHECK(walk(*store, "/") == expected);
}

TEST_CASE("a registry's tree is removed completely, with its stale chunks") {
  const RegistryPool& pool = shared_pool();
  const auto store = pool.space.open();
  remove(*store, "/docker");
  remove(*store, "/odd/overrun");
  remove(*store, "/odd/overrun-and-on");
  remove(*store, "/odd");
  if (!list(*store, "/").empty()) remove(*store, "/moved");
  CHECK(walk(*store, "/").empty());
  CHECK(pool.space.objects() == Names{"/"});
}

TEST_CASE("the rados tool finds the registry's layout in what Berth wrote") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  put(*store, "/docker/registry/f", std::string(2500, 'q'));
  put(*store, "/docker/empty", "");
  CHECK(space.tool("listomapkeys /") == "/\ndocker\n");
  CHECK(space.tool("listomapkeys /docker") == "empty\nregistry\n");
  const TempDir folder;
  const std::string out = folder.string() + "/value";
  const auto value = [&](const std::string& object, const std::string& key) {
    space.tool("getomapval " + object + " " + key + " " + out);
    return content_of(out);
  };
  CHECK(value("/docker", "registry").empty());
  const std::string blob = value("/docker/registry", "f");
  REQUIRE(rados::is_blob_id(blob));
  CHECK(space.tool("getxattr " + blob + "-0 total-size") ==
        std::string("\xC4\x09\0\0\0\0\0\0\0\0", 10));
  std::string bytes;
  for (const char* number : {"-0", "-1", "-2"}) {
    space.tool("get " + blob + number + " " + out);
    bytes += content_of(out);
  }
  CHECK(bytes == std::string(2500, 'q'));
  // A registry cannot read an empty file that has no object 0; Berth's have one.
  CHECK(space.tool("getxattr " + value("/docker", "empty") + "-0 total-size") ==
        std::string(10, '\0'));
}

TEST_CASE("a file with a missing chunk or a damaged size is reported as corrupt") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  put(*store, "/d/f", std::string(2500, 'q'));
  put(*store, "/d/g", std::string(2500, 'q'));
  std::vector<std::string> chunks = space.chunks();
  space.tool("rm " + chunks[1]);
  space.tool("setxattr " + chunks[3] + " total-size xx");
  int corrupt = 0;
  for (const char* path : {"/d/f", "/d/g"})
    corrupt += status_of([&] { read(*store, path); }) == BERTH_STATUS_CORRUPT;
  CHECK(corrupt == 2);
  CHECK(walk(*store, "/d").size() == 2);
}

TEST_CASE("a damaged size that is immense is an error, and the file can be removed") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  for (const char* size : {"\\377\\377\\377\\377\\377\\377\\377\\377\\0\\0",
                           "\\0\\0\\0\\0\\0\\0\\0\\20\\0\\0", "\\0\\0\\0\\0\\1\\0\\0\\0\\0\\0"}) {
    put(*store, "/d/f", std::string(2500, 'q'));
    output_of("printf '" + std::string(size) + "' | " + space.tool_command() + " setxattr " +
              space.chunks()[0] + " total-size");
    CHECK(status_of([&] { get(*store, "/d/f"); }) == BERTH_STATUS_CORRUPT);
    CHECK(status_of([&] { read(*store, "/d/f"); }) == BERTH_STATUS_CORRUPT);
    remove(*store, "/d/f");
    CHECK(space.chunks().empty());
  }
}

TEST_CASE("a tree is removed with files whose size is damaged or missing") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const auto damage = [&] {
    const std::string blob = space.tool("getomapval /d/e b /dev/stdout").substr(0, 41);
    space.tool("setxattr " + blob + "-0 total-size xx");
    const std::string other = space.tool("getomapval /d/e d /dev/stdout").substr(0, 41);
    space.tool("rmxattr " + other + "-0 total-size");
    space.tool("rmxattr " + other + "-0 berth.mtime");
  };
  const auto make = [&] {
    for (const char* name : {"a", "b", "c", "d", "e", "f"})
      put(*store, std::string("/d/e/") + name, std::string(2500, 'q'));
    damage();
  };
  make();
  remove(*store, "/d");
  CHECK(space.objects() == Names{"/"});
  make();
  put(*store, "/d/e/b", "new");
  move(*store, "/d/e/a", "/d/e/d");
  CHECK(space.chunks().size() == 13);
  damage();
  for (const char* name : {"b", "c", "d", "e", "f"}) remove(*store, std::string("/d/e/") + name);
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("the search for orphans allocates no memory for a damaged size") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  put(*store, "/f", std::string(2500, 'q'));
  output_of("printf '\\0\\0\\0\\0\\0\\0\\0\\20\\0\\0' | " + space.tool_command() + " setxattr " +
            space.chunks()[0] + " total-size");
  space.tool("rmomapkey / f");
  const auto orphans = space.open({{"view", "orphans"}, {"minage", "0"}});
  const Names found = list(*orphans, "/");
  REQUIRE(found.size() == 1);
  CHECK(status_of([&] { get(*orphans, found[0]); }) == BERTH_STATUS_CORRUPT);
  remove(*orphans, found[0]);
  CHECK(space.chunks().empty());
}

TEST_CASE("a file is removed with the chunks that a registry's shorter rewrite left") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  put(*store, "/f", std::string(4500, 'q'));
  const std::string first = space.chunks()[0];
  output_of("printf '\\5\\0\\0\\0\\0\\0\\0\\0\\0\\0' | " + space.tool_command() + " setxattr " +
            first + " total-size");
  space.tool("setxattr " + first + " berth.mtime 1600000000000000000");  // the rewrite is newer
  CHECK(get(*store, "/f") == "qqqqq");
  remove(*store, "/f");
  CHECK(space.chunks().empty());
}
