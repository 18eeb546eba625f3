// SPDX-License-Identifier: Apache-2.0
//
// What a move checks before it removes a source. The files are local; what happens during a copy is
// done where the move reports its progress.
#include "cli/moved_file.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using namespace berth::cli;
using berth::test::TempDir;

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A source with the content "old", moved while `meanwhile` runs, after its bytes were written.
class Scene {
 public:
  Scene() {
    fs::create_directory(folder_.path() / "from");
    fs::create_directory(folder_.path() / "to");
    write(source(), "old");
  }

  fs::path source() const { return folder_.path() / "from" / "file"; }
  fs::path destination() const { return folder_.path() / "to" / "file"; }

  // Empty: it was moved.
  std::string failure_of_move(const std::function<void()>& meanwhile = [] {}) {
    const auto from = make_local_tree(false, {}), to = make_local_tree(false, {});
    MovedFile file(*from, source().string(), *to, destination().string(), {});
    try {
      file.move(3, [&](std::uint64_t) { meanwhile(); });
      return {};
    } catch (const std::exception& error) {
      return error.what();
    }
  }

 private:
  TempDir folder_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a source is removed once its copy is complete") {
  Scene scene;
  CHECK(scene.failure_of_move() == "");
  CHECK(content_of(scene.destination()) == "old");
  CHECK_FALSE(fs::exists(scene.source()));
}

TEST_CASE("a source that was replaced by a newer version stays") {
  Scene scene;
  const auto failure = scene.failure_of_move([&] { write(scene.source(), "newer"); });
  CHECK(contains(failure, "it was replaced while it was copied; the newer version stays"));
  CHECK(content_of(scene.source()) == "newer");
}

TEST_CASE("a newer version of the same size is recognised by its time") {
  Scene scene;
  const auto time = fs::last_write_time(scene.source()) + std::chrono::seconds(2);
  const auto failure = scene.failure_of_move([&] {
    write(scene.source(), "new");
    fs::last_write_time(scene.source(), time);
  });
  CHECK(contains(failure, "the newer version stays"));
  CHECK(content_of(scene.source()) == "new");
}

TEST_CASE("a source stays when its copy is gone") {
  Scene scene;
  const auto failure = scene.failure_of_move([&] { fs::remove(scene.destination()); });
  CHECK(contains(failure, "cannot be found; the source stays"));
  CHECK(content_of(scene.source()) == "old");
}

TEST_CASE("a source stays when its copy has another size") {
  Scene scene;
  const auto failure = scene.failure_of_move([&] { write(scene.destination(), "ol"); });
  CHECK(contains(failure, "has 2 bytes instead of 3 bytes; the source stays"));
  CHECK(content_of(scene.source()) == "old");
}

TEST_CASE("a source that another process removed was moved all the same") {
  Scene scene;
  CHECK(scene.failure_of_move([&] { fs::remove(scene.source()); }) == "");
  CHECK(content_of(scene.destination()) == "old");
}

TEST_CASE("a source stays when the destination was the same object before and after the copy") {
  Scene scene;
  write(scene.destination(), "old");
  const auto time = fs::last_write_time(scene.source());
  fs::last_write_time(scene.destination(), time);
  const auto failure =
      scene.failure_of_move([&] { fs::last_write_time(scene.destination(), time); });
  CHECK(contains(failure, "seems to be the same object under another name"));
  CHECK(content_of(scene.source()) == "old");
}

TEST_CASE("an older copy at the destination is replaced") {
  Scene scene;
  write(scene.destination(), "old");
  fs::last_write_time(scene.destination(),
                      fs::last_write_time(scene.source()) - std::chrono::hours(1));
  fs::last_write_time(scene.source(),
                      fs::last_write_time(scene.source()) - std::chrono::minutes(1));
  CHECK(scene.failure_of_move() == "");
  CHECK_FALSE(fs::exists(scene.source()));
}
