// SPDX-License-Identifier: Apache-2.0
//
// Runs curl with temporary files as its standard input and output, and parses the answer when curl
// has exited. A connection error or a 5xx answer is tried again, up to five times in all.
#include "curl_fetch.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "program.hpp"

namespace berth::conformance {
namespace {

std::vector<std::string> words_for(const std::string& method, const std::string& url) {
  std::vector<std::string> words{
      "curl",      "-q",           "--silent",   "--show-error", "--include",
      "--globoff", "--path-as-is", "--max-time", "60",           "--suppress-connect-headers"};
  if (method == "HEAD") {
    words.emplace_back("--head");
  } else if (method != "GET") {
    // Azure requires the blob type of every PUT; the other services ignore this header.
    words.insert(words.end(),
                 {"--request", method, "--data-binary", "@-", "--header",
                  "Content-Type:", "--header", "Expect:", "--header", "x-ms-blob-type: BlockBlob"});
  }
  words.insert(words.end(), {"--url", url});
  return words;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

void add_header(FetchReply& reply, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  reply.headers[lowered(line.substr(0, colon))] = value;
}

// "HTTP/1.1 200 OK\r\nname: value\r\n\r\nbody"
FetchReply parse(std::string_view text) {
  FetchReply reply;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) throw std::runtime_error("curl gave no status line");
  reply.status = std::stoi(std::string(text.substr(space + 1, 3)));
  for (;;) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) throw std::runtime_error("curl gave no end of the headers");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    add_header(reply, line);
  }
  reply.body = text;
  return reply;
}

// An answer that a healthy service may give once and not again.
bool is_transient(const FetchReply& reply) {
  return reply.status == 408 || reply.status == 429 || reply.status >= 500;
}

// Exit codes of curl for a failed connection: refused, cut short, timed out, empty, send or receive
// error. They say nothing about the URL.
bool is_transient(int code) {
  return code == 7 || code == 18 || code == 28 || code == 52 || code == 55 || code == 56;
}

std::optional<FetchReply> attempt(const std::string& method, const std::string& url,
                                  const std::string& body) {
  const TemporaryFile input(body), output;
  const int code = run_program(words_for(method, url), input, output);
  if (code == 0) return parse(output.content());
  if (is_transient(code)) return std::nullopt;
  throw std::runtime_error("curl ended with exit code " + std::to_string(code) + " for " + method +
                           " of the store's URL");
}

FetchReply fetch(const std::string& method, const std::string& url, const std::string& body) {
  std::optional<FetchReply> reply;
  for (int tries = 5; tries > 0 && (!reply || is_transient(*reply)); --tries)
    reply = attempt(method, url, body);
  if (!reply) throw std::runtime_error("curl got no answer to " + method + " of the store's URL");
  return *reply;
}

bool has_curl() {
  const TemporaryFile input, output;
  return run_program({"curl", "--version"}, input, output) == 0;
}

}  // namespace

Fetch fetch_with_curl() {
  if (!has_curl()) return {};
  return fetch;
}

}  // namespace berth::conformance
