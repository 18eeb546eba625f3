// SPDX-License-Identifier: Apache-2.0
//
// Plugins as files, good and bad, through the public API: what the host says of each.
#include <dlfcn.h>
#include <link.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <berth/berth.hpp>

#include "binding/library.hpp"
#include "binding/mapped_file.hpp"
#include "core/discovery/plugin_bytes.hpp"
#include "support/captured_log.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A plugin folder with copies of fakes, which the factory searches while the test runs.
class Plugins {
 public:
  explicit Plugins(const std::vector<std::string>& fakes) {
    for (const std::string& fake : fakes) add(fake);
    PluginSearch search;
    search.directories = {dir_.path()};
    factory::configure(search);
  }
  ~Plugins() { factory::configure({}); }
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;

  void add(const std::string& fake) const {
    write_file(file(fake), fake_bytes(fake));
    fs::permissions(file(fake), fs::perms(0755));
  }
  const fs::path& folder() const { return dir_.path(); }
  fs::path file(const std::string& fake) const { return dir_.path() / (fake + ".so"); }

 private:
  TempDir dir_;
};

Store open(const std::string& fake, const json& parameters = json::object()) {
  return factory::create(fake, parameters);
}

// What the exception of an action says.
std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Why a plugin is refused that is alone in its folder.
void check_refused(const std::string& fake, const std::string& reason) {
  const Plugins plugins({fake});
  CAPTURE(fake);
  CHECK(error_of([&] { open(fake); }) == "StorageDriver not registered: " + fake + "\n" +
                                             plugins.file(fake).string() + ": " + reason);
  const auto rows = factory::scan();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].verdict == Verdict::failed);
}

const std::string fake_dependency = "libberth-fake-dependency.so";

// The fake `missing_library`, but it needs a library of another name, as long as its own.
std::string bytes_that_need(const std::string& library) {
  REQUIRE(library.size() == fake_dependency.size());
  std::string bytes = fake_bytes("missing_library");
  for (std::size_t at = 0; (at = bytes.find(fake_dependency, at)) != std::string::npos;)
    bytes.replace(at, library.size(), library);
  return bytes;
}

}  // namespace

// ---- The handshake ------------------------------------------------------------------------------

TEST_CASE("a plugin that does nothing wrong is loaded and described") {
  const Plugins plugins({"good"});
  CHECK(open("good").stat("/").is_directory);
  const DriverInfo info = factory::describe("good");
  CHECK(info.version == "1.0");
  CHECK(info.abi == "1.0");
  CHECK(info.file == plugins.file("good"));
}

TEST_CASE("an object that lies about itself is refused, each lie with its own sentence") {
  check_refused("wrong_magic",
                "refused: its object begins with 0x21212121, not with Berth's magic number");
  check_refused("other_major",
                "refused: it was made for major 2 of the driver ABI, this host has major 1");
  check_refused("needs_newer_host", "refused: it needs a host of ABI 1.98, this one has 1.0");
  check_refused("short_driver", "refused: its object has 24 bytes, at least 72 are expected");
  check_refused("short_ops",
                "refused: its table of functions has 64 bytes, at least 208 are expected");
  check_refused("short_params",
                "refused: its parameter row has 16 bytes, at least 56 are expected");
  check_refused("null_ops", "refused: its object has no table of functions");
  check_refused("missing_put", "refused: its table lacks required functions: put");
  check_refused("other_name",
                "refused: its symbol says \"other_name\", its object says \"somebody_else\"");
  check_refused("odd_threads", "refused: its thread model 9 is not known");
}

TEST_CASE("a driver of minor 99 works, and its parameters are read by its own stride") {
  const Plugins plugins({"minor_99"});
  CHECK(open("minor_99").stat("/").is_directory);
  const DriverInfo info = factory::describe("minor_99");
  CHECK(info.abi == "1.99");
  REQUIRE(info.parameters.size() == 2);
  CHECK(info.parameters[0].key == "first");
  CHECK(info.parameters[1].key == "second");
  CHECK(info.parameters[1].default_value == "true");
}

TEST_CASE("both drivers of one file can be opened") {
  const Plugins plugins({"two_drivers"});
  CHECK(open("second_of_two").stat("/").is_directory);
  CHECK(open("first_of_two").stat("/").is_directory);
}

// ---- Loading ------------------------------------------------------------------------------------

TEST_CASE("a symbol that no library has is found when the plugin is loaded, and named") {
  const Plugins plugins({"undefined_symbol"});
  const std::string file = plugins.file("undefined_symbol").string();
  CHECK(error_of([] { open("undefined_symbol"); }) ==
        "StorageDriver not registered: undefined_symbol\n" + file + ": cannot be loaded: " + file +
            ": undefined symbol: berth_fake_from_nowhere");
}

TEST_CASE("a library that is not there is named") {
  const Plugins plugins({});
  const std::string gone = "libberth-fake-not-there-.so";
  write_file(plugins.file("missing_library"), bytes_that_need(gone));
  CHECK(error_of([] { open("missing_library"); }) ==
        "StorageDriver not registered: missing_library\n" +
            plugins.file("missing_library").string() + ": cannot be loaded: " + gone +
            ": cannot open shared object file: No such file or directory");
}

TEST_CASE("bad files beside a good plugin do not keep it from being loaded") {
  const Plugins plugins({"foreign_abort", "undefined_symbol", "linked_stripped"});
  write_file(plugins.file("a_text"), "hello\n");
  write_file(plugins.file("cut_short"), fake_bytes("slow").substr(0, 4000));
  fs::create_directory(plugins.file("folder"));
  CHECK(open("good").stat("/").is_directory);
}

TEST_CASE("an unknown driver's error tells of every file that was refused, and why") {
  const Plugins plugins({"foreign_abort", "abi_v2"});
  const std::string text = error_of([] { open("nobody_has_it"); });
  CHECK(text.starts_with("StorageDriver not registered: nobody_has_it\n"));
  CHECK(text.ends_with(
      "\n  searched: " + plugins.folder().string() +
      "\n  refused: " + plugins.file("abi_v2").string() +
      ": wrong ABI: the file is made for major 2 of the driver ABI, this program knows major 1: "
      "update Berth, or get the driver built for major 1\n  refused: " +
      plugins.file("foreign_abort").string() +
      ": not a plugin: the file is a shared object, but holds no driver"));
}

TEST_CASE("a driver that two files of a folder hold is refused with both") {
  const Plugins plugins({"crash_stat"});
  fs::copy_file(plugins.file("crash_stat"), plugins.file("copy"));
  const std::string one = plugins.file("crash_stat").string(), two = plugins.file("copy").string();
  const std::string text = error_of([] { open("crash_stat"); });
  CHECK(text.ends_with("\n  refused: " + two + ": duplicate: driver crash_stat is also in " + one +
                       " of the same folder: remove one of them\n  refused: " + one +
                       ": duplicate: driver crash_stat is also in " + two +
                       " of the same folder: remove one of them"));
}

TEST_CASE("an init that fails refuses the driver for the life of the process") {
  const Plugins plugins({"init_fails", "throws_init"});
  const std::string refused =
      "StorageDriver not registered: init_fails\n" + plugins.file("init_fails").string() +
      ": its init failed, and it is not tried again in this process: init_fails: init: the licence "
      "server does not answer";
  CHECK(error_of([] { open("init_fails"); }) == refused);
  CHECK(error_of([] { open("init_fails"); }) == refused);
  CHECK(error_of([] { open("throws_init"); }) ==
        "StorageDriver not registered: throws_init\n" + plugins.file("throws_init").string() +
            ": its init failed, and it is not tried again in this process: throws_init: init: the "
            "library of the service is too old");
}

TEST_CASE("a file is loaded by its path, whatever the folders hold") {
  const Plugins plugins({});
  const TempDir elsewhere;
  const fs::path file = elsewhere.path() / "some.file";
  write_file(file, fake_bytes("lies"));
  CHECK(factory::load(file) == std::vector<std::string>{"lies"});
  CHECK(open("lies").stat("/").is_directory);
  CHECK(factory::describe("lies").file == file);
}

TEST_CASE("a plugin in a folder with a name of spaces and other letters is loaded") {
  const TempDir dir;
  const fs::path folder = dir.path() / "плагины é";
  fs::create_directory(folder);
  write_file(folder / "caf\xE9.so", fake_bytes("slow"));
  PluginSearch search;
  search.directories = {folder};
  factory::configure(search);
  CHECK(open("slow").driver() == "slow");
  factory::configure({});
}

TEST_CASE("a file name that is no UTF-8 is printed escaped") {
  const Plugins plugins({});
  const fs::path file = plugins.folder() / "caf\xE9.so";
  const std::string escaped = plugins.folder().string() + "/caf\\xE9.so";
  write_file(file, "hello");
  CHECK(error_of([] { open("nobody_has_it"); })
            .ends_with("\n  refused: " + escaped +
                       ": not a plugin: the file is not a shared object (no ELF header)"));
  write_file(file, fake_bytes("wrong_magic"));
  CHECK(error_of([] { open("wrong_magic"); }) ==
        "StorageDriver not registered: wrong_magic\n" + escaped +
            ": refused: its object begins with 0x21212121, not with Berth's magic number");
}

// ---- The file that was checked ------------------------------------------------------------------

namespace {

// A fake in a folder of its own, checked and not yet loaded.
std::shared_ptr<const discovery::CheckedFile> checked(const fs::path& file,
                                                      const std::string& fake) {
  fs::create_directories(file.parent_path());
  write_file(file, fake_bytes(fake));
  return discovery::inspect(file, {}).file;
}

// The path under which debuggers and crash handlers find what holds the address.
std::string path_in_loader(const void* address) {
  Dl_info info{};
  return ::dladdr(address, &info) != 0 ? info.dli_fname : "";
}

}  // namespace

TEST_CASE("folders that are swapped after the check do not change which file is loaded") {
  const TempDir dir;
  const auto file = checked(dir.path() / "plugins" / "x.so", "slow");
  REQUIRE(file);
  static_cast<void>(checked(dir.path() / "other" / "x.so", "lies"));
  fs::rename(dir.path() / "plugins", dir.path() / "aside");
  fs::rename(dir.path() / "other", dir.path() / "plugins");
  CHECK(binding::load_driver(file, "slow") != nullptr);
}

TEST_CASE("a file that was replaced after the check is not loaded") {
  const TempDir dir;
  const auto file = checked(dir.path() / "x.so", "slow");
  REQUIRE(file);
  write_file(dir.path() / "new", fake_bytes("slow"));
  fs::rename(dir.path() / "new", dir.path() / "x.so");
  CHECK_THROWS_WITH_AS(binding::load_driver(file, "slow"),
                       "the file was replaced after it was checked", binding::LoadError);
}

TEST_CASE("a file that was written over after the check is not used") {
  const TempDir dir;
  const auto file = checked(dir.path() / "x.so", "slow");
  REQUIRE(file);
  write_file(dir.path() / "x.so", fake_bytes("slow") + "more");
  CHECK_THROWS_WITH_AS(binding::load_driver(file, "slow"),
                       "the file was replaced or changed while it was loaded: start the program "
                       "again",
                       binding::LoadError);
}

TEST_CASE("the loader knows a plugin and the libraries it brings by their real paths") {
  const TempDir dir;
  // Under a name that no folder of LD_LIBRARY_PATH has.
  const fs::path library = dir.path() / "libberth-fake-brought-in.so";
  fs::copy_file(fs::path(BERTH_FAKES) / fake_dependency, library);
  write_file(dir.path() / "x.so", bytes_that_need(library.filename()));
  const auto file = discovery::inspect(dir.path() / "x.so", {}).file;
  REQUIRE(file);
  const berth_driver* const driver = binding::load_driver(file, "missing_library");
  REQUIRE(driver != nullptr);
  CHECK(path_in_loader(driver) == (dir.path() / "x.so").string());
  void* const brought = ::dlopen(library.c_str(), RTLD_NOW | RTLD_NOLOAD);
  REQUIRE(brought != nullptr);
  CHECK(path_in_loader(::dlsym(brought, "berth_fake_dependency")) == library.string());
}

TEST_CASE("the proof of what is mapped is the same file, or the same bytes") {
  const TempDir dir;
  const auto file = checked(dir.path() / "x.so", "slow");
  const auto copy = checked(dir.path() / "copy.so", "slow");
  const auto other = checked(dir.path() / "other.so", "lies");
  REQUIRE(file);
  const berth_driver* const driver = binding::load_driver(file, "slow");
  Dl_info info{};
  const link_map* record = nullptr;
  REQUIRE(::dladdr1(driver, &info, const_cast<void**>(reinterpret_cast<const void**>(&record)),
                    RTLD_DL_LINKMAP) != 0);
  CHECK(binding::is_mapped_from(*record, file->file.get()));
  CHECK(binding::is_mapped_from(*record, copy->file.get()));
  CHECK_FALSE(binding::is_mapped_from(*record, other->file.get()));
}

TEST_CASE("a plugin that finds no room for thread-local variables says what to do") {
  const Plugins plugins({"static_tls_large"});
  const std::string text = error_of([] { open("static_tls"); });
  CHECK(text.find("cannot allocate memory in static TLS block: ") != std::string::npos);
  CHECK(text.find("set GLIBC_TUNABLES=glibc.rtld.optional_static_tls=") != std::string::npos);
}

// ---- Calls --------------------------------------------------------------------------------------

namespace {

using Action = std::function<void(Store)>;

// The public call that reaches each entry of the table.
const std::vector<std::pair<std::string, Action>>& calls() {
  static const std::vector<std::pair<std::string, Action>> all = {
      {"put", [](Store s) { s.put_content("/a", "x"); }},
      {"get", [](Store s) { s.get_content("/a"); }},
      {"stat", [](Store s) { s.stat("/a"); }},
      {"list", [](Store s) { s.list("/a"); }},
      {"walk", [](Store s) { s.walk("/a", [](const Entry&) { return Visit::carry_on; }); }},
      {"move", [](Store s) { s.move("/a", "/b"); }},
      {"copy", [](Store s) { s.copy("/a", "/b"); }},
      {"remove", [](Store s) { s.remove("/a"); }},
      {"url_for", [](Store s) { s.url_for("/a"); }},
      {"reader_open", [](Store s) { s.reader("/a"); }},
      {"reader_read", [](Store s) { s.reader("/a").read_all(); }},
      {"reader_info", [](Store s) { s.reader("/a").info(); }},
      {"writer_open", [](Store s) { s.writer("/a"); }},
      {"writer_write", [](Store s) { s.writer("/a").write("x"); }},
      {"writer_commit", [](Store s) { s.writer("/a").commit(); }},
      {"writer_cancel", [](Store s) { s.writer("/a").cancel(); }},
      {"writer_close", [](Store s) { s.writer("/a").close(); }},
  };
  return all;
}

void check_thrown(const std::string& kind, const std::string& entry, const Action& call,
                  const std::string& text) {
  const json parameters = {{"kind", kind}, {"entry", entry}};
  CAPTURE(kind);
  CAPTURE(entry);
  CHECK_THROWS_AS(call(open("throws", parameters)), InternalError);
  CHECK(error_of([&] { call(open("throws", parameters)); }) == "throws: " + entry + " /a: " + text);
}

void check_thrown_by_open(const std::string& kind, const std::string& text) {
  CHECK(error_of([&] {
          open("throws", {{"kind", kind}, {"entry", "open"}});
        }) == "throws: open: " + text);
}

}  // namespace

TEST_CASE("an exception from whichever entry is an error with its text") {
  const Plugins plugins({"throws"});
  for (const auto& [entry, call] : calls())
    check_thrown("runtime_error", entry, call, "thrown by " + entry);
  check_thrown_by_open("runtime_error", "thrown by open");
}

TEST_CASE("a bad_alloc from whichever entry is an error that says so") {
  const Plugins plugins({"throws"});
  const std::string text = "the driver ran out of memory";
  for (const auto& [entry, call] : calls()) check_thrown("bad_alloc", entry, call, text);
  check_thrown_by_open("bad_alloc", text);
}

TEST_CASE("an int thrown from whichever entry is an error that says so") {
  const Plugins plugins({"throws"});
  const std::string text = "the driver threw something that is not a std::exception";
  for (const auto& [entry, call] : calls()) check_thrown("int", entry, call, text);
  check_thrown_by_open("int", text);
}

TEST_CASE("a status that nobody defined is told with its number") {
  const Plugins plugins({"unknown_status"});
  Store store = open("unknown_status");
  CHECK(error_of([&] { store.stat("/a"); }) ==
        "unknown_status: stat /a: the moon is in the wrong phase; status 4711, which this host "
        "does not know");
  CHECK(
      error_of([&] { store.list("/a"); }) ==
      "unknown_status: list /a: the driver answered with status -3, which this host does not know");
}

TEST_CASE("texts of an error that fill their arrays without a NUL are cut there") {
  const Plugins plugins({"unknown_status"});
  Store store = open("unknown_status");
  CHECK(error_of([&] { store.remove("/a"); }) ==
        "unknown_status: remove /a: " + std::string(512, 'x') + " [" + std::string(64, 'c') +
            ", request " + std::string(128, 'r') + "]");
}

TEST_CASE("handles that were never set are errors, not crashes") {
  const Plugins plugins({"unset_out", "null_streams"});
  CHECK(error_of([] {
          open("unset_out", {{"of", "store"}});
        }) ==
        "unset_out: open: the driver answered OK but gave no store; this is a bug in the driver");
  Store store = open("unset_out");
  CHECK(error_of([&] { store.reader("/a"); }) ==
        "unset_out: reader_open /a: the driver answered OK but gave no reader; this is a bug in "
        "the driver");
  CHECK(error_of([&] { store.writer("/a"); }) ==
        "unset_out: writer_open /a: the driver answered OK but gave no writer; this is a bug in "
        "the driver");
  Store nulls = open("null_streams");
  CHECK(error_of([&] { nulls.reader("/a"); }) ==
        "null_streams: reader_open /a: the driver made no reader and gave no reason");
  CHECK(error_of([&] { nulls.writer("/a"); }) ==
        "null_streams: writer_open /a: the driver made no writer and gave no reason");
}

TEST_CASE("what a driver reports is not believed where it cannot be") {
  const Plugins plugins({"lies"});
  Store store = open("lies");
  CHECK(error_of([&] { store.reader("/a").read_all(); }) ==
        "lies: reader_read /a: the driver says it read 69632 bytes into a buffer of 65536; this is "
        "a bug in the driver");
  CHECK(error_of([&] { store.stat("/nothing"); }) ==
        "lies: stat /nothing: the driver answered OK but reported nothing; this is a bug in the "
        "driver");
  CHECK(error_of([&] { store.stat("/twice"); }) ==
        "lies: stat /twice: the driver reported more than one entry; this is a bug in the driver");
  CHECK(error_of([&] { store.stat("/short"); }) ==
        "lies: stat /short: the driver reported an entry that is too short; this is a bug in the "
        "driver");
  CHECK(error_of([&] { store.stat("/null"); }) ==
        "lies: stat /null: the driver reported no entry where there should be one; this is a bug "
        "in the driver");
  CHECK(error_of([&] { store.list("/a"); }) ==
        "lies: list /a: the driver reported \"relative\", which is not below the directory; this "
        "is a bug in the driver");
}

TEST_CASE("a call of a driver that ignores its deadline ends when the driver returns") {
  const Plugins plugins({"slow"});
  Store store = open("slow");
  CallOptions options;
  options.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  CHECK(store.stat("/", options).is_directory);
}

// ---- Libraries and threads ----------------------------------------------------------------------

TEST_CASE("two plugins with two versions of one static library each call their own") {
  const Plugins plugins({"client_v1", "client_v2"});
  Store first = open("client_v1"), second = open("client_v2");
  CHECK(first.get_content("/a") == "client 1");
  CHECK(second.get_content("/a") == "client 2");
}

TEST_CASE("a thread may end after the store it used was closed") {
  const Plugins plugins({"thread_exit"});
  std::latch used(1), closed(1);
  auto store = std::make_unique<Store>(open("thread_exit"));
  std::thread thread([&] {
    CHECK(store->stat("/").is_directory);
    used.count_down();
    closed.wait();
  });
  used.wait();
  store.reset();
  closed.count_down();
  thread.join();  // the destructors of the plugin ran here
}

TEST_CASE("a plugin that is refused again and again costs no more than once") {
  const Plugins plugins({"odd_threads"});
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  CHECK_THROWS_AS(open("odd_threads"), InvalidStorageDriverError);
  const auto before = descriptors();
  for (int i = 0; i < 5; ++i) CHECK_THROWS_AS(open("odd_threads"), InvalidStorageDriverError);
  CHECK(descriptors() == before);
}

TEST_CASE("a plugin that was repaired is no failure any more") {
  const Plugins plugins({"wrong_magic"});
  CHECK_THROWS_AS(open("wrong_magic"), InvalidStorageDriverError);
  CHECK(factory::scan().at(0).verdict == Verdict::failed);
  std::string bytes = fake_bytes("wrong_magic");
  bytes.replace(bytes.find("!!!!"), 4, "HTRB");
  write_file(plugins.file("new"), bytes);
  fs::permissions(plugins.file("new"), fs::perms(0755));
  fs::rename(plugins.file("new"), plugins.file("wrong_magic"));
  CHECK(open("wrong_magic").stat("/").is_directory);
  CHECK(factory::scan().at(0).verdict == Verdict::usable);
}

// One case, and a fake of its own: a process loads a plugin once.
TEST_CASE("a plugin that was replaced by rename goes on as it was, and that is told") {
  const Plugins plugins({"crash_put"});
  Store store = open("crash_put");
  write_file(plugins.file("new"), fake_bytes("crash_put"));
  const CapturedLog log("warn");
  open("crash_put");
  CHECK(log.text().empty());
  fs::rename(plugins.file("new"), plugins.file("crash_put"));
  CHECK(store.stat("/").is_directory);
  CHECK(open("crash_put").stat("/").is_directory);
  open("crash_put");
  const std::string told = " was replaced since it was loaded; the driver runs on as it was until ";
  CHECK(log.text().find(told) != std::string::npos);
  CHECK(log.text().find(told) == log.text().rfind(told));
  const std::string refusal = error_of([&] { factory::load(plugins.file("crash_put")); });
  CHECK(refusal.find("a driver of that name is in use already") != std::string::npos);
  CHECK(refusal.find(", which was replaced since; start the program again to use the new one") !=
        std::string::npos);
}

// ---- The frozen binary --------------------------------------------------------------------------

TEST_CASE("a plugin built against driver.h 1.0 is loaded and works") {
  const Plugins plugins({});  // a copy: the source may belong to somebody else than who tests
  write_file(plugins.file("mem"), read_file(fs::path(BERTH_OLD_PLUGINS) / "1.0.0" / "mem.so"));
  Store store = open("mem");
  store.put_content("/d/a", "hello");
  Writer writer = store.writer("/d/a", {.append = true});
  writer.write(" world");
  writer.commit();
  writer.close();
  CHECK(store.get_content("/d/a") == "hello world");
  CHECK(store.list("/") == std::vector<std::string>{"/d"});
  store.move("/d/a", "/e");
  store.remove("/e");
  CHECK(store.list("/").empty());
}

}  // namespace berth::test
