// SPDX-License-Identifier: Apache-2.0
//
// HTTP for the object stores: one Client per store. A request runs in the thread that asks, on a
// kept connection, without a hop; its body streams both ways. One attempt only: repeating is
// retry.hpp's business, many transfers at once are transfers.hpp's.
//
//   http::Client client(options);                        // in the driver's constructor
//   http::Request request;
//   request.method = "HEAD";
//   request.url = ...;                                   // path encoded by the driver
//   request.headers.add("Authorization", ...);           // signed over url.host_header()
//   const http::Response answer = client.send(request, call);
//   if (answer.status == 404) throw sdk::path_not_found();
//
// What is guaranteed: Host is url.host_header(); path and query are sent as they are; nothing is
// followed, decompressed, or added but User-Agent; TLS is 1.2 or newer; a body shorter than its
// Content-Length (or an unfinished chunked one) is an error, never an answer; the deadline and the
// cancelling of the call interrupt at once. A kept connection that turns out dead before a byte of
// an answer came is replaced silently when the request is repeatable.
//
// Failures are thrown as sdk::Error: UNAVAILABLE with a sentence that names the host and what timed
// out or broke, DEADLINE_EXCEEDED, CANCELLED, INVALID_PARAMETERS. retryable() is set when another
// attempt is safe and makes sense. An answer with any status is not a failure: it is returned.
#ifndef BERTH_COMMON_HTTP_HTTP_HPP
#define BERTH_COMMON_HTTP_HTTP_HPP

#include <berth/driver.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/headers.hpp"
#include "common/http/url.hpp"

namespace berth::http {

struct Request {
  std::string method = "GET";
  Url url;
  Headers headers;        // without Host and Content-Length, which the client adds
  std::string_view body;  // borrowed until the answer

  // Whether sending it twice does no harm. When false, nothing is repeated once a byte of the body
  // may have reached the server, neither here nor by the retry layer.
  bool repeatable = true;

  // Instead of the client's first_byte_timeout, and of its stall_timeout where that is shorter,
  // with a single byte as a sign of life; for what takes the service long (completing a multipart
  // upload).
  std::optional<std::chrono::milliseconds> first_byte_timeout;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;  // all of it unless a sink took it; of an error at most 1 MiB

  // The service may have seen the request before: a kept connection broke before an answer came,
  // and another one was taken. So "exists already" may be our own doing.
  bool resent = false;

  bool ok() const noexcept { return status >= 200 && status < 300; }
};

// Takes the body of a 2xx answer while it arrives, in the sending thread. What it throws ends the
// transfer and comes out of send().
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Once, before the first byte, with status and headers (the body is empty then).
  virtual void begin(const Response& /*head*/) {}
  virtual void write(std::string_view bytes) = 0;
  // Asked before each write. True holds the transfer back until its owner lets it go on; for
  // streams, whose reader may be slow.
  virtual bool full() const noexcept { return false; }
};

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{10'000};     // name lookup, TCP, proxy and TLS together
  std::chrono::milliseconds first_byte_timeout{60'000};  // from the last byte sent
  std::chrono::milliseconds stall_timeout{30'000};       // while fewer than stall_bytes moved
  uint64_t stall_bytes = 1024;                           // in stall_timeout, either direction
  std::chrono::milliseconds attempt_timeout{0};          // of one attempt as a whole; 0: none

  std::string user_agent = "berth";

  // The `proxy` parameter: empty takes https_proxy, http_proxy, all_proxy and no_proxy of the
  // environment as curl does; "none" takes no proxy at all.
  std::string proxy;

  // The `cafile` parameter: a file or folder; empty takes SSL_CERT_FILE, SSL_CERT_DIR,
  // AWS_CA_BUNDLE, then the known places of the system.
  std::string cafile;
  bool skipverify = false;

  std::vector<std::string> resolve;  // "host:port:address", for tests
};

// Call once from Driver::init: prepares curl for the whole process. Never undone. [any]
void init();

// An answer whose body is pulled by its reader, in the reader's thread.
class Stream {
 public:
  virtual ~Stream() = default;  // abandons what was not read

  // Status and headers. When the status is not 2xx, body holds all of it and read() is at the end.
  virtual const Response& head() const noexcept = 0;

  // The next bytes, straight into the buffer, as many as came; 0 only at the true end. Throws as
  // Client::send does, and the stream is then over.
  virtual size_t read(char* buffer, size_t capacity, const sdk::Call& call) = 0;
};

// The connections of one store. [any]
class Client {
 public:
  // Throws INVALID_PARAMETERS naming the parameter or environment variable that is wrong (proxy, CA
  // file). Makes no connection.
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends and waits for the whole answer; its body goes to Response::body (at most 64 MiB).
  Response send(const Request& request, const sdk::Call& call);

  // The same, and the body of a 2xx goes to the sink instead.
  Response send(const Request& request, BodySink& sink, const sdk::Call& call);

  // Sends and returns as soon as the head of the answer is there. The request's body is
  // no longer needed; the client must outlive the stream.
  std::unique_ptr<Stream> open(const Request& request, const sdk::Call& call);

  const ClientOptions& options() const noexcept;

  class Core;  // shared with the engine of transfers.hpp
  Core& core() noexcept { return *core_; }

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_HTTP_HPP
