// SPDX-License-Identifier: Apache-2.0
//
// One measured workload: names, clock, and the JSON line of `berth bench`, so that the results of
// raw system calls and of a store can be compared.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace berth::bench {

struct Options {
  std::string root;
  std::uint64_t objects = 20'000;
  std::uint64_t bytes = 4096;
  std::uint64_t large = std::uint64_t{1} << 30;
  bool fsync = false;
  unsigned threads = 1;
};

enum class Root : bool { unused, needed };

// PROGRAM ROOT [--objects N] [--bytes N] [--large N] [--fsync] [--threads N]
inline Options options_of(int argc, char** argv, Root root = Root::needed) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    const auto number = [&] { return std::strtoull(i + 1 < argc ? argv[++i] : "", nullptr, 10); };
    if (word == "--objects")
      options.objects = number();
    else if (word == "--bytes")
      options.bytes = number();
    else if (word == "--large")
      options.large = number();
    else if (word == "--threads")
      options.threads = static_cast<unsigned>(number());
    else if (word == "--fsync")
      options.fsync = true;
    else
      options.root = word;
  }
  if (root == Root::needed && options.root.empty()) {
    std::fprintf(stderr, "usage: %s ROOT [--objects N] [--bytes N] [--large N] [--fsync]\n",
                 argv[0]);
    std::exit(2);
  }
  return options;
}

constexpr std::uint64_t folders = 16;
constexpr std::size_t block = std::size_t{1} << 20;

// "/bench/07/object-0000023"
inline std::string object_path(std::uint64_t i) {
  char path[64];
  std::snprintf(path, sizeof path, "/bench/%02x/object-%07u", static_cast<unsigned>(i % folders),
                static_cast<unsigned>(i));
  return path;
}
inline std::string folder_path(std::uint64_t i) {
  char path[32];
  std::snprintf(path, sizeof path, "/bench/%02x", static_cast<unsigned>(i % folders));
  return path;
}

constexpr const char* large_folder = "/bench-large";
constexpr const char* large_path = "/bench-large/blob";

// The buffer for reads and writes, page-aligned as that of dd.
class Pages {
 public:
  explicit Pages(std::size_t size)
      : bytes_(static_cast<char*>(std::aligned_alloc(page, (size + page - 1) / page * page))) {
    std::memset(data(), 'x', size);
  }
  char* data() noexcept { return bytes_.get(); }

 private:
  static constexpr std::size_t page = 4096;
  struct Free {
    void operator()(char* bytes) const noexcept { std::free(bytes); }
  };
  const std::unique_ptr<char, Free> bytes_;
};

struct Amount {
  std::uint64_t ops = 0;
  std::uint64_t bytes = 0;
};

inline double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Runs body, which returns an Amount, and prints the JSON line.
template <class Body>
void measure(const char* workload, Body&& body) {
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  const Amount amount = body();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  ::getrusage(RUSAGE_SELF, &after);
  std::printf(
      "{\"workload\":\"%s\",\"ops\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,"
      "\"max_rss_mib\":%.1f}\n",
      workload, static_cast<unsigned long long>(amount.ops),
      static_cast<unsigned long long>(amount.bytes), taken.count(),
      cpu_seconds(after) - cpu_seconds(before), static_cast<double>(after.ru_maxrss) / 1024);
  std::fflush(stdout);
}

}  // namespace berth::bench
