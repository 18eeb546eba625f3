// SPDX-License-Identifier: Apache-2.0
#include "common/http/curl_request.hpp"

#include <algorithm>
#include <cstring>

#include "common/http/failure.hpp"
#include "common/text.hpp"

namespace berth::http {
namespace {

constexpr size_t largest_error = 1 << 20;
constexpr size_t largest_answer = 64 << 20;

template <class T>
T info(CURL* easy, CURLINFO what) noexcept {
  T value{};
  curl_easy_getinfo(easy, what, &value);
  return value;
}

bool has_line_break(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

// A service that takes long may answer at once, and keep the connection with white space until it
// is done.
Watchdog::Limits limits_of(const ClientOptions& options, const Request& request) {
  if (const auto timeout = request.first_byte_timeout)
    return {*timeout, std::max(*timeout, options.stall_timeout), 1, options.attempt_timeout};
  return {options.first_byte_timeout, options.stall_timeout, options.stall_bytes,
          options.attempt_timeout};
}

}  // namespace

void HeaderList::add(std::string_view name, std::string_view value) {
  if (has_line_break(name) || has_line_break(value))
    throw sdk::Error(
        BERTH_STATUS_INVALID_PARAMETERS,
        "the value of the request header " + std::string(name) + " holds a line break");
  starts_.push_back(text_.size());
  text_.append(name);
  if (value.empty())
    text_ += ';';  // how curl is told to send a header without a value
  else
    text_.append(": ").append(value);
  text_ += '\0';
}

void HeaderList::build(const Request& request) {
  add("Host", request.url.host_header());
  for (const Header& header : request.headers) add(header.name, header.value);
  // "Name:" takes away what curl would add by itself.
  for (const std::string_view unwanted : {"Expect", "Accept", "Content-Type"}) {
    if (request.headers.has(unwanted)) continue;
    starts_.push_back(text_.size());
    text_.append(unwanted).append(":").push_back('\0');
  }
  nodes_.resize(starts_.size());
  for (size_t i = 0; i < nodes_.size(); ++i)
    nodes_[i] = {text_.data() + starts_[i], i + 1 < nodes_.size() ? &nodes_[i + 1] : nullptr};
}

CurlRequest::CurlRequest(CURL* easy, const Client::Core& core, const Request& request,
                         BodySink* sink, bool fresh_connection)
    : easy_(easy),
      core_(core),
      request_(request),
      sink_(sink),
      watchdog_(limits_of(core.options(), request), std::chrono::steady_clock::now()) {
  headers_.build(request);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlRequest::on_departure);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.text().c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, &socket_error_);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
  const Proxy& proxy = core.proxy(request.url);
  curl_easy_setopt(easy_, CURLOPT_PROXY, proxy.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, proxy.noproxy.empty() ? nullptr : proxy.noproxy.c_str());
  set_method();
}

CurlRequest::~CurlRequest() {
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, nullptr);
}

void CurlRequest::set_method() {
  const std::string& method = request_.method;
  curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, nullptr);
  if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (method != "GET") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  const uint64_t size = body_size();
  if (size != 0 || method == "PUT" || method == "POST") set_upload(size);
}

// A body in memory that may be sent again leaves with the head in one segment when it is small. For
// one that may not, curl reads and asks to rewind, which on_seek refuses: so curl itself cannot
// repeat it on another connection.
void CurlRequest::set_upload(uint64_t size) {
  const auto length = static_cast<curl_off_t>(size);
  if (request_.repeatable || size == 0) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, length);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, size == 0 ? "" : request_.body.data());
    return;
  }
  curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, length);
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &on_read);
  curl_easy_setopt(easy_, CURLOPT_READDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &on_seek);
  curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
}

uint64_t CurlRequest::body_size() const {
  return request_.body.size();
}

size_t CurlRequest::on_header(char* data, size_t, size_t size, void* self) noexcept {
  auto* transfer = static_cast<CurlRequest*>(self);
  try {
    transfer->take_header({data, size});
    return size;
  } catch (...) {
    transfer->thrown_ = std::current_exception();
    return 0;
  }
}

// An answer may be preceded by interim ones (100): each status line starts over.
void CurlRequest::take_header(std::string_view line) {
  received_ += line.size();
  if (line.substr(0, 5) == "HTTP/") {
    response_ = {};
    head_done_ = false;
    const size_t space = line.find(' ');
    if (space != std::string_view::npos)
      response_.status = std::atoi(std::string(line.substr(space + 1, 3)).c_str());
    return;
  }
  line = common::trimmed(line);
  if (!line.empty()) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || head_done_) return;
    response_.headers.add(common::trimmed(line.substr(0, colon)),
                          common::trimmed(line.substr(colon + 1)));
    return;
  }
  if (head_done_ || response_.status < 200) return;
  head_done_ = true;
  if (!sink_ || !response_.ok()) return;
  begun_ = true;
  sink_->begin(response_);
}

size_t CurlRequest::on_body(char* data, size_t, size_t size, void* self) noexcept {
  auto* transfer = static_cast<CurlRequest*>(self);
  try {
    if (transfer->begun_ && transfer->sink_->full()) return CURL_WRITEFUNC_PAUSE;
    transfer->take_body({data, size});
    return transfer->cut_ ? 0 : size;
  } catch (...) {
    transfer->thrown_ = std::current_exception();
    return 0;
  }
}

void CurlRequest::take_body(std::string_view bytes) {
  received_ += bytes.size();
  body_received_ += bytes.size();
  if (begun_)
    sink_->write(bytes);
  else
    keep_body(bytes);
}

void CurlRequest::keep_body(std::string_view bytes) {
  if (!response_.ok()) {
    response_.body.append(bytes.substr(0, largest_error - response_.body.size()));
    cut_ = response_.body.size() == largest_error;
    return;
  }
  if (response_.body.size() + bytes.size() > largest_answer)
    throw sdk::Error(BERTH_STATUS_CORRUPT, "the answer of " + request_.url.authority() +
                                               " is longer than the 64 MiB that any listing takes");
  response_.body.append(bytes);
}

size_t CurlRequest::on_read(char* buffer, size_t, size_t size, void* self) noexcept {
  return static_cast<CurlRequest*>(self)->fill(buffer, size);
}

size_t CurlRequest::fill(char* buffer, size_t capacity) noexcept {
  const size_t n = std::min(capacity, request_.body.size() - position_);
  std::memcpy(buffer, request_.body.data() + position_, n);
  position_ += n;
  return n;
}

int CurlRequest::on_departure(void* self, char*, char*, int, int) noexcept {
  ++static_cast<CurlRequest*>(self)->departures_;
  return CURL_PREREQFUNC_OK;
}

int CurlRequest::on_seek(void* self, curl_off_t offset, int origin) noexcept {
  auto* transfer = static_cast<CurlRequest*>(self);
  if (!transfer->request_.repeatable || offset != 0 || origin != SEEK_SET)
    return CURL_SEEKFUNC_FAIL;
  transfer->position_ = 0;
  return CURL_SEEKFUNC_OK;
}

bool CurlRequest::connected() const noexcept {
  return info<curl_off_t>(easy_, CURLINFO_PRETRANSFER_TIME_T) > 0;
}

uint64_t CurlRequest::uploaded() const noexcept {
  return static_cast<uint64_t>(info<curl_off_t>(easy_, CURLINFO_SIZE_UPLOAD_T));
}

Watchdog::Seen CurlRequest::seen() const noexcept {
  const bool up = connected();
  return {up, up && uploaded() >= body_size(), received_ != 0, received_ + uploaded()};
}

std::optional<sdk::Error> CurlRequest::overdue(Watchdog::Time now) {
  const Watchdog::Alarm alarm = watchdog_.check(seen(), now);
  if (alarm == Watchdog::Alarm::none) return std::nullopt;
  return describe(alarm, watchdog_.limits(), request_);
}

bool CurlRequest::stale(CURLcode code) const noexcept {
  if (thrown_ || received_ != 0 || !request_.repeatable) return false;
  if (info<long>(easy_, CURLINFO_NUM_CONNECTS) != 0) return false;
  // The last two: bytes that an earlier answer left behind its announced end.
  return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
         code == CURLE_SEND_FAIL_REWIND || code == CURLE_UNSUPPORTED_PROTOCOL ||
         code == CURLE_WEIRD_SERVER_REPLY;
}

sdk::Error CurlRequest::failure(CURLcode code) {
  Outcome outcome;
  outcome.code = code;
  outcome.detail = detail_;
  outcome.os_errno = socket_error_ != 0 ? socket_error_ : info<long>(easy_, CURLINFO_OS_ERRNO);
  outcome.proxy_status = info<long>(easy_, CURLINFO_HTTP_CONNECTCODE);
  outcome.connected = connected();
  outcome.safe_to_repeat = request_.repeatable;
  outcome.received = body_received_;
  outcome.size = response_.headers.number("Content-Length");
  return describe(outcome, core_, request_.url);
}

void CurlRequest::check(CURLcode code) {
  if (thrown_) std::rethrow_exception(thrown_);
  if (code == CURLE_WRITE_ERROR && cut_) return;
  if (code != CURLE_OK) throw failure(code);
  if (response_.status == 407) throw proxy_login_required(core_, request_.url);
  if (response_.ok() && uploaded() < body_size()) throw failure(CURLE_SEND_ERROR);
}

Response CurlRequest::finish(CURLcode code) {
  check(code);
  response_.resent = departures_ > 1;
  return std::move(response_);
}

}  // namespace berth::http
