// SPDX-License-Identifier: Apache-2.0
//
// Local files that change while they are read, and the temporary files of downloads.
#include "cli/local_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "cli/local_temporary.hpp"
#include "cli/place.hpp"
#include "cli/transfer.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace berth::cli;
using berth::test::TempDir;
namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A file of two pieces, of which the first was read.
class HalfRead {
 public:
  HalfRead() {
    std::ofstream(file, std::ios::binary) << "aaaabbbb";
    age();
    source = open_local_source(file.string(), 0, std::nullopt, {});
    read(4);
  }

  // So that a change now is a change of the time too, however coarse the clock of files is.
  void age() const {
    const timespec old[2]{{.tv_sec = 1000, .tv_nsec = 0}, {.tv_sec = 1000, .tv_nsec = 0}};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), old, 0) == 0);
  }
  std::string read(std::size_t size) const {
    std::string bytes(size, '\0');
    bytes.resize(fill(*source, bytes.data(), size));
    return bytes;
  }

  TempDir folder;
  fs::path file = folder.path() / "f";
  std::unique_ptr<Source> source;
};

std::string read_all(const fs::path& file) {
  const auto source = open_local_source(file.string(), 0, std::nullopt, {});
  std::string bytes(1 << 20, '\0');
  bytes.resize(fill(*source, bytes.data(), bytes.size()));
  source->check_complete();
  return bytes;
}

// As open_local_source, and says how often.
class CountedOpens {
 public:
  explicit CountedOpens(std::string file) : file_(std::move(file)) {}
  std::unique_ptr<Source> operator()() {
    ++count;
    return open_local_source(file_, 0, std::nullopt, {});
  }
  int count = 0;

 private:
  std::string file_;
};

const std::string leftover_name = ".berth-download.0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("a file that stays as it is is complete at its end") {
  HalfRead half;
  CHECK(half.read(10) == "bbbb");
  CHECK_NOTHROW(half.source->check_complete());
  CHECK(half.source->size() == 8);
  CHECK(half.source->modified() == berth::Time(std::chrono::seconds(1000)));
}

TEST_CASE("a file that is rewritten while it is read has changed") {
  HalfRead half;
  std::ofstream(half.file, std::ios::binary | std::ios::in) << "cccccccc";
  CHECK(half.read(10) == "cccc");
  CHECK_THROWS_WITH_AS(half.source->check_complete(),
                       doctest::Contains("it changed while it was read"), ChangedError);
}

TEST_CASE("a rewrite that restores the modification time is noticed") {
  HalfRead half;
  std::ofstream(half.file, std::ios::binary | std::ios::in) << "cccccccc";
  half.age();
  half.read(10);
  CHECK_THROWS_AS(half.source->check_complete(), ChangedError);
}

TEST_CASE("a rewrite right after the file was made is noticed") {
  const TempDir folder;
  const auto file = folder.path() / "f";
  std::ofstream(file, std::ios::binary) << "aaaabbbb";
  const auto source = open_local_source(file.string(), 0, std::nullopt, {});
  std::ofstream(file, std::ios::binary | std::ios::in) << "cccccccc";
  std::string bytes(10, '\0');
  CHECK(fill(*source, bytes.data(), bytes.size()) == 8);
  CHECK_THROWS_AS(source->check_complete(), ChangedError);
}

TEST_CASE("a file that shrinks while it is read has changed") {
  HalfRead half;
  fs::resize_file(half.file, 5);
  CHECK(half.read(10) == "b");
  CHECK_THROWS_AS(half.source->check_complete(), ChangedError);
}

TEST_CASE("a file that grows while it is read has changed") {
  HalfRead half;
  fs::resize_file(half.file, 9);
  CHECK_THROWS_WITH_AS(half.read(10), doctest::Contains("it grew while it was read"), ChangedError);
}

TEST_CASE("a file that is replaced while it is read has changed") {
  HalfRead half;
  std::ofstream(half.folder.path() / "new") << "new";
  fs::rename(half.folder.path() / "new", half.file);
  CHECK(half.read(10) == "bbbb");
  CHECK_THROWS_AS(half.source->check_complete(), ChangedError);
}

TEST_CASE("a file whose size is reported as 0 is read until its end") {
  CHECK(fs::file_size("/proc/version") == 0);
  CHECK(read_all("/proc/version") == text_of("/proc/version"));
  CHECK_FALSE(text_of("/proc/version").empty());
  CHECK_FALSE(open_local_source("/proc/version", 0, std::nullopt, {})->size());
}

TEST_CASE("a file that changes during a copy is copied a second time") {
  const TempDir folder;
  const auto file = folder.path() / "f";
  std::ofstream(file, std::ios::binary) << std::string(3 << 20, 'a');
  const auto files = make_local_tree(false, {});
  CountedOpens open(file.string());
  const auto change_once = [&](std::uint64_t) {
    if (open.count == 1) fs::resize_file(file, 7);
  };
  CHECK(deliver(std::ref(open), *files, join(folder.string(), "copy"), {}, change_once) == 7);
  CHECK(open.count == 2);
  CHECK(text_of(folder.path() / "copy") == "aaaaaaa");
}

TEST_CASE("a file that changes during both copies is an error, and the old copy stays") {
  const TempDir folder;
  const auto file = folder.path() / "f";
  std::ofstream(file, std::ios::binary) << std::string(3 << 20, 'a');
  std::ofstream(folder.path() / "copy") << "old";
  const auto files = make_local_tree(false, {});
  CountedOpens open(file.string());
  std::uintmax_t size = 3 << 20;
  const auto change = [&](std::uint64_t) { fs::resize_file(file, --size); };
  CHECK_THROWS_AS(deliver(std::ref(open), *files, join(folder.string(), "copy"), {}, change),
                  ChangedError);
  CHECK(open.count == 2);
  CHECK(text_of(folder.path() / "copy") == "old");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 2);
}

TEST_CASE("a copy has the modification time of its source") {
  const HalfRead half;
  const auto files = make_local_tree(false, {});
  const auto copy = join(half.folder.string(), "copy");
  deliver([&] { return files->read(half.file.string()); }, *files, copy, {});
  CHECK(files->stat(copy).modified == berth::Time(std::chrono::seconds(1000)));
}

TEST_CASE("a time that no Time can hold is unknown") {
  constexpr std::time_t year_2400 = 13569465600;
  CHECK_FALSE(time_of({.tv_sec = year_2400, .tv_nsec = 0}));
  CHECK_FALSE(time_of({.tv_sec = -year_2400, .tv_nsec = 0}));
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  CHECK(time_of({.tv_sec = last / 1'000'000'000, .tv_nsec = last % 1'000'000'000}) ==
        berth::Time::max());
  CHECK_FALSE(time_of({.tv_sec = last / 1'000'000'000, .tv_nsec = last % 1'000'000'000 + 1}));
  CHECK(time_of({.tv_sec = -1, .tv_nsec = 5}) == berth::Time(std::chrono::nanoseconds(-999999995)));
}

TEST_CASE("only the exact name is that of a temporary file") {
  CHECK(is_temporary_name(leftover_name));
  CHECK_FALSE(is_temporary_name(leftover_name + "0"));
  CHECK_FALSE(is_temporary_name(".berth-download.0123456789ABCDEF0123456789ABCDEF"));
  CHECK_FALSE(is_temporary_name(".berth-download."));
  CHECK_FALSE(is_temporary_name(".berth-1"));
}

TEST_CASE("the temporary file of a download that is under way stays") {
  const TempDir folder;
  const LocalTemporary download(join(folder.string(), "f"));
  const auto temporary = fs::directory_iterator(folder.path())->path();
  CHECK(is_temporary_name(temporary.filename().string()));
  CHECK_FALSE(remove_if_abandoned(temporary.string()));
  remove_abandoned_in(folder.string());
  CHECK(fs::exists(temporary));
}

TEST_CASE("the temporary file of a process that is gone is removed before the next download") {
  const TempDir folder;
  std::ofstream(folder.path() / leftover_name) << "half";
  std::ofstream(folder.path() / "other") << "other";
  make_local_tree(false, {})->put(join(folder.string(), "f"), "new", {});
  CHECK_FALSE(fs::exists(folder.path() / leftover_name));
  CHECK(text_of(folder.path() / "other") == "other");
  CHECK(text_of(folder.path() / "f") == "new");
}

TEST_CASE("a temporary file is not reported as a file") {
  const TempDir folder;
  std::ofstream(folder.path() / leftover_name) << "half";
  int leftovers = 0;
  const auto files = make_local_tree(false, {});
  const auto cursor =
      files->cursor(folder.string(), [&](const Issue& issue) { leftovers += issue.leftover; });
  berth::FileInfo entry;
  CHECK_FALSE(cursor->next(entry));
  CHECK(leftovers == 1);
}

TEST_CASE("a download that is given up leaves no temporary file") {
  const TempDir folder;
  { LocalTemporary(join(folder.string(), "f")).write("half"); }
  CHECK(fs::is_empty(folder.path()));
}
