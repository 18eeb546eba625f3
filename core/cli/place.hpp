// SPDX-License-Identifier: Apache-2.0
//
// A place on the command line: STORE:/path, or a local file.
#pragma once

#include <string>
#include <string_view>

namespace berth::cli {

struct Place {
  bool local = false;
  std::string store;  // empty: the default store, or local
  std::string path;   // absolute and without a slash at the end in a store; as given when local
  bool into = false;  // was written with a slash at the end: a folder to put something into
};

// "archive:/doc", "archive:" (its root), ":/doc" (the default store), "./file". Throws UsageError
// for "archive:doc", which could be either.
Place parse_place(const std::string& text);

// The same, for commands that work on stores only.
Place parse_store_place(const std::string& text);

// The store that "archive" or "archive:" names, for commands that take a whole store. Throws
// UsageError for a place within it.
std::string parse_whole_store(const std::string& text);

std::string to_string(const Place& place);

// The last component: "b" of "/a/b"; empty for a root.
std::string base_name(std::string_view path);

// "/" + "a" -> "/a", "/d" + "a/b" -> "/d/a/b"; "" + "a" -> "a".
std::string join(std::string_view directory, std::string_view relative);

// What `path` is called below `directory`: "b/c" of "/a/b/c" below "/a". REQUIRES: it is below.
std::string_view below(std::string_view directory, std::string_view path);

}  // namespace berth::cli
