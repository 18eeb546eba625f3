// SPDX-License-Identifier: Apache-2.0
//
// A store's name holds neither colon nor slash, so the first colon decides.
#include "cli/place.hpp"

#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

// Cuts the slashes at the end; the root stays "/". Whether there were any.
bool cut_slashes(std::string& path) {
  const bool any = !path.empty() && path.back() == '/';
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return any;
}

Place local_place(std::string path) {
  Place place{.local = true, .store = {}, .path = std::move(path)};
  place.into = cut_slashes(place.path);
  return place;
}

std::string in_quotes(const std::string& text) {
  return '"' + text + '"';
}

std::string ambiguous(const std::string& text, const Place& place) {
  std::string message = in_quotes(text);
  message += " is neither a place in a store nor clearly a file; write ";
  message.append(place.store).append(":/").append(place.path).append(" or ./").append(text);
  return message;
}

}  // namespace

Place parse_place(const std::string& text) {
  if (text.empty()) throw UsageError("a place must not be empty; write STORE:/path or a file");
  const auto colon = text.find(':');
  if (colon == std::string::npos || text.find('/') < colon) return local_place(text);
  Place place{.local = false, .store = text.substr(0, colon), .path = text.substr(colon + 1)};
  if (place.path.empty()) return place.path.push_back('/'), place;
  if (place.path.front() != '/') throw UsageError(ambiguous(text, place));
  place.into = cut_slashes(place.path);
  return place;
}

Place parse_store_place(const std::string& text) {
  auto place = parse_place(text);
  if (place.local) {
    throw UsageError(in_quotes(text) +
                     " is a local file; this command works on stores only: STORE:/path");
  }
  return place;
}

std::string parse_whole_store(const std::string& text) {
  const auto place = parse_place(text);
  if (place.local) return text;
  if (place.path != "/") {
    throw UsageError(in_quotes(text) +
                     " is a place in a store; this command takes a whole store: " + place.store);
  }
  return place.store;
}

std::string to_string(const Place& place) {
  return place.local ? place.path : place.store + ":" + place.path;
}

std::string base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string join(std::string_view directory, std::string_view relative) {
  std::string whole(directory);
  if (!whole.empty() && whole.back() != '/') whole += '/';
  return whole += relative;
}

std::string_view below(std::string_view directory, std::string_view path) {
  path.remove_prefix(directory.size());
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  return path;
}

}  // namespace berth::cli
