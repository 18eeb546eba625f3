// SPDX-License-Identifier: Apache-2.0
//
// Listings of services that do not list keys in the order of their bytes: no key is skipped.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/key_tree.hpp"
#include "support/driver_calls.hpp"

using namespace berth;
using namespace berth::common;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

// Lists keys in the order in which they stand here, and begins after a key by that order.
struct Service {
  Names keys;
  size_t page_size = 3;
  bool tokens = true;
  mutable int requests = 0;

  // The keys and common prefixes that a request asks for.
  Names wanted(const PageRequest& request) const {
    Names found;
    for (const std::string& key : keys) {
      if (!key.starts_with(request.prefix)) continue;
      const size_t slash =
          request.delimited ? key.find('/', request.prefix.size()) : std::string::npos;
      const std::string name = slash == std::string::npos ? key : key.substr(0, slash + 1);
      if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
    }
    const auto after = std::find(found.begin(), found.end(), request.start_after);
    if (after != found.end()) found.erase(found.begin(), after + 1);
    return found;
  }

  Page page(const PageRequest& request) const {
    ++requests;
    const Names found = wanted(request);
    const size_t limit = request.limit == 0 ? page_size : std::min(request.limit, page_size);
    const size_t begin = request.token.empty() ? 0 : std::stoul(std::string(request.token));
    const size_t end = std::min(found.size(), begin + limit);
    Page page;
    for (size_t i = begin; i < end; ++i)
      page.entries.push_back({found[i], found[i].back() == '/', 1, {}, {}});
    page.more = end < found.size();
    if (page.more && tokens) page.token = std::to_string(end);
    return page;
  }

  KeyTree tree() const {
    return KeyTree(KeySpace(""),
                   [this](const PageRequest& request, const sdk::Call&) { return page(request); });
  }
};

Names walked(const KeyTree& tree, std::string_view path, std::string_view start_after = {}) {
  Entries entries;
  tree.walk(path, {start_after}, entries.sink(), FakeCall());
  return entries.names();
}

Names listed(const KeyTree& tree, std::string_view path, std::string_view start_after = {}) {
  Entries entries;
  tree.list(path, {start_after}, entries.sink(), FakeCall());
  return entries.names();
}

Names removed(const KeyTree& tree, std::string_view path) {
  Names all;
  tree.for_each_key(
      path, 1000, [&](Names&& keys) { all.insert(all.end(), keys.begin(), keys.end()); },
      FakeCall());
  return all;
}

}  // namespace

TEST_CASE("a listing in the order of insertion is sorted and lacks nothing") {
  const Service service{{"p/a", "p/c", "p/e", "p/b", "p/d", "p/f"}};
  const Names all{"/p/a", "/p/b", "/p/c", "/p/d", "/p/e", "/p/f"};
  CHECK(walked(service.tree(), "/p") == all);
  CHECK(listed(service.tree(), "/p") == all);
  CHECK(removed(service.tree(), "/p") == Names{"p/a", "p/b", "p/c", "p/d", "p/e", "p/f"});
}

TEST_CASE("pages without any order are sorted, directories included") {
  const Service service{{"z", "d/2", "a", "d/1", "c/x", "b"}, 2};
  CHECK(walked(service.tree(), "/") ==
        Names{"/a", "/b", "/c/", "/c/x", "/d/", "/d/1", "/d/2", "/z"});
  CHECK(listed(service.tree(), "/") == Names{"/a", "/b", "/c/", "/d/", "/z"});
}

TEST_CASE("a listing in UTF-16 order is sorted by bytes") {
  const std::string emoji = "\xF0\x9F\x98\x80";  // D83D DE00 in UTF-16
  const std::string halfwidth = "\xEF\xBD\xB1";  // FF71
  const Service service{{"a", emoji, halfwidth}, 2};
  CHECK(walked(service.tree(), "/") == Names{"/a", "/" + halfwidth, "/" + emoji});
}

TEST_CASE("what comes after a key is complete in another order too") {
  const Service service{{"z", "d/2", "a", "d/1", "c/x", "b"}, 2};
  CHECK(walked(service.tree(), "/", "/c/x") == Names{"/d/", "/d/1", "/d/2", "/z"});
  CHECK(listed(service.tree(), "/", "/b") == Names{"/c/", "/d/", "/z"});
  CHECK(listed(service.tree(), "/", "/c") == Names{"/d/", "/z"});
}

TEST_CASE("after a key with a character beyond U+E000, keys in UTF-16 order are not missed") {
  const std::string emoji = "\xF0\x9F\x98\x80";
  const std::string halfwidth = "\xEF\xBD\xB1";
  const Service service{{"a", emoji, halfwidth}, 1000};
  CHECK(walked(service.tree(), "/", "/" + halfwidth) == Names{"/" + emoji});
}

TEST_CASE("remove finds the object itself among unordered siblings") {
  const Service service{{"a-b", "a/x", "a-c", "ab", "a"}, 2};
  CHECK(removed(service.tree(), "/a") == Names{"a", "a/x"});
}

TEST_CASE("an order that shows only after entries were reported is an error, and then heeded") {
  const Service service{{"a", "b", "c", "d", "f", "g", "e", "h"}, 2};
  const KeyTree tree = service.tree();
  Entries entries;
  const auto walk = [&] { tree.walk("/", {}, entries.sink(), FakeCall()); };
  const std::string message = message_of(walk);
  CHECK(message.find("another order than that of their bytes") != std::string::npos);
  CHECK(walked(tree, "/") == Names{"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"});
}

TEST_CASE("whether there is anything below a path needs one key of an unordered service") {
  const Service service{{"z", "d/2", "a", "d/1", "c/x", "b"}, 2};
  const KeyTree tree = service.tree();
  walked(tree, "/");
  const int before = service.requests;
  CHECK(tree.is_directory("/d", FakeCall()));
  CHECK(service.requests == before + 1);
}

TEST_CASE("an unordered service without tokens is refused, never read in part") {
  const Service service{{"a", "c", "e", "b", "d", "f"}, 3, false};
  CHECK(status_of([&] { walked(service.tree(), "/"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  CHECK(status_of([&] { removed(service.tree(), "/"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
}

TEST_CASE("a page that says there is more, but has neither entries nor a token, is an error") {
  const KeyTree tree(KeySpace(""), [](const PageRequest&, const sdk::Call&) {
    return Page{{}, true, {}};
  });
  CHECK(status_of([&] { listed(tree, "/"); }) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("a token that does not move is an error") {
  const KeyTree tree(KeySpace(""), [](const PageRequest&, const sdk::Call&) {
    return Page{{}, true, "t"};
  });
  CHECK(status_of([&] { listed(tree, "/"); }) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("pages that go round in a circle are an error") {
  int count = 0;
  const KeyTree tree(KeySpace(""), [&](const PageRequest&, const sdk::Call&) {
    const std::string key(1, "abc"[count++ % 3]);
    return Page{{{key, false, 1, {}, {}}}, true, std::to_string(count)};
  });
  CHECK(status_of([&] { listed(tree, "/"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(count < 10);
}
