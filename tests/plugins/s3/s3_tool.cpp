// SPDX-License-Identifier: Apache-2.0
//
// The driver on the command line, for scripts that compare it with other programs:
//   s3-tool put PATH <bytes | append PATH <bytes | get PATH >bytes | list PATH | files PATH |
//     remove PATH | url-GET PATH | url-HEAD PATH | url-PUT PATH
// The gateway is that of BERTH_CEPH_*; ROOT is the root directory. PROFILE names the profile of
// the shared files whose keys are taken, instead of the gateway's. Ends with 3 when there is no
// such path.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include "driver.hpp"
#include "support/driver_calls.hpp"
#include "support/variable.hpp"

namespace {

using berth::test::environment;

std::map<std::string, std::string> parameters() {
  std::map<std::string, std::string> given{
      {"regionendpoint", environment("BERTH_CEPH_S3_ENDPOINT")},
      {"bucket", environment("BERTH_CEPH_S3_BUCKET")},
      {"rootdirectory", environment("ROOT")},
      {"chunksize", "5242880"},
      {"proxy", "none"}};
  if (const char* profile = std::getenv("PROFILE")) {
    given["profile"] = profile;
  } else {
    given["accesskey"] = environment("BERTH_CEPH_S3_ACCESS_KEY");
    given["secretkey"] = environment("BERTH_CEPH_S3_SECRET_KEY");
  }
  return given;
}

int run(const std::string& verb, const std::string& path) {
  using namespace berth;
  s3::S3Driver::init();
  const auto driver = test::open_driver<s3::S3Driver>(parameters());
  if (verb == "get") {
    std::cout << test::read(*driver, path);
  } else if (verb == "list") {
    for (const std::string& name : test::list(*driver, path)) std::cout << name << '\n';
  } else if (verb == "remove") {
    test::remove(*driver, path);
  } else if (verb.compare(0, 4, "url-") == 0) {
    const sdk::UrlOptions options{std::string_view(verb).substr(4), std::chrono::minutes(20)};
    std::cout << driver->url_for(path, options, test::FakeCall());
  } else if (verb == "files") {
    for (const std::string& name : test::walk(*driver, path))
      if (name.back() != '/') std::cout << name << '\n';
  } else {
    const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
    const auto writer =
        verb == "append" ? test::appender(*driver, path) : test::writer(*driver, path);
    if (verb == "append") std::cout << writer->size() << '\n';
    test::write(*writer, bytes);
    test::commit(*writer);
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3) return run(argv[1], argv[2]);
    std::cerr << "usage: s3-tool put|append|get|list|files|remove|url-GET|url-HEAD|url-PUT PATH\n";
  } catch (const berth::sdk::Error& error) {
    std::cerr << "s3-tool: " << error.message() << '\n';
    if (error.status() == BERTH_STATUS_PATH_NOT_FOUND) return 3;
  } catch (const std::exception& error) {
    std::cerr << "s3-tool: " << error.what() << '\n';
  }
  return 1;
}
