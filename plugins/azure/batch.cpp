// SPDX-License-Identifier: Apache-2.0
#include "batch.hpp"

#include <charconv>
#include <string_view>

namespace berth::azure {
namespace {

// Nothing in a part can look like it: lines begin with a method or the name of a header.
constexpr std::string_view boundary = "--berth-batch";
constexpr std::string_view crlf = "\r\n";

// Without its end, which need not be there.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// Up to and with the empty line behind them.
http::Headers take_headers(std::string_view& text) {
  http::Headers headers;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    headers.add(line.substr(0, colon), value);
  }
  return headers;
}

// "HTTP/1.1 202 Accepted"; 0: not such a line.
int take_status(std::string_view& text) {
  std::string_view line = take_line(text);
  line.remove_prefix(std::min(line.find(' '), line.size()));
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  int status = 0;
  std::from_chars(line.data(), line.data() + line.size(), status);
  return status;
}

// The boundary of an answer, with its hyphens; what it lies between has none of ours.
std::string boundary_of(const http::Response& answer) {
  std::string_view type = answer.headers.get("Content-Type");
  constexpr std::string_view name = "boundary=";
  const size_t at = type.find(name);
  if (at == std::string_view::npos) return {};
  type.remove_prefix(at + name.size());
  type = type.substr(0, type.find(';'));
  if (type.size() > 1 && type.front() == '"') type = type.substr(1, type.size() - 2);
  return "--" + std::string(type);
}

}  // namespace

std::string batch_document(const std::vector<http::Request>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    const http::Request& part = parts[i];
    text.append(boundary).append(crlf);
    text.append("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    text.append("Content-ID: ").append(std::to_string(i)).append(crlf).append(crlf);
    text.append(part.method).append(" ").append(part.url.path);
    if (!part.url.query.empty()) text.append("?").append(part.url.query);
    text.append(" HTTP/1.1\r\n");
    for (const http::Header& header : part.headers)
      text.append(header.name).append(": ").append(header.value).append(crlf);
    text.append("Content-Length: 0\r\n\r\n");
  }
  return text.append(boundary).append("--\r\n");
}

std::vector<std::optional<http::Response>> read_batch(const http::Response& answer, size_t count) {
  std::vector<std::optional<http::Response>> parts(count);
  const std::string separator = boundary_of(answer);
  if (separator.empty()) return parts;
  const std::string_view body = answer.body;
  size_t at = body.find(separator);
  while (at != std::string_view::npos) {
    const size_t begin = at + separator.size();
    at = body.find(separator, begin);
    std::string_view text = body.substr(begin, at == std::string_view::npos ? at : at - begin);
    take_line(text);  // the rest of the separator's
    const auto id = take_headers(text).number("Content-ID");
    http::Response part;
    part.status = take_status(text);
    part.headers = take_headers(text);
    part.body = text;
    if (id && *id < count && part.status != 0) parts[*id] = std::move(part);
  }
  return parts;
}

}  // namespace berth::azure
