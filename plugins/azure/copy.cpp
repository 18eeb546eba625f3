// SPDX-License-Identifier: Apache-2.0
#include "copy.hpp"

#include <algorithm>

#include "common/cleanup_call.hpp"

namespace berth::azure {
namespace {

constexpr std::chrono::milliseconds longest_pause{5'000};
constexpr std::chrono::milliseconds last_look{200};  // before the deadline

// A deadline that comes within the pause is no reason to give up at once.
std::chrono::milliseconds pause_within(std::chrono::milliseconds wanted, const sdk::Call& call) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(call.remaining()) - last_look;
  return left.count() > 0 ? std::min(wanted, left) : wanted;
}

// One copy, from its request until the service has ended it.
class Copy {
 public:
  Copy(Container& container, const std::string& source, const std::string& destination,
       std::string_view if_match, const sdk::Call& call)
      : container_(container),
        source_(source),
        destination_(destination),
        if_match_(if_match),
        call_(call) {}

  // The version that was copied.
  BlobInfo run() {
    const auto info = container_.head(source_, call_);
    if (!info) throw sdk::path_not_found();
    check_etag(info, source_, if_match_);
    if (source_ == destination_) return etag_ = info->etag, *info;
    (void)required_etag(*info, source_);
    start(*info);
    if (status_ == "pending") await();
    if (status_ != "success") throw failed("the service ended it as '" + status_ + "'");
    return *info;
  }

  // The copy of that source. REQUIRES: run() returned.
  [[nodiscard]] sdk::Stat stat_of(const BlobInfo& source) const {
    sdk::Stat stat;
    stat.size = source.size;
    stat.etag = etag_;
    return stat;
  }

 private:
  Operation operation(const BlobInfo& info) const {
    Operation operation;
    operation.method = "PUT";
    operation.blob = destination_;
    operation.headers.add("x-ms-copy-source", container_.requests().source_url(source_));
    operation.headers.add("x-ms-source-if-match", info.etag);
    return operation;
  }

  void start(const BlobInfo& info) {
    const Operation copy = operation(info);
    int attempts = 0;
    http::Response answer = container_.send(copy, call_, &attempts);
    if (read_service_error(answer).code == "InvalidBlobType" &&
        container_.make_room(destination_, info.type, call_))
      answer = container_.send(copy, call_, &attempts);
    if (attempts > 1 && read_service_error(answer).code == "PendingCopyOperation" && adopt())
      return;
    Container::check(answer, copy);
    id_ = answer.headers.get("x-ms-copy-id");
    status_ = answer.headers.get("x-ms-copy-status");
    if (status_ == "success") etag_ = answer.headers.get("ETag");
    if (status_.empty()) find_status(info);
  }

  // The answer does not say how the copy went, so the destination has to.
  void find_status(const BlobInfo& source) {
    const auto there = container_.head(destination_, call_);
    if (there && !there->copy_status.empty()) {
      id_ = there->copy_id;
      status_ = there->copy_status;
    } else if (there && there->size == source.size) {
      status_ = "success";
    } else {
      throw failed("the service does not report its outcome");
    }
  }

  // The copy under way may be our own, whose answer was lost.
  bool adopt() {
    const auto there = container_.head(destination_, call_);
    const std::string url = container_.requests().source_url(source_);
    if (!there || there->copy_source != url.substr(0, url.find('?'))) return false;
    id_ = there->copy_id;
    status_ = there->copy_status;
    return true;
  }

  void await() {
    try {
      if (!container_.settings().await_copies)
        throw failed("it is not immediate, and max_retries is -1");
      std::chrono::milliseconds wait = container_.settings().retry_delay;
      while (status_ == "pending") {
        http::pause(pause_within(wait, call_), call_,
                    "the copy to '" + destination_ + "' is not done yet");
        wait = std::min(wait * 2, longest_pause);
        look();
      }
    } catch (const sdk::Error&) {
      if (status_ == "pending") abort();
      throw;
    }
  }

  void look() {
    const auto there = container_.head(destination_, call_);
    if (!there || there->copy_id != id_) {
      status_ = "lost";
      throw failed("another writer has replaced or removed the destination");
    }
    status_ = there->copy_status;
    description_ = there->copy_description;
  }

  // In the time it needs, whatever the caller's deadline; the service then leaves an empty blob.
  void abort() noexcept {
    try {
      const common::CleanupCall own(common::cleanup_timeout);
      Operation operation;
      operation.method = "PUT";
      operation.blob = destination_;
      operation.query = {{"comp", "copy"}, {"copyid", id_}};
      operation.headers.add("x-ms-copy-action", "abort");
      container_.send(operation, own.call());
    } catch (const std::exception& error) {
      sdk::log(BERTH_LOG_WARN, std::string("an unfinished copy goes on: ") + error.what());
    }
  }

  sdk::Error failed(const std::string& why) const {
    std::string text = "cannot copy to '" + destination_ + "': " + why;
    if (!description_.empty()) text += " (" + description_ + ')';
    return sdk::Error(BERTH_STATUS_UNAVAILABLE, std::move(text)).code("CopyFailed");
  }

  Container& container_;
  const std::string& source_;
  const std::string& destination_;
  const std::string_view if_match_;
  const sdk::Call& call_;
  std::string id_, status_, description_;
  std::string etag_;  // of the copy; empty: unknown
};

// Before the source goes.
void expect_size(Container& container, const std::string& blob, uint64_t size,
                 const sdk::Call& call) {
  const auto copy = container.head(blob, call);
  if (copy && copy->size == size) return;
  throw sdk::Error(BERTH_STATUS_CORRUPT,
                   "the service made " +
                       (copy ? std::to_string(copy->size) + " bytes" : "no blob") + " at '" + blob +
                       "' instead of " + std::to_string(size) + " bytes; the source stays");
}

// Whether a blob that was written again has the bytes and headers of the one before. It may be our
// own write: a request whose answer was lost is sent again, and the service may carry out the first
// one last.
bool same_content(const BlobInfo& before, const BlobInfo& now) {
  return !before.content_md5.empty() && now.content_md5 == before.content_md5 &&
         now.size == before.size && now.type == before.type &&
         std::equal(now.description.begin(), now.description.end(), before.description.begin(),
                    before.description.end(), [](const http::Header& a, const http::Header& b) {
                      return a.name == b.name && a.value == b.value;
                    });
}

// False: the source was replaced by other content, and stays. Azurite refuses the condition also
// when the blob is gone, as it is after a deletion whose answer was lost.
bool remove_source(Container& container, const std::string& source, const BlobInfo& moved,
                   const sdk::Call& call) {
  if (container.remove_version(source, moved.etag, call)) return true;
  const auto now = container.head(source, call);
  if (!now) return true;
  return same_content(moved, *now) && container.remove_version(source, now->etag, call);
}

}  // namespace

sdk::Stat copy_blob(Container& container, const std::string& source, const std::string& destination,
                    std::string_view if_match, const sdk::Call& call) {
  Copy copy(container, source, destination, if_match, call);
  const BlobInfo copied = copy.run();
  return copy.stat_of(copied);
}

sdk::Stat move_blob(Container& container, const std::string& source, const std::string& destination,
                    std::string_view if_match, const sdk::Call& call) {
  Copy copy(container, source, destination, if_match, call);
  const BlobInfo moved = copy.run();
  if (source == destination) return copy.stat_of(moved);
  expect_size(container, destination, moved.size, call);
  if (!remove_source(container, source, moved, call))
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED, "'" + source +
                                                           "' was replaced while it was copied "
                                                           "to '" +
                                                           destination + "'; the newer one stays");
  return copy.stat_of(moved);
}

}  // namespace berth::azure
