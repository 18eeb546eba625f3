// SPDX-License-Identifier: Apache-2.0
//
// What all transfers of one store share: the options as curl wants them, what may be shared between
// threads (names looked up, TLS sessions), and the idle connections. Belongs to the process that
// made it: a child after fork() uses nothing of it and frees nothing. Private to plugins/common.
#ifndef BERTH_COMMON_HTTP_CORE_HPP
#define BERTH_COMMON_HTTP_CORE_HPP

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <berth/fork.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "common/http/http.hpp"
#include "common/http/proxy.hpp"
#include "common/http/trust.hpp"

namespace berth::http {

// CURL, CURLM and CURLSH are all void: the function tells them apart.
template <auto Delete>
struct Deleter {
  void operator()(void* handle) const noexcept { Delete(handle); }
};
using Easy = std::unique_ptr<CURL, Deleter<&curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Deleter<&curl_multi_cleanup>>;
using Share = std::unique_ptr<CURLSH, Deleter<&curl_share_cleanup>>;

class Session;

class Client::Core {
 public:
  explicit Core(ClientOptions options);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  const ClientOptions& options() const noexcept { return options_; }
  const Trust& trust() const noexcept { return trust_; }
  const Proxy& proxy(const Url& url) const noexcept { return url.tls() ? https_ : http_; }

  // A new easy handle with all that does not change from request to request.
  Easy make_easy() const;

  // A new multi handle that leaves the program's signal handlers alone.
  Multi make_multi() const;

  // False in a child after fork(), and when OpenSSL was cleaned up while the program exits: then no
  // handle may be used or freed.
  bool usable() const noexcept;
  bool forked() const noexcept { return process_.forked(); }
  void require_usable() const;  // throws WRONG_STATE that says which of the two it is

  // A session for one request: the one used last, whose connection is the warmest.
  std::unique_ptr<Session> acquire();
  void release(std::unique_ptr<Session> session) noexcept;

  // A stream holds three descriptors until its answer is read. Where many are open, the next ones
  // ask for little, and take it at once.
  void stream_opened() noexcept { ++streams_; }
  void stream_closed() noexcept { --streams_; }
  bool crowded() const noexcept { return streams_ > most_streams; }
  static constexpr unsigned most_streams = 32;
  static constexpr uint64_t small_answer = uint64_t{256} << 10;

 private:
  static void lock(CURL*, curl_lock_data what, curl_lock_access, void* self);
  static void unlock(CURL*, curl_lock_data what, void* self);

  const sdk::ProcessMark process_;
  const ClientOptions options_;
  const Trust trust_;
  const Proxy http_;
  const Proxy https_;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> share_locks_;
  Share share_;
  struct Slist {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };
  std::unique_ptr<curl_slist, Slist> resolve_;
  std::atomic<unsigned> streams_{0};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_CORE_HPP
