// SPDX-License-Identifier: Apache-2.0
//
// From a name to a store: plugins that are loaded, refused, or not there.
#include <berth/factory.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using berth::InvalidStorageDriverError;

// A plugin folder that holds the named fakes; searched while it lives.
class PluginDir {
 public:
  explicit PluginDir(const std::vector<std::string>& fakes = {}) {
    for (const std::string& fake : fakes) add(fake);
    berth::factory::configure({.directories = {dir_.path()}});
  }
  ~PluginDir() { berth::factory::configure({}); }
  PluginDir(const PluginDir&) = delete;
  PluginDir& operator=(const PluginDir&) = delete;

  fs::path add(const std::string& fake) {
    const fs::path to = dir_.path() / (fake + ".so");
    fs::copy_file(fs::path(BERTH_FAKES) / (fake + ".so"), to);
    fs::permissions(to, fs::perms::owner_all);
    return to;
  }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(dir_.path() / name, std::ios::binary) << bytes;
    fs::permissions(dir_.path() / name, fs::perms::owner_all);
  }

 private:
  berth::test::TempDir dir_;
};

std::string bytes_of(const std::string& fake) {
  std::ifstream file(fs::path(BERTH_FAKES) / fake, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string error_of(const std::string& name) {
  try {
    berth::factory::create(name, nlohmann::json::object());
    return "nothing was thrown";
  } catch (const InvalidStorageDriverError& error) {
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plugin that is dropped in while the program runs is found") {
  PluginDir plugins;
  CHECK(contains(error_of("good"), "StorageDriver not registered: good"));
  plugins.add("good");
  berth::Store store = berth::factory::create("good", nlohmann::json::object());
  CHECK(store.driver() == "good");
  CHECK(store.stat("/").is_directory);
  CHECK(berth::factory::describe("good").file.filename() == "good.so");
}

TEST_CASE("an unknown name is answered with what there is and what was refused") {
  const PluginDir plugins({"good", "other_major", "abi_v2"});
  const std::string text = error_of("goood");
  CHECK(contains(text, "StorageDriver not registered: goood\n"));
  CHECK(contains(text, "did you mean \"good\"?"));
  CHECK(contains(text, "searched: /"));
  CHECK(contains(text, "abi_v2.so"));
}

TEST_CASE("a plugin that fails the handshake is refused with the reason") {
  const PluginDir plugins({"wrong_magic", "needs_newer_host", "null_ops", "missing_put",
                           "short_driver", "short_ops", "short_params", "odd_threads"});
  CHECK(contains(error_of("wrong_magic"), "not with Berth's magic number"));
  CHECK(contains(error_of("needs_newer_host"), "it needs a host of ABI 1."));
  CHECK(contains(error_of("null_ops"), "its object has no table of functions"));
  CHECK(contains(error_of("missing_put"), "its table lacks required functions: put"));
  CHECK(contains(error_of("short_driver"), "its object has"));
  CHECK(contains(error_of("short_ops"), "its table of functions has"));
  CHECK(contains(error_of("short_params"), "its parameter row has"));
  CHECK(contains(error_of("odd_threads"), "thread model"));
}

TEST_CASE("a plugin that cannot be loaded says what the loader said") {
  const PluginDir plugins({"undefined_symbol"});
  const std::string text = error_of("undefined_symbol");
  CHECK(contains(text, "undefined_symbol.so: cannot be loaded: "));
  CHECK(contains(text, "undefined symbol"));
  CHECK_FALSE(contains(text, "/proc/self"));
  const auto rows = berth::factory::scan();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].verdict == berth::Verdict::failed);
}

TEST_CASE("two threads that want one driver load it once") {
  const PluginDir plugins({"two_drivers"});
  const auto names = berth::factory::scan().at(0).drivers;
  REQUIRE(names.size() == 2);
  const auto create = [&] { berth::factory::create(names[0], nlohmann::json::object()); };
  { const std::jthread one(create), two(create); }
  CHECK(berth::factory::describe(names[0]).name == names[0]);
}

TEST_CASE("a driver of a newer minor works") {
  const PluginDir plugins({"minor_99"});
  CHECK(berth::factory::create("minor_99", nlohmann::json::object()).stat("/").is_directory);
}

TEST_CASE("a plugin finds its own libraries beside it, by $ORIGIN") {
  PluginDir plugins;
  // Under a name that is nowhere else: meson puts the folder of the fakes into the loader's path.
  const std::string built = "libberth-fake-dependency.so", own = "libberth-own--dependency.so";
  std::string plugin = bytes_of("missing_library.so");
  plugin.replace(plugin.find(built), built.size(), own);
  plugins.write("missing_library.so", plugin);
  CHECK(contains(error_of("missing_library"), own + ": cannot open shared object file"));
  plugins.write(own, bytes_of(built));
  CHECK(berth::factory::create("missing_library", nlohmann::json::object()).driver() ==
        "missing_library");
}

TEST_CASE("a plugin whose init fails is refused with the driver's reason") {
  const PluginDir plugins({"init_fails"});
  CHECK(contains(error_of("init_fails"), "its init failed"));
}

TEST_CASE("a file is loaded ahead of every folder") {
  PluginDir plugins;
  const berth::test::TempDir elsewhere;
  const fs::path file = elsewhere.path() / "slow.so";
  fs::copy_file(fs::path(BERTH_FAKES) / "slow.so", file);
  fs::permissions(file, fs::perms::owner_all);
  CHECK(berth::factory::load(file) == std::vector<std::string>{"slow"});
  CHECK(berth::factory::describe("slow").file == file);
  CHECK_THROWS_AS(berth::factory::load(file), InvalidStorageDriverError);
}

TEST_CASE("a file that is no plugin cannot be loaded") {
  CHECK_THROWS_AS(berth::factory::load("/etc/hostname"), InvalidStorageDriverError);
}

TEST_CASE("nothing but the plugin that holds the name is loaded") {
  const PluginDir plugins({"foreign_abort", "unknown_status", "lies"});
  berth::factory::describe("unknown_status");
  const auto rows = berth::factory::scan();
  CHECK(std::count_if(rows.begin(), rows.end(), [](const berth::Candidate& row) {
          return row.verdict == berth::Verdict::usable;
        }) == 2);
}

TEST_CASE("drivers written against the ABI in C misbehave without harm") {
  const PluginDir plugins({"unset_out", "unknown_status", "lies"});
  CHECK_THROWS_AS(
      {
        berth::Store store = berth::factory::create("unset_out", nlohmann::json::object());
        store.reader("/a");
      },
      berth::InternalError);
}
