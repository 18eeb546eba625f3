// SPDX-License-Identifier: Apache-2.0
//
// The driver on the command line, for scripts that let other programs look at
// what it wrote:
//   azure-tool put|append|begin PATH <bytes | get PATH >bytes | list|walk PATH | move
//   PATH PATH | remove PATH
// `begin` writes without a commit. The server is that of BERTH_AZURITE_*; CONTAINER is the
// container, LEADING_SLASH (auto) the form of the names.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>

#include "driver.hpp"
#include "support/driver_calls.hpp"
#include "support/variable.hpp"

namespace {

using berth::test::environment;

void write_input(berth::sdk::Driver& driver, const std::string& verb, const std::string& path) {
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  berth::sdk::WriteOptions options;
  options.append = verb == "append";
  const auto writer = berth::test::writer(driver, path, options);
  berth::test::write(*writer, bytes);
  if (verb == "begin")
    berth::test::keep(*writer);
  else
    berth::test::commit(*writer);
}

int run(const std::string& verb, const std::string& path, const std::string& other) {
  using namespace berth;
  azure::AzureDriver::init();
  const char* slash = std::getenv("LEADING_SLASH");
  const auto driver =
      test::open_driver<azure::AzureDriver>({{"serviceurl", environment("BERTH_AZURITE_URL")},
                                             {"accountname", environment("BERTH_AZURITE_ACCOUNT")},
                                             {"accountkey", environment("BERTH_AZURITE_KEY")},
                                             {"container", environment("CONTAINER")},
                                             {"chunksize", "65536"},
                                             {"legacyleadingslash", slash ? slash : "auto"},
                                             {"proxy", "none"}});
  if (verb == "get") {
    std::cout << test::read(*driver, path);
  } else if (verb == "list" || verb == "walk") {
    for (const std::string& name :
         verb == "list" ? test::list(*driver, path) : test::walk(*driver, path))
      std::cout << name << '\n';
  } else if (verb == "move") {
    test::move(*driver, path, other);
  } else if (verb == "remove") {
    test::remove(*driver, path);
  } else {
    write_input(*driver, verb, path);
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 || argc == 4) return run(argv[1], argv[2], argc == 4 ? argv[3] : "");
    std::cerr << "usage: azure-tool put|append|begin|get|list|walk|move|remove PATH "
                 "[PATH]\n";
  } catch (const std::exception& error) {
    std::cerr << "azure-tool: " << error.what() << '\n';
  }
  return 1;
}
