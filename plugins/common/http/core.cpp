// SPDX-License-Identifier: Apache-2.0
#include "common/http/core.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/crypto.hpp"
#include "common/http/session.hpp"

namespace berth::http {
namespace {

constexpr size_t most_idle_sessions = 64;
constexpr long receive_buffer = 256L << 10;
// One send each. curl allocates it anew for each upload, from the kernel, page by page: with 64 KiB
// the sends cost more than these pages, with 512 KiB the pages more.
constexpr long upload_buffer = 256L << 10;

// As curl opens sockets, but not inherited by programs that the host starts. curl does not keep the
// error number of a failure.
curl_socket_t open_socket(void* error_number, curlsocktype, curl_sockaddr* address) noexcept {
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0 && error_number) *static_cast<int*>(error_number) = errno;
  return fd;
}

}  // namespace

Client::Core::Core(ClientOptions options)
    : options_(std::move(options)),
      trust_(Trust::choose(options_.cafile)),
      http_(Proxy::choose(options_.proxy, "http")),
      https_(Proxy::choose(options_.proxy, "https")),
      share_(curl_share_init()) {
  if (!share_) throw std::bad_alloc();
  curl_share_setopt(share_.get(), CURLSHOPT_LOCKFUNC, &lock);
  curl_share_setopt(share_.get(), CURLSHOPT_UNLOCKFUNC, &unlock);
  curl_share_setopt(share_.get(), CURLSHOPT_USERDATA, this);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  for (const std::string& entry : options_.resolve)
    resolve_.reset(curl_slist_append(resolve_.release(), entry.c_str()));
}

Client::Core::~Core() {
  idle_.clear();  // before the share that their handles use
  if (!usable()) static_cast<void>(share_.release());
}

bool Client::Core::usable() const noexcept {
  return !process_.forked() && common::openssl_is_usable();
}

void Client::Core::require_usable() const {
  if (process_.forked())
    throw sdk::Error(BERTH_STATUS_WRONG_STATE,
                     "the connections belong to the process that called fork(); open the store "
                     "again in the child");
  common::require_openssl();
}

// curl closes the connections of a multi handle through an internal easy handle, which takes
// CURLOPT_NOSIGNAL from the easy handle that was added last. A multi handle that never had one
// would replace the program's handler of SIGPIPE when it is freed.
Multi Client::Core::make_multi() const {
  Multi multi(curl_multi_init());
  if (!multi) throw std::bad_alloc();
  const Easy easy = make_easy();
  const CURLMcode code = curl_multi_add_handle(multi.get(), easy.get());
  if (code != CURLM_OK) throw sdk::Error(BERTH_STATUS_INTERNAL, curl_multi_strerror(code));
  curl_multi_remove_handle(multi.get(), easy.get());
  return multi;
}

void Client::Core::lock(CURL*, curl_lock_data what, curl_lock_access, void* self) {
  static_cast<Core*>(self)->share_locks_[what].lock();
}

void Client::Core::unlock(CURL*, curl_lock_data what, void* self) {
  static_cast<Core*>(self)->share_locks_[what].unlock();
}

Easy Client::Core::make_easy() const {
  Easy easy(curl_easy_init());
  if (!easy) throw std::bad_alloc();
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(easy.get(), option, value);
  };
  set(CURLOPT_SHARE, share_.get());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // do not wait for a name lookup that nobody needs any more
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CAINFO, trust_.file.empty() ? nullptr : trust_.file.c_str());
  set(CURLOPT_CAPATH, trust_.folder.empty() ? nullptr : trust_.folder.c_str());
  set(CURLOPT_SSL_VERIFYPEER, options_.skipverify ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, options_.skipverify ? 0L : 2L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, receive_buffer);
  set(CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer);
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  if (resolve_) set(CURLOPT_RESOLVE, resolve_.get());
  return easy;
}

std::unique_ptr<Session> Client::Core::acquire() {
  require_usable();
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  return std::make_unique<Session>(*this);
}

void Client::Core::release(std::unique_ptr<Session> session) noexcept {
  session->stop();
  if (!usable()) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < most_idle_sessions) idle_.push_back(std::move(session));
}

}  // namespace berth::http
