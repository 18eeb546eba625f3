// SPDX-License-Identifier: Apache-2.0
#include "discovery/scan.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/discovery/plugin_bytes.hpp"
#include "discovery/lock_file.hpp"
#include "support/temp_dir.hpp"
#include "support/variable.hpp"

namespace berth::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// A plugin folder of this test.
class Folder {
 public:
  fs::path operator/(const fs::path& name) const { return dir_.path() / name; }
  const fs::path& path() const { return dir_.path(); }

  // Copies a fake under another name; others may not write to the copy.
  void add(const std::string& fake, const fs::path& name) const {
    write_file(*this / name, fake_bytes(fake));
    fs::permissions(*this / name, fs::perms(0755));
  }

 private:
  TempDir dir_;
};

std::vector<Candidate> scan(std::vector<fs::path> directories, bool allow_untrusted = false) {
  PluginSearch search;
  search.directories = std::move(directories);
  search.allow_untrusted = allow_untrusted;
  std::vector<Candidate> rows;
  for (const auto& file : discovery::scan(search)) rows.push_back(file.candidate);
  return rows;
}

// The row of a folder with one file.
Candidate only_row(const Folder& folder) {
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 1);
  return rows[0];
}

void check_row(const Candidate& row, const fs::path& path, Verdict verdict,
               const std::string& reason, const Names& drivers = {}) {
  CHECK(row.path == path);
  CHECK(to_string(row.verdict) == to_string(verdict));
  CHECK(row.reason == reason);
  CHECK(row.drivers == drivers);
}

void check_unreadable(const Folder& folder, const std::string& reason) {
  check_row(only_row(folder), folder / "x.so", Verdict::unreadable, reason);
}

}  // namespace

// ---- What is looked at --------------------------------------------------------------------------

TEST_CASE("an empty folder has no rows") {
  const Folder folder;
  CHECK(scan({folder.path()}).empty());
}

TEST_CASE("a plugin is usable and its descriptor kept open") {
  const Folder folder;
  folder.add("good", "x.so");
  PluginSearch search;
  search.directories = {folder.path()};
  const auto files = discovery::scan(search);
  REQUIRE(files.size() == 1);
  check_row(files[0].candidate, folder / "x.so", Verdict::usable, "", {"good"});
  REQUIRE(files[0].file);
  CHECK(files[0].file->path == folder / "x.so");
  CHECK(::fcntl(files[0].file->file.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("leftovers of editors and package managers are not looked at") {
  const Folder folder;
  for (const char* name : {"x.so.bak", ".x.so.swp", "x.so~", "core", "core.1234", ".hidden.so",
                           "x.so.1", ".so", "README", "x.SO", "drivers.lock.json"})
    folder.add("good", name);
  CHECK(scan({folder.path()}).empty());
}

TEST_CASE("rows come in the order of the file names") {
  const Folder folder;
  folder.add("good", "b.so");
  folder.add("two_drivers", "c.so");
  folder.add("lies", "a.so");
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].path == folder / "a.so");
  CHECK(rows[1].path == folder / "b.so");
  check_row(rows[2], folder / "c.so", Verdict::usable, "", {"first_of_two", "second_of_two"});
}

TEST_CASE("a foreign library that kills its host is listed and not loaded") {
  const Folder folder;
  folder.add("foreign_abort", "x.so");
  folder.add("good", "y.so");
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 2);
  check_row(rows[0], folder / "x.so", Verdict::not_a_plugin,
            "the file is a shared object, but holds no driver");
  CHECK(rows[1].verdict == Verdict::usable);
}

TEST_CASE("a plugin of a newer major is told as such, with its names") {
  const Folder folder;
  folder.add("abi_v2", "x.so");
  check_row(only_row(folder), folder / "x.so", Verdict::wrong_abi,
            "the file is made for major 2 of the driver ABI, this program knows major 1: update "
            "Berth, or get the driver built for major 1",
            {"future"});
}

TEST_CASE("a plugin of an older major is told as such") {
  const Folder folder;
  std::string bytes = fake_bytes("linked_stripped");
  for (std::size_t at = 0; (at = bytes.find("berth_driver_v1_good", at)) != std::string::npos;)
    bytes.replace(at, 20, "berth_driver_v0_good");
  write_file(folder / "x.so", bytes);
  check_row(only_row(folder), folder / "x.so", Verdict::wrong_abi,
            "the file is made for major 0 of the driver ABI, this program knows major 1: get a "
            "newer build of the driver",
            {"good"});
}

TEST_CASE("a truncated plugin is malformed and the others still count") {
  const Folder folder;
  write_file(folder / "x.so", fake_bytes("good").substr(0, 5000));
  folder.add("lies", "y.so");
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].verdict == Verdict::malformed);
  CHECK(rows[1].verdict == Verdict::usable);
}

// ---- What cannot be opened ----------------------------------------------------------------------

TEST_CASE("a folder named like a plugin is unreadable") {
  const Folder folder;
  fs::create_directory(folder / "x.so");
  check_unreadable(folder, "it is a folder, not a file");
}

TEST_CASE("a FIFO is neither opened nor waited for") {
  const Folder folder;
  REQUIRE(::mkfifo((folder / "x.so").c_str(), 0600) == 0);
  check_unreadable(folder, "it is a FIFO, not a file");
}

TEST_CASE("a socket is unreadable") {
  const Folder folder;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "x.so").native().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
  check_unreadable(folder, "it is a socket, not a file");
}

TEST_CASE("a device is unreadable") {
  const Folder folder;
  fs::create_symlink("/dev/null", folder / "x.so");
  check_unreadable(folder, "it is a device, not a file");
}

TEST_CASE("a dangling symbolic link is unreadable") {
  const Folder folder;
  fs::create_symlink(folder / "gone", folder / "x.so");
  check_unreadable(folder, "it is a symbolic link to a file that does not exist");
}

TEST_CASE("a symbolic link in a loop is unreadable") {
  const Folder folder;
  fs::create_symlink("x.so", folder / "x.so");
  check_unreadable(folder, "it is a symbolic link that leads back to itself");
}

TEST_CASE("a file without permission to read is unreadable") {
  const Folder folder;
  folder.add("good", "x.so");
  fs::permissions(folder / "x.so", fs::perms::none);
  const Candidate row = only_row(folder);
  if (::geteuid() == 0)  // root reads everything
    check_row(row, folder / "x.so", Verdict::usable, "", {"good"});
  else
    check_row(row, folder / "x.so", Verdict::unreadable,
              "the file cannot be opened: Permission denied");
}

TEST_CASE("a symbolic link to a plugin elsewhere is followed") {
  const Folder folder, elsewhere;
  elsewhere.add("good", "good-1.2.so.7");
  fs::create_symlink(elsewhere / "good-1.2.so.7", folder / "x.so");
  check_row(only_row(folder), folder / "x.so", Verdict::usable, "", {"good"});
}

// ---- Names --------------------------------------------------------------------------------------

TEST_CASE("a plugin in a folder with spaces and letters of others is found") {
  const Folder folder;
  const fs::path inner = folder / "плагины é";
  fs::create_directory(inner);
  write_file(inner / "мой драйвер.so", fake_bytes("good"));
  const auto rows = scan({inner});
  REQUIRE(rows.size() == 1);
  check_row(rows[0], inner / "мой драйвер.so", Verdict::usable, "", {"good"});
}

TEST_CASE("a file name in Latin-1 is found, and printed escaped where others are told of it") {
  const Folder folder;
  folder.add("good", "caf\xE9.so");
  folder.add("good", "z.so");
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 2);
  check_row(rows[1], folder / "z.so", Verdict::duplicate,
            "driver good is also in " + (folder / "caf\\xE9.so").string() +
                " of the same folder: remove one of them",
            {"good"});
}

// ---- Trust --------------------------------------------------------------------------------------

TEST_CASE("a plugin that its group can change is untrusted, but its names are told") {
  const Folder folder;
  folder.add("good", "x.so");
  fs::permissions(folder / "x.so", fs::perms(0775));
  check_row(only_row(folder), folder / "x.so", Verdict::untrusted,
            "the file can be changed by its group: run chmod go-w on it, or allow untrusted "
            "plugins",
            {"good"});
}

TEST_CASE("an untrusted plugin is usable where that is allowed") {
  const Folder folder;
  folder.add("good", "x.so");
  fs::permissions(folder / "x.so", fs::perms(0777));
  fs::permissions(folder.path(), fs::perms(0777));
  const auto rows = scan({folder.path()}, /*allow_untrusted=*/true);
  REQUIRE(rows.size() == 1);
  check_row(rows[0], folder / "x.so", Verdict::usable, "", {"good"});
}

TEST_CASE("a foreign file is not called untrusted") {
  const Folder folder;
  write_file(folder / "x.so", "hello");
  fs::permissions(folder / "x.so", fs::perms(0777));
  CHECK(only_row(folder).verdict == Verdict::not_a_plugin);
}

TEST_CASE("a folder that everyone can change is one row, and its files are none") {
  const Folder folder;
  folder.add("good", "x.so");
  fs::permissions(folder.path(), fs::perms(0777));
  check_row(only_row(folder), folder.path(), Verdict::untrusted,
            "the plugin folder can be changed by everyone: run chmod go-w on it, or allow "
            "untrusted plugins");
}

TEST_CASE("a folder that is not absolute is refused") {
  const auto rows = scan({"plugins"});
  REQUIRE(rows.size() == 1);
  check_row(rows[0], "plugins", Verdict::untrusted,
            "the plugin folder is not an absolute path: what it means depends on where the program "
            "was started");
}

TEST_CASE("a folder that is not there is a row") {
  const Folder folder;
  const auto rows = scan({folder / "none"});
  REQUIRE(rows.size() == 1);
  check_row(rows[0], folder / "none", Verdict::unreadable,
            "the plugin folder cannot be opened: No such file or directory");
}

TEST_CASE("a file in the place of a folder is a row") {
  const Folder folder;
  folder.add("good", "x.so");
  const auto rows = scan({folder / "x.so"});
  REQUIRE(rows.size() == 1);
  check_row(rows[0], folder / "x.so", Verdict::unreadable,
            "the plugin folder cannot be opened: Not a directory");
}

TEST_CASE("a plugin with another digest than the lock file's is refused") {
  const Folder folder;
  folder.add("good", "x.so");
  folder.add("lies", "y.so");
  const std::string digest = discovery::sha256_of(MemoryFile(fake_bytes("lies")).fd());
  const fs::path lock = folder / "lock.json";
  write_file(lock, "{\"x.so\":\"" + digest + "\",\"y.so\":\"" + digest + "\"}");
  PluginSearch search;
  search.directories = {folder.path()};
  search.lock_file = lock;
  const auto files = discovery::scan(search);
  REQUIRE(files.size() == 2);
  check_row(files[0].candidate, folder / "x.so", Verdict::lock_mismatch,
            "the file's SHA-256 is " + discovery::sha256_of(MemoryFile(fake_bytes("good")).fd()) +
                ", the lock file " + lock.string() + " has " + digest,
            {"good"});
  CHECK(files[0].file == nullptr);
  CHECK(files[1].candidate.verdict == Verdict::usable);
}

// ---- Several files of one name ------------------------------------------------------------------

TEST_CASE("two files of one folder with one driver are both refused, each naming the other") {
  const Folder folder;
  folder.add("good", "libx-1.so");
  folder.add("linked_stripped", "libx-2.so");
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 2);
  const auto reason = [&](const char* name) {
    return "driver good is also in " + (folder / name).string() +
           " of the same folder: remove one of them";
  };
  check_row(rows[0], folder / "libx-1.so", Verdict::duplicate, reason("libx-2.so"), {"good"});
  check_row(rows[1], folder / "libx-2.so", Verdict::duplicate, reason("libx-1.so"), {"good"});
}

TEST_CASE("a driver of an earlier folder shadows that of a later one") {
  const Folder first, second;
  first.add("good", "a.so");
  second.add("linked_stripped", "b.so");
  const auto rows = scan({first.path(), second.path()});
  REQUIRE(rows.size() == 2);
  check_row(rows[0], first / "a.so", Verdict::usable, "", {"good"});
  check_row(rows[1], second / "b.so", Verdict::shadowed,
            "driver good is also in " + (first / "a.so").string() + ", whose folder comes first",
            {"good"});
}

TEST_CASE("a refused file of an earlier folder shadows nothing") {
  const Folder first, second;
  first.add("good", "a.so");
  fs::permissions(first / "a.so", fs::perms(0777));
  second.add("good", "b.so");
  const auto rows = scan({first.path(), second.path()});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].verdict == Verdict::untrusted);
  CHECK(rows[1].verdict == Verdict::usable);
}

TEST_CASE("duplicates of an earlier folder are not silently replaced by a later one") {
  const Folder first, second;
  first.add("good", "a.so");
  first.add("good", "b.so");
  second.add("good", "c.so");
  const auto rows = scan({first.path(), second.path()});
  REQUIRE(rows.size() == 3);
  CHECK(rows[2].verdict == Verdict::shadowed);
}

TEST_CASE("one file under two names counts once") {
  const Folder folder;
  folder.add("good", "a.so");
  fs::create_symlink("a.so", folder / "b.so");
  fs::create_hard_link(folder / "a.so", folder / "c.so");
  const auto rows = scan({folder.path()});
  REQUIRE(rows.size() == 3);
  const std::string reason =
      "the file is the same as " + (folder / "a.so").string() + ", and counts once";
  CHECK(rows[0].verdict == Verdict::usable);
  check_row(rows[1], folder / "b.so", Verdict::shadowed, reason, {"good"});
  check_row(rows[2], folder / "c.so", Verdict::shadowed, reason, {"good"});
}

TEST_CASE("a folder that is named twice is looked at once") {
  const Folder folder, other;
  folder.add("good", "a.so");
  fs::create_directory_symlink(folder.path(), other / "link");
  CHECK(scan({folder.path(), folder.path(), other / "link"}).size() == 1);
}

// ---- Where is searched --------------------------------------------------------------------------

TEST_CASE("folders of the search replace the environment's") {
  const test::Variable variable("BERTH_DRIVER_PATH", "/from/environment");
  PluginSearch search;
  search.directories = {"/given"};
  CHECK(discovery::search_directories(search) == std::vector<fs::path>{"/given"});
}

TEST_CASE("the environment's folders come before that of the installation") {
  const test::Variable variable("BERTH_DRIVER_PATH", ":/one::/two words:");
  CHECK(discovery::search_directories({}) ==
        std::vector<fs::path>{"/one", "/two words", BERTH_DRIVER_DIR});
}

TEST_CASE("without an environment the folder of the installation is searched") {
  ::unsetenv("BERTH_DRIVER_PATH");
  CHECK(discovery::search_directories({}) == std::vector<fs::path>{BERTH_DRIVER_DIR});
}

// ---- One file -----------------------------------------------------------------------------------

TEST_CASE("one file is inspected by the same rules") {
  const Folder folder;
  folder.add("good", "any name");
  const auto file = discovery::inspect(folder / "any name", {});
  check_row(file.candidate, folder / "any name", Verdict::usable, "", {"good"});
  REQUIRE(file.file);
  CHECK(discovery::inspect(folder / "none", {}).candidate.reason ==
        "the file cannot be opened: No such file or directory");
}

// The fake that brings a library, with the library next to it.
fs::path plugin_with_library(const fs::path& folder) {
  const char* const library = "libberth-fake-dependency.so";
  fs::copy_file(fs::path(BERTH_FAKES) / library, folder / library);
  write_file(folder / "x.so", fake_bytes("missing_library"));
  fs::permissions(folder / "x.so", fs::perms(0755));
  return folder / library;
}

TEST_CASE("a library next to its plugin is trusted by the plugin's rules") {
  const TempDir dir;
  const fs::path library = plugin_with_library(dir.path());
  CHECK(discovery::inspect(dir.path() / "x.so", {}).candidate.verdict == Verdict::usable);
  fs::permissions(library, fs::perms(0666));
  const Candidate candidate = discovery::inspect(dir.path() / "x.so", {}).candidate;
  CHECK(candidate.verdict == Verdict::untrusted);
  CHECK(candidate.reason.starts_with("the file brings a library: the file " + library.string() +
                                     " can be changed by everyone"));
}

TEST_CASE("a file in a folder that others can change is untrusted, wherever it was found") {
  const TempDir dir;
  write_file(dir.path() / "x.so", fake_bytes("good"));
  fs::permissions(dir.path() / "x.so", fs::perms(0755));
  fs::permissions(dir.path(), fs::perms(0777));
  const Candidate candidate = discovery::inspect(dir.path() / "x.so", {}).candidate;
  CHECK(candidate.verdict == Verdict::untrusted);
  CHECK(candidate.reason.starts_with("the folder of the file can be changed by everyone"));
  fs::permissions(dir.path(), fs::perms(01777));
  CHECK(discovery::inspect(dir.path() / "x.so", {}).candidate.verdict == Verdict::usable);
}

TEST_CASE("every verdict has a word") {
  for (int i = 0; i <= static_cast<int>(Verdict::failed); ++i)
    CHECK(to_string(static_cast<Verdict>(i)) != "unknown");
}

}  // namespace berth::test
