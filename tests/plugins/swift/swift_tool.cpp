// SPDX-License-Identifier: Apache-2.0
//
// The driver on the command line, for scripts that let other programs look at what it wrote:
//   swift-tool put PATH <bytes | get PATH >bytes | list PATH | keep PATH <bytes ...
// The account is that of BERTH_SWIFT_*; CONTAINER and ROOT are the container and the prefix.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "driver.hpp"
#include "support/driver_calls.hpp"

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

void write(berth::sdk::Driver& driver, const std::string& verb, const std::string& path) {
  using namespace berth;
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  const auto writer = verb == "append" ? test::appender(driver, path) : test::writer(driver, path);
  if (verb == "append") std::cout << writer->size() << '\n';
  test::write(*writer, bytes);
  verb == "keep" ? test::keep(*writer) : test::commit(*writer);
}

int run(const std::string& verb, const std::string& path) {
  using namespace berth;
  swift::SwiftDriver::init();
  const auto driver =
      test::open_driver<swift::SwiftDriver>({{"authurl", environment("BERTH_SWIFT_AUTH")},
                                             {"username", environment("BERTH_SWIFT_USER")},
                                             {"password", environment("BERTH_SWIFT_PASSWORD")},
                                             {"authversion", "1"},
                                             {"container", environment("CONTAINER")},
                                             {"prefix", environment("ROOT", "")},
                                             {"layout", environment("LAYOUT", "auto")},
                                             {"chunksize", "1048576"},
                                             {"proxy", "none"}});
  if (verb == "get") {
    std::cout << test::read(*driver, path);
  } else if (verb == "list") {
    for (const std::string& name : test::list(*driver, path)) std::cout << name << '\n';
  } else if (verb == "size") {
    std::cout << test::stat(*driver, path).size << '\n';
  } else if (verb == "rm") {
    test::remove(*driver, path);
  } else if (verb.compare(0, 4, "url-") == 0) {
    const sdk::UrlOptions options{std::string_view(verb).substr(4), std::chrono::minutes(20)};
    std::cout << driver->url_for(path, options, test::FakeCall());
  } else if (verb == "files") {
    test::Entries entries;
    driver->walk(path, {}, entries.sink(), test::FakeCall());
    for (const test::SeenEntry& entry : entries.all())
      if (!entry.directory) std::cout << entry.path << ' ' << entry.size << '\n';
  } else {
    write(*driver, verb, path);
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3) return run(argv[1], argv[2]);
    std::cerr << "usage: swift-tool put|append|keep|get|list|files|size|rm|url-METHOD PATH\n";
  } catch (const std::exception& error) {
    std::cerr << "swift-tool: " << error.what() << '\n';
  }
  return 1;
}
