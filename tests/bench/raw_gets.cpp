// SPDX-License-Identifier: Apache-2.0
//
// The baseline for small reads over HTTP: curl_easy_perform on one connection per thread.
// raw-gets FILE [THREADS], with one URL per line of the file, prints the JSON line of `berth
// bench`.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <curl/curl.h>

#include "workload.hpp"

using namespace berth::bench;

namespace {

std::size_t collect(char* bytes, std::size_t, std::size_t count, void* content) {
  static_cast<std::string*>(content)->append(bytes, count);
  return count;
}

using Lines = std::vector<std::string>;

Lines lines_of(const char* path) {
  std::ifstream file(path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Sends GET requests until no URL is left; returns the number of bytes received.
std::uint64_t gets(const Lines& urls, std::atomic<std::uint64_t>& next) {
  CURL* easy = curl_easy_init();
  std::string content;
  curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &content);
  std::uint64_t bytes = 0;
  for (std::uint64_t i = next++; i < urls.size(); i = next++) {
    content.clear();
    curl_easy_setopt(easy, CURLOPT_URL, urls[i].c_str());
    if (const CURLcode code = curl_easy_perform(easy); code != CURLE_OK) {
      std::fprintf(stderr, "raw-gets: %s\n", curl_easy_strerror(code));
      std::exit(1);
    }
    bytes += content.size();
  }
  curl_easy_cleanup(easy);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const Lines urls = argc > 1 ? lines_of(argv[1]) : Lines();
  if (urls.empty()) {
    std::fprintf(stderr, "usage: raw-gets FILE [THREADS], with a URL on each line of the file\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::stoul(argv[2])) : 1;
  measure("get-small", [&] {
    std::atomic<std::uint64_t> next{0}, bytes{0};
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) workers.emplace_back([&] { bytes += gets(urls, next); });
    workers.clear();
    return Amount{urls.size(), bytes};
  });
}
