// SPDX-License-Identifier: Apache-2.0
//
// Measures Store::read_ranges: RANGES pieces of BYTES bytes, scattered over one object, next to
// what a program would do without it. Prints one JSON object per measurement.
//
//   range-reads CONFIG STORE PATH [--ranges N] [--bytes N] [--rounds N] [--file FILE] [--curl FILE]
//
// --file FILE: the same ranges by a loop of preadv on that file (the object on a local disk).
// --curl FILE: writes a curl config with the same merged requests; measure it with
//   curl --parallel --parallel-max 16 -s -K FILE
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <berth/config.hpp>
#include <berth/ranges.hpp>
#include <berth/store.hpp>

namespace {

constexpr std::uint64_t join_gap = 256 * 1024;  // that of the HTTP drivers
constexpr std::uint64_t largest_request = 8 * 1024 * 1024;

struct Settings {
  std::string config, store, path, file, curl;
  std::size_t ranges = 1000, bytes = 65536, rounds = 5;
};

[[noreturn]] void usage() {
  std::fputs(
      "usage: range-reads CONFIG STORE PATH [--ranges N] [--bytes N] [--rounds N] "
      "[--file FILE] [--curl FILE]\n",
      stderr);
  std::exit(2);
}

Settings parse(int argc, char** argv) {
  if (argc < 4 || argc % 2 != 0) usage();
  Settings settings{.config = argv[1], .store = argv[2], .path = argv[3], .file = {}, .curl = {}};
  for (int i = 4; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const char* const value = argv[i + 1];
    if (option == "--ranges")
      settings.ranges = std::strtoull(value, nullptr, 10);
    else if (option == "--bytes")
      settings.bytes = std::strtoull(value, nullptr, 10);
    else if (option == "--rounds")
      settings.rounds = std::strtoull(value, nullptr, 10);
    else if (option == "--file")
      settings.file = value;
    else if (option == "--curl")
      settings.curl = value;
    else
      usage();
  }
  return settings;
}

// Seconds of each round, printed as their median.
void measure(const char* who, const Settings& settings, const std::function<void()>& round) {
  std::vector<double> seconds;
  for (std::size_t i = 0; i < settings.rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    round();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf(
      "{\"workload\":\"ranges\",\"who\":\"%s\",\"ranges\":%zu,\"bytes\":%zu,"
      "\"seconds\":%.6f}\n",
      who, settings.ranges, settings.bytes, seconds[seconds.size() / 2]);
  std::fflush(stdout);
}

void read_by_preadv(const std::string& file, const std::vector<berth::Range>& ranges) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + file);
  for (const berth::Range& range : ranges) {
    const ::iovec piece{range.into, range.length};
    if (::preadv(fd, &piece, 1, static_cast<off_t>(range.offset)) !=
        static_cast<ssize_t>(range.length))
      throw std::runtime_error("a short read of " + file);
  }
  ::close(fd);
}

void write_curl_config(const std::string& file, const std::string& url,
                       const std::vector<berth::Range>& ranges) {
  std::vector<berth_range> raw;
  for (const berth::Range& range : ranges)
    raw.push_back({range.offset, range.length, range.into, 0});
  const berth::sdk::RangePlan plan(raw.data(), raw.size(), join_gap, largest_request);
  std::ofstream out(file);
  const char* separator = "";
  for (const berth::sdk::RangeRequest& request : plan.requests()) {
    out << separator << "url = \"" << url << "\"\noutput = /dev/null\nrange = " << request.offset
        << '-' << request.offset + request.length - 1 << '\n';
    separator = "next\n";
  }
  std::printf("{\"workload\":\"ranges\",\"who\":\"plan\",\"requests\":%zu}\n",
              plan.requests().size());
}

}  // namespace

int main(int argc, char** argv) try {
  const Settings settings = parse(argc, argv);
  berth::Store store = berth::Config::load(settings.config).open(settings.store);
  const std::uint64_t size = store.stat(settings.path).size;
  if (size < settings.bytes) throw std::runtime_error("the object is smaller than one range");
  std::vector<char> memory(settings.ranges * settings.bytes);
  std::vector<berth::Range> ranges;
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < settings.ranges; ++i)
    ranges.push_back(
        {random() % (size - settings.bytes), settings.bytes, memory.data() + i * settings.bytes});
  if (!settings.curl.empty())
    write_curl_config(settings.curl, store.url_for(settings.path).value_or(""), ranges);
  measure("berth", settings, [&] { store.read_ranges(settings.path, ranges); });
  if (!settings.file.empty())
    measure("preadv", settings, [&] { read_by_preadv(settings.file, ranges); });
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "range-reads: %s\n", error.what());
  return 1;
}
