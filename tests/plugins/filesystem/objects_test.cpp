// SPDX-License-Identifier: Apache-2.0
//
// Put, get, stat, move, copy and remove of the driver `filesystem`, and the files on disk
// afterwards.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "mount.hpp"

using namespace berth::test;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(Disk, "an object is one file under its own path") {
  put(*store, "/docker/registry/v2/blobs/data", "bytes");
  CHECK(on_disk("/docker/registry/v2/blobs/data") == "bytes");
  CHECK(everything().size() == 5);
}

TEST_CASE_FIXTURE(Disk, "files of a registry are read unchanged") {
  fs::create_directories(root + "/docker/registry/v2/repositories/a/_uploads/u");
  std::ofstream(root + "/docker/registry/v2/repositories/a/_uploads/u/data") << "half";
  CHECK(get(*store, "/docker/registry/v2/repositories/a/_uploads/u/data") == "half");
  const auto more = appender(*store, "/docker/registry/v2/repositories/a/_uploads/u/data");
  CHECK(more->size() == 4);
  write(*more, " done");
  commit(*more);
  CHECK(on_disk("/docker/registry/v2/repositories/a/_uploads/u/data") == "half done");
}

TEST_CASE_FIXTURE(Disk, "an object is read completely and in part") {
  put(*store, "/a", std::string("x\0\n\xff", 4));
  CHECK(get(*store, "/a") == std::string("x\0\n\xff", 4));
  CHECK(read(*store, "/a", {1, 2}) == std::string("\0\n", 2));
  CHECK(read(*store, "/a", {4, 9}).empty());
  CHECK(read(*store, "/a", {99, 9}).empty());
  put(*store, "/a", "");
  CHECK(get(*store, "/a").empty());
}

TEST_CASE_FIXTURE(Disk, "a reader keeps the version it opened, even during an append") {
  put(*store, "/a", "old");
  const auto reader = store->reader("/a", {}, FakeCall());
  const auto out = appender(*store, "/a");
  write(*out, " grown");
  commit(*out);
  put(*store, "/a", "new and longer");
  CHECK(read_all(*reader, 1) == "old");
  CHECK(reader->info()->size == 3);
}

TEST_CASE_FIXTURE(Disk, "a reader of a file that is truncated in place fails") {
  put(*store, "/a", "0123456789");
  const auto reader = store->reader("/a", {}, FakeCall());
  fs::resize_file(root + "/a", 0);
  CHECK(status_of([&] { read_all(*reader); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE_FIXTURE(Disk, "a missing root is an empty store") {
  CHECK_FALSE(fs::exists(root));
  CHECK(list(*store, "/").empty());
  CHECK(walk(*store, "/").empty());
  CHECK(stat(*store, "/").directory);
  CHECK(status_of([&] { get(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { remove(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Disk, "a root that cannot be created is not reported as a missing object") {
  fs::create_directories(folder.string() + "/to");
  fs::create_symlink("to/nowhere", folder.string() + "/link");
  root = folder.string() + "/link/root";
  store = open();
  const auto body = [&] { put(*store, "/x", "1"); };
  CHECK(status_of(body) == BERTH_STATUS_IO);
  CHECK(message_of(body) ==
        "cannot create the root directory " + root + ": No such file or directory");
}

TEST_CASE_FIXTURE(Disk, "a removed root is created again by the next put") {
  put(*store, "/a/b", "1");
  fs::remove_all(root);
  CHECK(status_of([&] { get(*store, "/a/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  put(*store, "/a/b", "2");
  CHECK(on_disk("/a/b") == "2");
  fs::remove_all(root);
  put(*store, "/c", "3");
  CHECK(on_disk("/c") == "3");
  fs::remove_all(root);
  fs::create_directories(root + "/made/by/another");
  CHECK(list(*store, "/") == std::vector<std::string>{"/made/"});
  CHECK(stat(*store, "/made/by").directory);
}

TEST_CASE_FIXTURE(Disk, "a path below a file, and a directory as an object, are not found") {
  put(*store, "/d/f", "1");
  for (const char* path : {"/d", "/d/f/x", "/nothing"}) {
    CHECK(status_of([&] { get(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
    CHECK(status_of([&] { read(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
    CHECK(status_of([&] { appender(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
  }
  CHECK(status_of([&] { stat(*store, "/d/f/x"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { list(*store, "/d/f/x"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { remove(*store, "/d/f/x"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { move(*store, "/d/f/x", "/y"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Disk, "a put below an object or onto a directory fails and leaves nothing") {
  put(*store, "/d/f", "1");
  CHECK(message_of([&] { put(*store, "/d/f/x/y", "2"); }) ==
        "cannot create the directory of '/d/f/x/y' below " + root +
            ", because an object exists where a directory is needed: Not a directory");
  CHECK(message_of([&] { put(*store, "/d", "2"); }) ==
        "cannot rename the new file to '/d' below " + root +
            ", because a directory has that name: Is a directory");
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Disk, "an object replaces an empty directory") {
  fs::create_directories(root + "/d");
  put(*store, "/d", "1");
  CHECK(get(*store, "/d") == "1");
}

TEST_CASE_FIXTURE(Disk, "create_only accepts a new name and refuses an existing one") {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  put(*store, "/a", "1", options);
  CHECK(status_of([&] { put(*store, "/a", "2", options); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*store, "/a") == "1");
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Disk, "a name of 255 bytes can be put, overwritten, uploaded and listed") {
  const std::string path = "/" + std::string(255, 'n');
  put(*store, path, "1");
  put(*store, path, "2");
  auto out = writer(*store, path);
  write(*out, "3");
  keep(*out);
  out.reset();
  commit(*appender(*store, path));
  CHECK(get(*store, path) == "3");
  CHECK(list(*store, "/") == std::vector<std::string>{path});
  CHECK(status_of([&] { put(*store, path + "n", "1"); }) == BERTH_STATUS_INVALID_PATH);
}

TEST_CASE_FIXTURE(Disk, "every byte of a name is kept, and two forms of a letter are two objects") {
  const std::vector<std::string> names{"/%2F",       "/.hidden",   "/a:b",      "/a\\b",
                                       "/e\xcc\x81", "/new\nline", "/\xc3\xa9", "/\xff\xfe"};
  for (const std::string& name : names) put(*store, name, name);
  for (const std::string& name : names) CHECK(on_disk(name) == name);
  CHECK(list(*store, "/") == names);
}

TEST_CASE_FIXTURE(Disk, "names of the driver's own files are refused and never listed") {
  CHECK(message_of([&] { put(*store, "/d/.berth~x/y", "1"); }) ==
        "'/d/.berth~x/y' has a component that begins with '.berth~', which the filesystem driver "
        "reserves for its own files; choose another name");
  CHECK(status_of([&] { get(*store, "/.berth~x"); }) == BERTH_STATUS_INVALID_PATH);
  CHECK(status_of([&] { move(*store, "/a", "/.berth~x"); }) == BERTH_STATUS_INVALID_PATH);
  put(*store, "/a", "1");
  const auto out = writer(*store, "/b");
  CHECK(list(*store, "/") == std::vector<std::string>{"/a"});
  CHECK(walk(*store, "/") == std::vector<std::string>{"/a"});
}

TEST_CASE_FIXTURE(Disk, "modes follow the umask and the parameters") {
  const mode_t before = ::umask(027);
  put(*store, "/d/f", "1");
  put(*open({{"filemode", "0600"}, {"directorymode", "0700"}}), "/e/f", "1");
  ::umask(before);
  CHECK((fs::status(root + "/d").permissions() & fs::perms::mask) == fs::perms(0750));
  CHECK((fs::status(root + "/d/f").permissions() & fs::perms::mask) == fs::perms(0640));
  CHECK((fs::status(root + "/e").permissions() & fs::perms::mask) == fs::perms(0700));
  CHECK((fs::status(root + "/e/f").permissions() & fs::perms::mask) == fs::perms(0600));
}

TEST_CASE_FIXTURE(Disk, "an error names the wrong parameter") {
  CHECK(message_of([&] {
          open({{"filemode", "0999"}});
        }) == "parameter 'filemode' is '0999', not an octal mode such as 0640");
  root.clear();
  CHECK(status_of([&] { open(); }) == BERTH_STATUS_INVALID_PARAMETERS);
}

TEST_CASE_FIXTURE(Disk, "maxthreads is reported to the host") {
  CHECK(store->capabilities().max_parallel_calls == 100);
  CHECK(open({{"maxthreads", "25"}})->capabilities().max_parallel_calls == 25);
}

TEST_CASE_FIXTURE(Disk, "a move overwrites, creates parents and removes empty ones") {
  put(*store, "/a/b/c", "1");
  put(*store, "/d/e", "2");
  move(*store, "/a/b/c", "/d/e");
  move(*store, "/d/e", "/x/y/z");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/x/", "/x/y/", "/x/y/z"});
  CHECK(get(*store, "/x/y/z") == "1");
}

TEST_CASE_FIXTURE(Disk, "a move onto itself changes nothing") {
  put(*store, "/a", "1");
  move(*store, "/a", "/a");
  CHECK(get(*store, "/a") == "1");
}

TEST_CASE_FIXTURE(Disk, "a move of a missing source changes nothing") {
  put(*store, "/b", "2");
  CHECK(status_of([&] { move(*store, "/a", "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { move(*store, "/a", "/x/y"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(get(*store, "/b") == "2");
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Disk, "a move that fails keeps the source and leaves no new directory") {
  put(*store, "/notadir", "1");
  put(*store, "/a/f", "2");
  CHECK(status_of([&] { move(*store, "/a/f", "/notadir/x"); }) == BERTH_STATUS_IO);
  CHECK(status_of([&] { move(*store, "/a", "/a/b/c"); }) == BERTH_STATUS_IO);
  CHECK(walk(*store, "/") == std::vector<std::string>{"/a/", "/a/f", "/notadir"});
}

TEST_CASE_FIXTURE(Disk, "a directory is moved with its contents") {
  put(*store, "/d/x/f", "1");
  move(*store, "/d", "/n/m");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/n/", "/n/m/", "/n/m/x/", "/n/m/x/f"});
}

TEST_CASE_FIXTURE(Disk, "a copy is a second object") {
  put(*store, "/a", "1");
  store->copy("/a", "/d/b", {}, FakeCall());
  put(*store, "/a", "2");
  CHECK(get(*store, "/d/b") == "1");
  CHECK(status_of([&] { store->copy("/x", "/y/z", {}, FakeCall()); }) ==
        BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { store->copy("/d", "/y/z", {}, FakeCall()); }) ==
        BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(list(*store, "/") == std::vector<std::string>{"/a", "/d/"});
}

TEST_CASE_FIXTURE(Disk, "a remove removes everything below and no sibling") {
  for (const char* path : {"/d/a/f", "/d/a/g/h", "/d/a-x/f", "/d/a.y/f", "/d/ab/f"})
    put(*store, path, "1");
  remove(*store, "/d/a");
  CHECK(list(*store, "/d") == std::vector<std::string>{"/d/a-x/", "/d/a.y/", "/d/ab/"});
  CHECK(status_of([&] { remove(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Disk, "removing the last object removes the empty directories") {
  put(*store, "/a/b/c", "1");
  put(*store, "/a/d", "1");
  remove(*store, "/a/b/c");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/a/", "/a/d"});
  remove(*store, "/a/d");
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a large directory is removed") {
  for (int i = 0; i < 3000; ++i) {
    fs::create_directories(root + "/d/" + std::to_string(i % 7));
    std::ofstream(root + "/d/" + std::to_string(i % 7) + "/" + std::to_string(i)) << i;
  }
  remove(*store, "/d");
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a file that reports size 0 is read and copied to its end") {
  fs::create_directories(root);
  const Mount proc("proc", root + "/proc", "");
  const std::string status = get(*store, "/proc/version");
  CHECK(status.starts_with("Linux version"));
  CHECK(read(*store, "/proc/version") == status);
  CHECK(read(*store, "/proc/version", {6, 7}) == "version");
  store->copy("/proc/version", "/copy", {}, FakeCall());
  CHECK(on_disk("/copy") == status);
}

TEST_CASE_FIXTURE(Disk,
                  "a time that does not fit in 64 bits of nanoseconds is reported as unknown") {
  put(*store, "/far", "1");
  const timespec year_2400[2] = {{13'569'465'600, 0}, {13'569'465'600, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (root + "/far").c_str(), year_2400, 0) == 0);
  CHECK_FALSE(stat(*store, "/far").mtime_ns.has_value());
  CHECK_FALSE(store->reader("/far", {}, FakeCall())->info()->mtime_ns.has_value());
  Entries entries;
  store->walk("/", {}, entries.sink(), FakeCall());
  CHECK_FALSE(entries.all().front().has_mtime);
}

TEST_CASE_FIXTURE(Disk, "the place has a line for every directory down to the root directory") {
  fs::create_directories(root);
  struct stat status;
  REQUIRE(::stat(root.c_str(), &status) == 0);
  const std::string last =
      "file:" + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + "\troot\n";
  const std::string place = store->place();
  CHECK(place.ends_with(last));
  REQUIRE(::stat("/", &status) == 0);
  CHECK(place.starts_with("file:" + std::to_string(status.st_dev) + ":" +
                          std::to_string(status.st_ino) + "\t\n"));
}

TEST_CASE_FIXTURE(Disk, "a root that is a link has the place of its target") {
  fs::create_directories(root);
  const std::string place = store->place();
  fs::create_symlink("root", folder.string() + "/link");
  CHECK(open({{"rootdirectory", folder.string() + "/link/"}})->place() == place);
  CHECK(open({{"rootdirectory", root + "/below"}})->place() ==
        place + place.substr(place.rfind("file:"), place.rfind('\t') - place.rfind("file:")) +
            "/below\tbelow\n");
}

TEST_CASE_FIXTURE(Disk, "a cancelled call does nothing, and a cancelled put leaves nothing") {
  FakeCall call;
  call.cancel();
  CHECK(status_of([&] { store->put("/a", "1", {}, call); }) == BERTH_STATUS_CANCELLED);
  FakeCall later;
  later.cancel_after(1);
  const std::string bytes(40 << 20, 'x');
  CHECK(status_of([&] { store->put("/d/a", bytes, {}, later); }) == BERTH_STATUS_CANCELLED);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a deadline that has passed ends a walk") {
  put(*store, "/a", "1");
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() - std::chrono::seconds(1));
  Entries entries;
  CHECK(status_of([&] { store->walk("/", {}, entries.sink(), call); }) ==
        BERTH_STATUS_DEADLINE_EXCEEDED);
}

TEST_CASE_FIXTURE(Disk, "system calls that signals interrupt are repeated") {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &action, &before);
  const itimerval often{{0, 500}, {0, 500}};
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const std::string bytes(24 << 20, 'x');
  const auto fast = open({{"fsync", "false"}});
  for (int i = 0; i < 4; ++i) {
    put(*fast, "/a", bytes);
    CHECK(get(*fast, "/a") == bytes);
  }
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
}
