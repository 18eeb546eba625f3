// SPDX-License-Identifier: Apache-2.0
//
// conformance DRIVER PARAMETERS-JSON: runs the suite on a driver and prints one line per test. For
// the tests of this repository; users have `berth check`.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "conformance.hpp"
#include "curl_fetch.hpp"
#include "plant_command.hpp"

namespace {

using namespace berth::conformance;

constexpr const char* usage =
    "usage: conformance DRIVER PARAMETERS-JSON [options]\n"
    "  --plugins DIR    folder with the plugin (default: $BERTH_DRIVER_PATH)\n"
    "  --quick          smaller sizes and fewer rounds\n"
    "  --large          also stream 5 GiB\n"
    "  --only TEXT      only tests whose name contains TEXT\n"
    "  --seed N         seed of the random choices (1)\n"
    "  --steps N        steps of each random sequence\n"
    "  --prefix PATH    the directory to work in\n"
    "  --scratch KEY    sets parameter KEY to a new folder, which is removed afterwards\n"
    "  --plant COMMAND  shell command that stores an object at \"$1\" without the driver\n"
    "  --list           list the tests without running them\n";

struct Arguments {
  std::string driver;
  nlohmann::json parameters = nlohmann::json::object();
  std::string plugins;
  std::string scratch;
  bool list = false;
  Options options;
};

class Usage final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A folder that is removed with the object.
class ScratchFolder final {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "conformance-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("cannot create the folder " + name);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// True: the next word was the value of the option.
bool take_option(Arguments& arguments, const std::string& option, const std::string& value) {
  Options& options = arguments.options;
  if (option == "--plugins") return arguments.plugins = value, true;
  if (option == "--scratch") return arguments.scratch = value, true;
  if (option == "--only") return options.only = value, true;
  if (option == "--plant") return options.plant = plant_by_command(value), true;
  if (option == "--prefix") return options.prefix = value, true;
  if (option == "--seed") return options.seed = std::stoull(value), true;
  if (option == "--steps") return options.steps = static_cast<unsigned>(std::stoul(value)), true;
  if (option == "--quick") return options.quick = true, false;
  if (option == "--large") return options.large_streams = true, false;
  if (option == "--list") return arguments.list = true, false;
  throw Usage("unknown option " + option);
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  arguments.options.fetch = fetch_with_curl();
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string next = i + 1 < words.size() ? words[i + 1] : std::string();
    if (!words[i].starts_with("--"))
      plain.push_back(words[i]);
    else if (take_option(arguments, words[i], next))
      ++i;
  }
  if (arguments.list) return arguments;
  if (plain.empty() || plain.size() > 2) throw Usage("the driver or its parameters are missing");
  arguments.driver = plain[0];
  if (plain.size() == 2) arguments.parameters = nlohmann::json::parse(plain[1]);
  return arguments;
}

void print(const Result& result) {
  constexpr const char* words[] = {"ok     ", "FAILED ", "skipped"};
  std::printf("%s %-34s %7.2f s%s%s\n", words[static_cast<int>(result.status)], result.name.c_str(),
              result.seconds, result.text.empty() ? "" : "  ", result.text.c_str());
  std::fflush(stdout);
}

int run_suite(const Arguments& arguments) {
  if (!arguments.plugins.empty())
    berth::factory::configure({.directories = {std::filesystem::absolute(arguments.plugins)}});
  const MakeStore make_store = [&] {
    return berth::factory::create(arguments.driver, arguments.parameters);
  };
  const Summary summary = run(make_store, arguments.options, print);
  std::printf("%u passed, %u failed, %u skipped\n", summary.passed, summary.failed,
              summary.skipped);
  if (summary.passed + summary.failed + summary.skipped == 0)
    throw Usage("no test name contains " + arguments.options.only);
  return summary.failed == 0 ? 0 : 1;
}

int list_tests() {
  for (const std::string& name : test_names())
    std::printf("%-34s %s\n", name.c_str(), std::string(describe(name)).c_str());
  return 0;
}

void make_file(const std::filesystem::path& file) {
  std::filesystem::create_directories(file.parent_path());
  if (!(std::ofstream(file) << "planted"))
    throw std::runtime_error("cannot write " + file.string());
}

int run_in_scratch(Arguments& arguments) {
  const ScratchFolder folder;
  arguments.options.plant = [&](const std::string& path) {
    return make_file(folder.path() + path), true;
  };
  arguments.parameters[arguments.scratch] = folder.path();
  return run_suite(arguments);
}

}  // namespace

int main(int count, char** words) {
  ::setenv("BERTH_CALL_PAGES", "1", /*overwrite=*/0);  // a driver that keeps a berth_call crashes
  try {
    Arguments arguments = parse({words + 1, words + count});
    if (arguments.list) return list_tests();
    return arguments.scratch.empty() ? run_suite(arguments) : run_in_scratch(arguments);
  } catch (const Usage& error) {
    std::fprintf(stderr, "conformance: %s\n%s", error.what(), usage);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "conformance: %s\n", error.what());
  }
  return 2;
}
