// SPDX-License-Identifier: Apache-2.0
//
// The directory emulation over a bucket that lives in a std::set.
#include "common/key_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace berth::common;
using Names = std::vector<std::string>;
using berth::sdk::Visit;

namespace {

berth_call raw_call() {
  berth_call call{};
  call.struct_size = sizeof call;
  call.deadline_ns = INT64_MAX;
  call.cancel_fd = -1;
  return call;
}

// Pages of `page_size` entries, continued by token or, like an old service, by the last key alone.
struct Bucket {
  std::set<std::string> keys;
  size_t page_size = 1000;
  bool tokens = true;
  std::string root;
  std::optional<uint64_t> marker_size = 0;  // of keys that end in a slash
  bool sizes = true;                        // listed
  bool delimits = true;                     // the service heeds the delimiter
  Lookup lookup;
  mutable int requests = 0;

  Page page(const PageRequest& request) const {
    ++requests;
    const std::string after(request.token.empty() ? request.start_after : request.token);
    const size_t limit = request.limit == 0 ? page_size : std::min(request.limit, page_size);
    Page page;
    std::string last;
    for (auto at = keys.upper_bound(after); at != keys.end(); ++at) {
      if (at->compare(0, request.prefix.size(), request.prefix) != 0) continue;
      const size_t slash =
          request.delimited && delimits ? at->find('/', request.prefix.size()) : std::string::npos;
      const std::string name = slash == std::string::npos ? *at : at->substr(0, slash + 1);
      if (name == last || (slash != std::string::npos && name == after)) continue;
      if (page.entries.size() == limit) {
        page.more = true;
        if (tokens) page.token = last;
        break;
      }
      page.entries.push_back({name, slash != std::string::npos, size_of(name), 5, "e"});
      last = name;
    }
    return page;
  }

  std::optional<uint64_t> size_of(const std::string& name) const {
    if (!sizes) return std::nullopt;
    return name.back() == '/' ? marker_size : 1;
  }

  KeyTree tree() const {
    return KeyTree(
        KeySpace(root), [this](const PageRequest& r, const berth::sdk::Call&) { return page(r); },
        Seek::anywhere, lookup);
  }
};

// Collects "path" for files and "path/" for directories; answers by the rules given.
struct Collector {
  Names names;
  std::string skip;
  std::string stop_at;

  static int32_t emit(void* self, const berth_entry* entry) noexcept {
    auto& collector = *static_cast<Collector*>(self);
    const std::string path(berth::sdk::view(entry->path));
    const bool directory = (entry->flags & BERTH_ENTRY_DIRECTORY) != 0;
    collector.names.push_back(directory ? path + "/" : path);
    if (path == collector.stop_at) return BERTH_VISIT_STOP;
    return directory && path == collector.skip ? BERTH_VISIT_SKIP_DIRECTORY : BERTH_VISIT_CONTINUE;
  }
};

enum class Kind { list, walk };

Names visit(const Bucket& bucket, Kind kind, std::string_view path,
            std::string_view start_after = {}, Collector collector = {}) {
  const berth_call raw = raw_call();
  const berth::sdk::Call call(&raw);
  const berth::sdk::Sink sink(&Collector::emit, &collector);
  if (kind == Kind::list)
    bucket.tree().list(path, {start_after}, sink, call);
  else
    bucket.tree().walk(path, {start_after}, sink, call);
  return collector.names;
}

Names removed(const Bucket& bucket, std::string_view path, size_t batch = 1000) {
  const berth_call raw = raw_call();
  Names names;
  bucket.tree().for_each_key(
      path, batch,
      [&](Names&& keys) {
        CHECK(keys.size() <= batch);
        names.insert(names.end(), keys.begin(), keys.end());
      },
      berth::sdk::Call(&raw));
  return names;
}

bool is_directory(const Bucket& bucket, std::string_view path) {
  const berth_call raw = raw_call();
  return bucket.tree().is_directory(path, berth::sdk::Call(&raw));
}

}  // namespace

TEST_CASE("list shows direct children once, whatever the size of the pages") {
  for (const size_t page_size : {1, 2, 3, 1000}) {
    const Bucket bucket{{"d/a", "d/b/x", "d/b/y", "d/c.d/z", "d/e", "dd/f"}, page_size};
    CHECK(visit(bucket, Kind::list, "/d") == Names{"/d/a", "/d/b/", "/d/c.d/", "/d/e"});
  }
}

TEST_CASE("pages without tokens are continued behind the last key") {
  const Bucket bucket{{"a", "b", "c/x", "c/y", "d", "e"}, 2, false};
  CHECK(visit(bucket, Kind::list, "/") == Names{"/a", "/b", "/c/", "/d", "/e"});
  CHECK(visit(bucket, Kind::walk, "/") == Names{"/a", "/b", "/c/", "/c/x", "/c/y", "/d", "/e"});
}

TEST_CASE("the root of an empty bucket exists and is empty") {
  CHECK(visit({}, Kind::list, "/").empty());
  CHECK(visit({}, Kind::walk, "/").empty());
  CHECK(is_directory({}, "/"));
}

TEST_CASE("a missing directory and a plain object are not found by list and walk") {
  const Bucket bucket{{"a", "ab/c"}};
  for (const Kind kind : {Kind::list, Kind::walk}) {
    CHECK_THROWS_AS(visit(bucket, kind, "/a"), berth::sdk::Error);
    CHECK_THROWS_AS(visit(bucket, kind, "/none"), berth::sdk::Error);
  }
}

TEST_CASE("a name that others merely begin with is no directory") {
  const Bucket bucket{{"foobar", "bush/x", "bus/y"}};
  CHECK_FALSE(is_directory(bucket, "/foo"));
  CHECK(is_directory(bucket, "/bus"));
}

TEST_CASE("walk reports a directory just before its content, in key order") {
  const Bucket bucket{{"a-b/1", "a.b", "a/x/1", "a/x/2", "a/y", "b"}, 2};
  CHECK(visit(bucket, Kind::walk, "/") ==
        Names{"/a-b/", "/a-b/1", "/a.b", "/a/", "/a/x/", "/a/x/1", "/a/x/2", "/a/y", "/b"});
}

TEST_CASE("a skipped directory hides nothing but its content") {
  for (const size_t page_size : {1, 2, 1000}) {
    const Bucket bucket{{"t/0.1.2-rc/l", "t/0.1.2/l", "t/0.1.2/m/n", "t/0.1.20/l"}, page_size};
    Collector collector;
    collector.skip = "/t/0.1.2";
    CHECK(visit(bucket, Kind::walk, "/t", {}, collector) ==
          Names{"/t/0.1.2-rc/", "/t/0.1.2-rc/l", "/t/0.1.2/", "/t/0.1.20/", "/t/0.1.20/l"});
  }
}

TEST_CASE("skipping a large directory does not read through it") {
  Bucket bucket{{"z"}, 10};
  for (int i = 0; i < 1000; ++i) bucket.keys.insert("big/" + std::to_string(i));
  Collector collector;
  collector.skip = "/big";
  CHECK(visit(bucket, Kind::walk, "/", {}, collector) == Names{"/big/", "/z"});
  CHECK(bucket.requests == 3);  // the first two show the service's order
}

TEST_CASE("walk ends where the visitor says so, without asking further") {
  const Bucket bucket{{"a", "b", "c"}, 1};
  Collector collector;
  collector.stop_at = "/b";
  CHECK(visit(bucket, Kind::walk, "/", {}, collector) == Names{"/a", "/b"});
  CHECK(bucket.requests == 2);
}

TEST_CASE("a walk continues behind a file, and behind a directory with its content") {
  const Bucket bucket{{"a/x", "a/y", "b/z", "c"}};
  CHECK(visit(bucket, Kind::walk, "/", "/a/x") == Names{"/a/y", "/b/", "/b/z", "/c"});
  CHECK(visit(bucket, Kind::walk, "/", "/a") == Names{"/a/x", "/a/y", "/b/", "/b/z", "/c"});
  CHECK(visit(bucket, Kind::walk, "/b", "/a/x") == Names{"/b/z"});
  CHECK(visit(bucket, Kind::walk, "/b", "/c").empty());
}

TEST_CASE("behind a directory begins with its content, unless an object has that name") {
  const Bucket bucket{{"a-b", "a/x"}};
  CHECK(visit(bucket, Kind::walk, "/", "/a") == Names{"/a/x"});
  CHECK(visit(bucket, Kind::list, "/", "/a").empty());
  const Bucket both{{"a", "a-b", "a/x"}};
  CHECK(visit(both, Kind::walk, "/", "/a") == Names{"/a-b", "/a/x"});
}

TEST_CASE("a list continues behind a child") {
  const Bucket bucket{{"a", "b/x", "c", "d"}};
  CHECK(visit(bucket, Kind::list, "/", "/a") == Names{"/b/", "/c", "/d"});
  CHECK(visit(bucket, Kind::list, "/", "/b") == Names{"/c", "/d"});
  CHECK(visit(bucket, Kind::list, "/b", "/b/x").empty());
}

TEST_CASE("keys that only mark a directory are not children of it") {
  const Bucket bucket{{"a/b/", "a/b/x", "r/"}};
  CHECK(visit(bucket, Kind::list, "/a") == Names{"/a/b/"});
  CHECK(visit(bucket, Kind::list, "/a/b") == Names{"/a/b/x"});
  CHECK(visit(bucket, Kind::walk, "/a") == Names{"/a/b/", "/a/b/x"});
  CHECK(visit(bucket, Kind::list, "/r").empty());
}

TEST_CASE("an object and a directory of one name are listed once and walked both") {
  for (const size_t page_size : {1, 1000}) {
    const Bucket bucket{{"foo", "foo-x", "foo/bar"}, page_size};
    CHECK(visit(bucket, Kind::list, "/") == Names{"/foo", "/foo-x"});
    CHECK(visit(bucket, Kind::walk, "/") == Names{"/foo", "/foo-x", "/foo/", "/foo/bar"});
  }
}

TEST_CASE("keys that break the path grammar are reported as they are") {
  const Bucket bucket{{"/a", "x//y", "x/./y", "x/ok", "x/two\nlines"}};
  CHECK(visit(bucket, Kind::list, "/") == Names{"///", "/x/"});
  CHECK(visit(bucket, Kind::list, "/x") == Names{"/x/./", "/x//", "/x/ok", "/x/two\nlines"});
  CHECK(visit(bucket, Kind::walk, "/") ==
        Names{"//a", "/x/", "/x/./y", "/x//y", "/x/ok", "/x/two\nlines"});
}

TEST_CASE("a key that ends in a slash and has content is reported as it is") {
  Bucket bucket{{"a/b/", "a/b/x"}};
  bucket.marker_size = 7;
  CHECK(visit(bucket, Kind::list, "/a/b") == Names{"/a/b/", "/a/b/x"});
  CHECK(visit(bucket, Kind::walk, "/") == Names{"/a/", "/a/b/", "/a/b/", "/a/b/x"});
}

TEST_CASE("the driver's own records are not shown, and other keys beside them are") {
  for (const bool foreign : {false, true}) {
    Bucket bucket{{"/own", "k"}};
    if (foreign) bucket.keys.insert("/zoo");
    bucket.lookup.records = [](const berth::sdk::Call&) {
      return [](const std::string& key) { return key == "/own"; };
    };
    CHECK(visit(bucket, Kind::list, "/") == (foreign ? Names{"///", "/k"} : Names{"/k"}));
    CHECK(visit(bucket, Kind::walk, "/") == (foreign ? Names{"//zoo", "/k"} : Names{"/k"}));
  }
}

TEST_CASE("a walk asks for a size that the listing lacks, and a list leaves it out") {
  Bucket bucket{{"a", "gone"}};
  bucket.sizes = false;
  bucket.lookup.size = [](const std::string& key, const berth::sdk::Call&) {
    return key == "gone" ? std::nullopt : std::optional<uint64_t>(5);
  };
  Collector collector;
  CHECK(visit(bucket, Kind::walk, "/", {}, collector) == Names{"/a"});
  CHECK(visit(bucket, Kind::list, "/") == Names{"/a", "/gone"});
}

TEST_CASE("a service that ignores the delimiter shows directories all the same") {
  Bucket bucket{{"a", "b/x", "b/y/z", "c"}};
  bucket.delimits = false;
  CHECK(visit(bucket, Kind::list, "/") == Names{"/a", "/b/", "/c"});
}

TEST_CASE("a root directory is a prefix of keys and invisible in paths") {
  Bucket bucket{{"reg/a/x", "regular/b"}};
  bucket.root = "/reg/";
  CHECK(visit(bucket, Kind::walk, "/") == Names{"/a/", "/a/x"});
  CHECK(visit(bucket, Kind::list, "/") == Names{"/a/"});
}

TEST_CASE("remove takes the object and what is below it, never a sibling") {
  for (const size_t page_size : {1, 3, 1000}) {
    const Bucket bucket{{"d/a", "d/a-x/f", "d/a.y/f", "d/a/", "d/a/f", "d/ab/f"}, page_size};
    CHECK(removed(bucket, "/d/a") == Names{"d/a", "d/a/", "d/a/f"});
  }
}

TEST_CASE("remove finds nothing where only siblings are") {
  CHECK_THROWS_AS(removed({{"d/ab/f", "d/a-b"}}, "/d/a"), berth::sdk::Error);
}

TEST_CASE("remove hands out batches of the size the service takes") {
  Bucket bucket;
  for (int i = 0; i < 25; ++i) bucket.keys.insert("d/" + std::to_string(i));
  CHECK(removed(bucket, "/d", 10).size() == 25);
}

TEST_CASE("a listing that repeats itself is an error, not an endless loop") {
  int requests = 0;
  const KeyTree tree(KeySpace(""), [&](const PageRequest&, const berth::sdk::Call&) {
    return Page{{{"a", false, 1, {}, ""}}, true, "t" + std::to_string(++requests)};
  });
  Collector collector;
  const berth_call raw = raw_call();
  CHECK_THROWS_AS(
      tree.list("/", {}, berth::sdk::Sink(&Collector::emit, &collector), berth::sdk::Call(&raw)),
      berth::sdk::Error);
  CHECK(requests == 2);
}
