// SPDX-License-Identifier: Apache-2.0
//
// Old files keep their content until the new ones are there.
#include "cli/replacement.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "cli/place.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace berth::cli;
using berth::test::TempDir;
namespace fs = std::filesystem;

struct Folder {
  TempDir dir;
  std::unique_ptr<FileTree> files = make_local_tree(false, {});

  std::string at(const char* name) const { return join(dir.string(), name); }
  void write(const char* name, const char* text) const { files->put(at(name), text, {}); }
  std::string text(const char* name) const {
    std::ifstream stream(at(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  auto entries() const {
    return std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator());
  }
};

}  // namespace

TEST_CASE("a file that becomes a folder is kept until it is discarded") {
  const Folder folder;
  folder.write("x", "old");
  Replacement replacement(*folder.files, folder.at("x"), false, {folder.at("x")});
  replacement.set_aside();
  CHECK(folder.entries() == 1);
  folder.write("x/y", "new");
  replacement.discard();
  CHECK(folder.entries() == 1);
  CHECK(folder.text("x/y") == "new");
}

TEST_CASE("a file that did not become a folder comes back") {
  const Folder folder;
  folder.write("x", "old");
  Replacement replacement(*folder.files, folder.at("x"), false, {folder.at("x")});
  replacement.set_aside();
  folder.write("x/y", "new");
  replacement.restore({folder.at("x/y"), folder.at("x/z")});
  CHECK(folder.text("x") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a folder that becomes a file is kept until it is discarded") {
  const Folder folder;
  folder.write("x/a", "A");
  folder.write("x/b/c", "C");
  Replacement replacement(*folder.files, folder.at("x"), true,
                          {folder.at("x/a"), folder.at("x/b/c")});
  replacement.set_aside();
  CHECK_FALSE(fs::exists(folder.at("x")));
  folder.write("x", "new");
  replacement.discard();
  CHECK(folder.text("x") == "new");
  CHECK(folder.entries() == 1);
}

TEST_CASE("a folder that did not become a file comes back") {
  const Folder folder;
  folder.write("x/a", "A");
  folder.write("x/b/c", "C");
  Replacement replacement(*folder.files, folder.at("x"), true,
                          {folder.at("x/a"), folder.at("x/b/c")});
  replacement.set_aside();
  replacement.restore({folder.at("x")});
  CHECK(folder.text("x/a") == "A");
  CHECK(folder.text("x/b/c") == "C");
  CHECK(folder.entries() == 1);
}

TEST_CASE("what cannot be moved aside leaves all as it was") {
  const Folder folder;
  folder.write("x/a", "A");
  Replacement replacement(*folder.files, folder.at("x"), true,
                          {folder.at("x/a"), folder.at("x/missing")});
  CHECK_THROWS_AS(replacement.set_aside(), berth::PathNotFoundError);
  CHECK(folder.text("x/a") == "A");
  CHECK(folder.entries() == 1);
}

TEST_CASE("other things in a folder keep it") {
  const Folder folder;
  folder.write("x/a", "A");
  fs::create_symlink("a", folder.at("x/link"));
  Replacement replacement(*folder.files, folder.at("x"), true, {folder.at("x/a")});
  replacement.set_aside();
  CHECK(fs::is_symlink(folder.at("x/link")));
  replacement.restore({});
  CHECK(folder.text("x/a") == "A");
}
