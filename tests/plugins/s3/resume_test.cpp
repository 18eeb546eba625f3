// SPDX-License-Identifier: Apache-2.0
//
// Going on with an upload that was left unfinished: what the service has of it comes in pages.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string upload_element(const std::string& key, const std::string& id, int minute = 0) {
  return "<Upload><Key>" + key + "</Key><UploadId>" + id + "</UploadId><Initiated>2020-01-01T" +
         std::to_string(10 + minute / 60) + ':' + std::to_string(100 + minute % 60).substr(1) +
         ":00.000Z</Initiated></Upload>";
}

Answer uploads_answer(const std::string& content) {
  return Answer(200, "<ListMultipartUploadsResult>" + content + "</ListMultipartUploadsResult>");
}

bool lists_uploads(const SeenRequest& request) {
  return request.method == "GET" && contains(request.target, "?uploads=");
}

// More uploads of one key than a page holds. The newest is on the second page.
Answer page_of_uploads(const SeenRequest& request, bool with_markers) {
  const bool second = contains(request.target, "key-marker=k&upload-id-marker=u1000");
  std::string content;
  if (!second) content += "<IsTruncated>true</IsTruncated>";
  if (!second && with_markers)
    content += "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u1000</NextUploadIdMarker>";
  for (int i = second ? 1001 : 1; i <= (second ? 1200 : 1000); ++i)
    content += upload_element("k", 'u' + std::to_string(i), i == 1100 ? 500 : 0);
  return uploads_answer(content);
}

// An object of 12 MiB at "k", and an upload u1 of two parts of 5 MiB that is newer.
struct ObjectAndUpload {
  std::optional<Answer> tail;  // what lies beside the upload
  UploadService service;

  explicit ObjectAndUpload(std::optional<Answer> beside) : tail(std::move(beside)) {
    service.other = [this](const SeenRequest& request) { return answer(request); };
  }

 private:
  std::optional<Answer> answer(const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(12 * mib);
    if (request.method != "GET") return std::nullopt;
    if (lists_uploads(request)) return uploads_answer(upload_element("k", "u1"));
    if (request.target == "/b//k") return tail.value_or(not_found());
    if (request.has("Range"))
      return Answer(206, std::string(2 * mib, 'o'))
          .header("Content-Range", "bytes 10485760-12582911/12582912")
          .header("ETag", "\"e\"");
    return Answer(200,
                  "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>5242880</Size>"
                  "<ETag>e</ETag></Part><Part><PartNumber>2</PartNumber><Size>5242880</Size>"
                  "<ETag>e</ETag></Part></ListPartsResult>");
  }
};

// The version of the object that head_answer() describes.
const std::string same_object = common::hex(common::md5("\"e\" 784111777000000000"));

Answer tail_of(const std::string& upload, size_t offset, const std::string& bytes,
               const std::string& base = same_object) {
  return Answer(200, bytes)
      .header("x-amz-meta-berth-upload", upload)
      .header("x-amz-meta-berth-offset", std::to_string(offset))
      .header("x-amz-meta-berth-base", base);
}

constexpr const char* mark = "x-amz-meta-berth-mark";

// A service that keeps one upload of "k" and what lies beside it, and joins it as Amazon does: the
// parts that are named, of which only the last may be small.
class KeepingService {
 public:
  std::atomic<int> refused_part{0};  // 0: none
  std::atomic<bool> completes{true};
  std::atomic<bool> is_busy{false};  // when it is to remove what lies beside the upload

  ScriptedServer::Handler handler() {
    return [this](const SeenRequest& request) {
      const std::lock_guard lock(mutex_);
      return answer(request);
    };
  }

  void hold(std::map<int, std::string> parts) {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    parts_ = std::move(parts);
  }
  void await_part(int number) {
    for (;;) {
      const std::lock_guard lock(mutex_);
      if (parts_.count(number) != 0) return;
    }
  }
  void lose_parts() {
    const std::lock_guard lock(mutex_);
    parts_.clear();
  }
  void hold(std::string object) {
    const std::lock_guard lock(mutex_);
    object_ = std::move(object);
  }
  bool holds_tail() {
    const std::lock_guard lock(mutex_);
    return tail_.has_value();
  }
  std::optional<std::string> object() {
    const std::lock_guard lock(mutex_);
    return object_;
  }
  bool has_upload() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  std::optional<SeenRequest> made() {  // the request that set type and metadata of the object
    const std::lock_guard lock(mutex_);
    return made_;
  }

 private:
  Answer answer(const SeenRequest& request) {
    if (request.target == "/b//k") return beside(request);
    if (request.method == "HEAD")
      return object_ && request.target == "/b/k" ? head_answer(object_->size())
                                                       .header("Content-Type", "text/x")
                                                       .header("x-amz-meta-color", "blue")
                                                       .header("x-amz-meta-berth-mark", mark_)
                                                 : not_found();
    if (lists_uploads(request))
      return begun_ ? uploads_answer(upload_element("k", "u1")) : no_uploads();
    if (contains(request.target, "uploadId=") && !begun_) return error_answer(404, "NoSuchUpload");
    if (request.method == "GET" && contains(request.target, "uploadId=")) return list_parts();
    if (is_copy(request)) return Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>");
    if (request.method == "GET" && contains(request.target, "list-type="))
      return list_answer(object_ ? "<Contents><Key>k</Key><Size>1</Size></Contents>" : "");
    if (request.method == "GET") return object_ ? object_answer(*object_) : not_found();
    if (request.method == "POST" && contains(request.target, "?uploads="))
      return begun_ = true, made_ = request, upload_mark_ = request.header(mark), upload_started();
    if (request.method == "POST") return join(request.body);
    if (request.method == "DELETE" && contains(request.target, "uploadId=")) return forget();
    if (request.method == "DELETE") return object_.reset(), Answer(204);
    if (!contains(request.target, "partNumber="))
      return object_ = request.body, made_ = request, mark_ = request.header(mark), Answer(200);
    return take_part(request);
  }

  Answer beside(const SeenRequest& request) {
    if (request.method == "PUT") return tail_ = request, Answer(200);
    if (request.method == "DELETE" && is_busy.exchange(false))
      return error_answer(503, "SlowDown").header("Retry-After", "2");
    if (request.method == "DELETE") return tail_.reset(), Answer(204);
    if (!tail_) return not_found();
    Answer answer(200, tail_->body);
    for (const auto& [name, value] : tail_->headers)
      if (contains(name, "x-amz-meta-")) answer.header(name, value);
    answer.header("Content-Type", tail_->header("Content-Type"));
    return answer;
  }

  Answer list_parts() const {
    std::string content;
    for (const auto& [number, bytes] : parts_)
      content += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><Size>" +
                 std::to_string(bytes.size()) + "</Size><ETag>e</ETag></Part>";
    return Answer(200, "<ListPartsResult>" + content + "</ListPartsResult>");
  }

  Answer take_part(const SeenRequest& request) {
    const int number = std::stoi(request.target.substr(request.target.find("Number=") + 7));
    // Late, so that others arrive.
    if (number == refused_part)
      return error_answer(403, "AccessDenied").delay(std::chrono::milliseconds(500));
    parts_[number] = request.body;
    return Answer(200).header("ETag", "\"e\"");
  }

  Answer join(const std::string& list) {
    if (!completes) return error_answer(403, "AccessDenied");
    std::string bytes;
    size_t last = 5 * mib;
    for (const auto& [number, part] : parts_) {
      if (!contains(list, "<PartNumber>" + std::to_string(number) + "</PartNumber>")) continue;
      if (last < 5 * mib) return error_answer(400, "EntityTooSmall");
      bytes += part;
      last = part.size();
    }
    object_ = bytes;
    mark_ = upload_mark_;
    forget();
    return completed();
  }

  Answer forget() {
    begun_ = false;
    parts_.clear();
    return Answer(204);
  }

  std::mutex mutex_;  // of the members below
  bool begun_ = false;
  std::map<int, std::string> parts_;
  std::optional<SeenRequest> tail_, made_;
  std::optional<std::string> object_;
  std::string mark_, upload_mark_;  // of the object, and of the one that the upload will make
};

void close_with(sdk::Driver& driver, const std::string& bytes) {
  const auto w = writer(driver, "/k");
  write(*w, bytes);
  keep(*w);
}

// Appends and ends with a failure, when the service is in that mood.
void fail_to_append(sdk::Driver& driver, const std::string& bytes) {
  const auto w = appender(driver, "/k");
  CHECK(status_of([&] {
          write(*w, bytes);
          commit(*w);
        }) == BERTH_PERMISSION_DENIED);
}

// Loses the answer to the first start of an upload, and answers so whoever looks for uploads then.
auto losing_a_start(const Answer& listing) {
  return [listing, starts = std::make_shared<std::atomic<int>>(0)](
             const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "POST" && contains(request.target, "?uploads=") && ++*starts == 1)
      return Answer::hang_up();
    if (*starts > 0 && lists_uploads(request)) return listing;
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("an append whose commit failed leaves no small part in the middle") {
  KeepingService service;
  ScriptedStore store(service.handler(), small_parts());
  close_with(*store.driver, std::string(5 * mib, 'x') + "abc");
  service.completes = false;
  fail_to_append(*store.driver, "lost");
  service.completes = true;
  const auto w = appender(*store.driver, "/k");
  CHECK(w->size() == 5 * mib + 3);
  write(*w, std::string(6 * mib, 'y'));
  commit(*w);
  CHECK(service.object() == std::string(5 * mib, 'x') + "abc" + std::string(6 * mib, 'y'));
}

TEST_CASE("what an append that failed sent behind a gap is in no later object") {
  KeepingService service;
  ScriptedStore store(service.handler(), small_parts());
  close_with(*store.driver, std::string(5 * mib, 'x'));
  service.refused_part = 2;
  fail_to_append(*store.driver, std::string(20 * mib, 'z'));
  service.refused_part = 0;
  const auto second = appender(*store.driver, "/k");
  CHECK(second->size() == 5 * mib);
  write(*second, std::string(6 * mib, 'y'));
  keep(*second);
  const auto third = appender(*store.driver, "/k");
  CHECK(third->size() == 11 * mib);
  commit(*third);
  CHECK(service.object() == std::string(5 * mib, 'x') + std::string(6 * mib, 'y'));
}

TEST_CASE("what a writer that died left behind a gap is in no later object") {
  KeepingService service;
  service.hold({{1, std::string(5 * mib, 'x')}, {3, std::string(5 * mib, 'z')}});
  ScriptedStore store(service.handler(), small_parts());
  {
    const auto w = appender(*store.driver, "/k");
    CHECK(w->size() == 5 * mib);
    write(*w, std::string(5 * mib + 1, 'y'));
    service.await_part(2);
  }
  const auto w = appender(*store.driver, "/k");
  CHECK(w->size() == 5 * mib);
  commit(*w);
  CHECK(service.object() == std::string(5 * mib, 'x'));
}

TEST_CASE("beside an object, an upload goes on only if its writer was closed") {
  // The one that died had the last two mebibytes of the object in its memory only.
  for (const auto& [tail, size] : std::vector<std::pair<std::optional<Answer>, size_t>>{
           {std::nullopt, 12 * mib},
           {tail_of("u0", 10 * mib, "another's"), 12 * mib},
           {tail_of("u1", 15 * mib, ""), 12 * mib},
           {tail_of("u1", 10 * mib, "abc", "another object"), 12 * mib},
           {tail_of("u1", 10 * mib, "abc", ""), 12 * mib},
           {tail_of("u1", 10 * mib, ""), 10 * mib},
           {tail_of("u1", 10 * mib, "abc"), 10 * mib + 3},
           // The part behind is of an append that was not closed.
           {tail_of("u1", 5 * mib, "abc"), 5 * mib + 3},
           // Not the parts that were there when it was closed.
           {tail_of("u1", 7 * mib, ""), 12 * mib}}) {
    ObjectAndUpload there(tail);
    ScriptedStore store(there.service.handler(), small_parts());
    CHECK(appender(*store.driver, "/k")->size() == size);
  }
}

TEST_CASE("a start of an upload whose answer was lost leaves none behind") {
  UploadService service;
  service.other =
      losing_a_start(uploads_answer(upload_element("k", "u0") + upload_element("k", "u1")));
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/k");
  write(*w, std::string(6 * mib, 'x'));
  commit(*w);
  const auto log = store.log();
  CHECK(std::count(log.begin(), log.end(), "DELETE /b/k?uploadId=u0") == 1);
  CHECK(service.aborts == 1);
}

TEST_CASE("cancel takes back what an append had to publish, unless it was written over since") {
  for (const bool ours : {true, false}) {
    CAPTURE(ours);
    UploadService service;
    std::atomic<int> heads{0};
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method == "HEAD")  // at open, twice after publishing, before undoing it
        return ++heads == 1 ? not_found() : head_answer(3, heads <= 3 || ours ? "\"a\"" : "\"b\"");
      if (lists_uploads(request)) return uploads_answer(upload_element("k", "u0"));
      if (contains(request.target, "/b//k")) return not_found();
      if (request.method == "GET" && contains(request.target, "uploadId"))
        return Answer(200,
                      "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>3</Size>"
                      "<ETag>e</ETag></Part></ListPartsResult>");
      if (request.method == "GET") return object_answer("abc", "\"a\"");
      return std::nullopt;
    };
    ScriptedStore store(service.handler(), small_parts());
    cancel(*appender(*store.driver, "/k"));
    const auto log = store.log();
    CHECK(std::count(log.begin(), log.end(), "DELETE /b/k") == (ours ? 1 : 0));
  }
}

TEST_CASE("what is said of a small object outlives the closes of its writers") {
  for (const bool committed : {true, false}) {
    CAPTURE(committed);
    KeepingService service;
    ScriptedStore store(service.handler(), small_parts());
    if (committed) {
      service.hold("abc");
    } else {
      sdk::WriteOptions options;
      options.content_type = "text/x";
      const auto w = writer(*store.driver, "/k", options);
      write(*w, "abc");
      keep(*w);
    }
    for (int i = 0; i < 2; ++i) {
      const auto w = appender(*store.driver, "/k");
      write(*w, "d");
      keep(*w);
    }
    commit(*appender(*store.driver, "/k"));
    CHECK(service.object() == "abcdd");
    CHECK(service.made()->header("Content-Type") == "text/x");
    CHECK(service.made()->header("x-amz-meta-color") == (committed ? "blue" : ""));
    CHECK_FALSE(service.made()->has("x-amz-meta-berth-upload"));
  }
}

TEST_CASE("what lay beside a finished upload goes although the call ends before") {
  KeepingService service;
  ScriptedStore store(service.handler(), small_parts());
  close_with(*store.driver, std::string(5 * mib, 'x') + "abc");
  const auto w = appender(*store.driver, "/k");
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  service.is_busy = true;
  w->commit(call);
  CHECK_FALSE(service.holds_tail());
}

TEST_CASE("an upload that was started, but whose lost twin cannot be looked for, is aborted") {
  UploadService service;
  service.other = losing_a_start(error_answer(403, "AccessDenied"));
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/k");
  CHECK(status_of([&] {
          write(*w, std::string(6 * mib, 'x'));
          commit(*w);
        }) == BERTH_PERMISSION_DENIED);
  CHECK(service.aborts == 1);
}

TEST_CASE("a failure leaves what an append had to publish, a cancel behind it takes it back") {
  for (const bool cancels : {true, false}) {
    KeepingService service;
    service.hold({{1, "abc"}});
    ScriptedStore store(service.handler(), small_parts());
    const auto w = appender(*store.driver, "/k");
    service.refused_part = 1;
    CHECK(status_of([&] {
            write(*w, std::string(6 * mib, 'x'));
            commit(*w);
          }) == BERTH_PERMISSION_DENIED);
    CHECK(service.object() == "abc");
    if (cancels) cancel(*w);
    CHECK(service.object().has_value() != cancels);
    CHECK_FALSE(service.has_upload());
  }
}

TEST_CASE("what an append had to publish stays when it was closed") {
  KeepingService service;
  service.hold({{1, "abc"}});
  ScriptedStore store(service.handler(), small_parts());
  const auto w = appender(*store.driver, "/k");
  keep(*w);
  CHECK(service.object() == "abc");
  CHECK(appender(*store.driver, "/k")->size() == 3);
}

TEST_CASE("all pages of parts count when an upload goes on") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return not_found();
    if (request.method == "GET" && contains(request.target, "uploads="))
      return Answer(200,
                    "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u1</UploadId>"
                    "<Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>"
                    "</ListMultipartUploadsResult>");
    if (request.method != "GET") return std::nullopt;
    if (request.target == "/b//k") return not_found();
    const bool second = contains(request.target, "part-number-marker=1000");
    std::string content = second ? "" : "<IsTruncated>true</IsTruncated>";
    for (int i = second ? 1001 : 1; i <= (second ? 1500 : 1000); ++i)
      content +=
          "<Part><PartNumber>" + std::to_string(i) +
          "</PartNumber><Size>5242880</Size><ETag>83878c91171338902e0fe0fb97a8c47a</ETag></Part>";
    return Answer(200, "<ListPartsResult>" + content + "</ListPartsResult>");
  };
  ScriptedStore store(service.handler(), small_parts());
  const auto w = appender(*store.driver, "/k");
  CHECK(w->size() == 1500 * 5 * mib);
  write(*w, "tail");
  commit(*w);
  const std::string body = store.server.requests().back().body;
  CHECK(contains(body, "<PartNumber>1501</PartNumber>"));
  CHECK(body.find("<PartNumber>9</PartNumber>") < body.find("<PartNumber>10</PartNumber>"));
}

TEST_CASE("the newest upload is found behind a page of older ones, with markers and without") {
  for (const bool with_markers : {true, false}) {
    UploadService service;
    service.other = [=](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method == "HEAD") return not_found();
      if (lists_uploads(request)) return page_of_uploads(request, with_markers);
      if (request.method != "GET") return std::nullopt;
      if (!contains(request.target, "uploadId=u1100")) return error_answer(404, "NoSuchKey");
      return Answer(200,
                    "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>5242880</Size>"
                    "<ETag>83878c91171338902e0fe0fb97a8c47a</ETag></Part></ListPartsResult>");
    };
    ScriptedStore store(service.handler(), small_parts());
    const auto w = appender(*store.driver, "/k");
    CHECK(w->size() == 5 * mib);
    commit(*w);
    CHECK(store.log().back() == "POST /b/k?uploadId=u1100");
  }
}

TEST_CASE("a list of uploads that does not go on is an error, not a loop") {
  ScriptedStore store([](const SeenRequest& request) {
    if (!lists_uploads(request)) return not_found();
    return uploads_answer("<IsTruncated>true</IsTruncated>" + upload_element("k", "u1"));
  });
  CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_UNAVAILABLE);
  CHECK(store.server.count() == 3);
}

TEST_CASE("a new writer aborts what earlier ones of its path left, on every page") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return not_found();
    if (!lists_uploads(request)) return Answer(204);
    if (contains(request.target, "upload-id-marker=u2"))
      return uploads_answer(upload_element("k", "u3") + upload_element("k2", "other"));
    return uploads_answer("<IsTruncated>true</IsTruncated>" + upload_element("k", "u1") +
                          upload_element("k", "u2"));
  });
  cancel(*writer(*store.driver, "/k"));
  std::vector<std::string> aborted;
  for (const std::string& line : store.log())
    if (contains(line, "uploadId=")) aborted.push_back(line);
  CHECK(aborted == std::vector<std::string>{"DELETE /b/k?uploadId=u1", "DELETE /b/k?uploadId=u2",
                                            "DELETE /b/k?uploadId=u3"});
}

TEST_CASE("a remove aborts the uploads below its path on every page, and no sibling's") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "GET" && !lists_uploads(request)) return list_answer("");
    if (request.method != "GET") return Answer(204);
    if (contains(request.target, "upload-id-marker=u2"))
      return uploads_answer(upload_element("d/y", "u3") + upload_element("d0", "other"));
    return uploads_answer("<IsTruncated>true</IsTruncated>" + upload_element("d-x", "other") +
                          upload_element("d/x", "u2"));
  });
  remove(*store.driver, "/d");
  std::vector<std::string> aborted;
  for (const std::string& line : store.log())
    if (contains(line, "uploadId=")) aborted.push_back(line);
  CHECK(aborted ==
        std::vector<std::string>{"DELETE /b/d/x?uploadId=u2", "DELETE /b/d/y?uploadId=u3"});
}

// ---- Whole writes void what was unfinished. The service answers as it does within one second.

TEST_CASE("an upload that a put voided is not resumed, and its parts are aborted") {
  for (const char* bytes : {"", "abc"}) {
    KeepingService service;
    ScriptedStore store(service.handler(), small_parts());
    put(*store.driver, "/k", bytes);
    {
      const auto w = appender(*store.driver, "/k");
      write(*w, "stale");
      keep(*w);
    }
    put(*store.driver, "/k", bytes);  // the same content and, in the same second, the same time
    const auto w = appender(*store.driver, "/k");
    CHECK(w->size() == std::string(bytes).size());
    CHECK_FALSE(service.has_upload());
    CHECK_FALSE(service.holds_tail());
    write(*w, "+");
    commit(*w);
    CHECK(service.object() == std::string(bytes) + "+");
  }
}

TEST_CASE("an upload that a put voided does not come back when the object goes away") {
  for (const bool moves : {true, false}) {
    KeepingService service;
    ScriptedStore store(service.handler(), small_parts());
    close_with(*store.driver, "stale");
    put(*store.driver, "/k", "new");
    moves ? move(*store.driver, "/k", "/elsewhere") : remove(*store.driver, "/k");
    CHECK_FALSE(service.has_upload());
    CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_PATH_NOT_FOUND);
  }
}

TEST_CASE("a writer that a put overtook fails to close and to commit, whatever its size") {
  for (const bool closes : {true, false})
    for (const size_t size : {size_t{3}, 6 * mib}) {
      CAPTURE(closes);
      CAPTURE(size);
      KeepingService service;
      ScriptedStore store(service.handler(), small_parts());
      const auto w = writer(*store.driver, "/k");
      write(*w, std::string(size, 'x'));
      put(*store.driver, "/k", "new");
      CHECK(status_of([&] { closes ? keep(*w) : commit(*w); }) == BERTH_PRECONDITION_FAILED);
      CHECK(service.object() == "new");
      CHECK_FALSE(service.has_upload());
      CHECK_FALSE(service.holds_tail());
    }
}

TEST_CASE("of two writers that resume one upload the one that ends later fails") {
  for (const bool first_commits : {true, false})
    for (const bool second_commits : {true, false}) {
      CAPTURE(first_commits);
      CAPTURE(second_commits);
      KeepingService service;
      ScriptedStore store(service.handler(), small_parts());
      close_with(*store.driver, "abc");
      const auto first = appender(*store.driver, "/k");
      const auto second = appender(*store.driver, "/k");
      write(*first, "1");
      write(*second, "2");
      first_commits ? commit(*first) : keep(*first);
      CHECK(status_of([&] { second_commits ? commit(*second) : keep(*second); }) ==
            BERTH_PRECONDITION_FAILED);
      const auto w = appender(*store.driver, "/k");
      commit(*w);
      CHECK(service.object() == "abc1");
    }
}

TEST_CASE("a writer whose upload another one aborted fails at its next part") {
  KeepingService service;
  ScriptedStore store(service.handler(), small_parts());
  const auto early = writer(*store.driver, "/k");
  write(*early, std::string(6 * mib, 'x'));
  service.await_part(1);
  const auto late = writer(*store.driver, "/k");
  CHECK(status_of([&] { commit(*early); }) == BERTH_PRECONDITION_FAILED);
  commit(*late);
  CHECK(service.object() == "");
}

TEST_CASE("a close fails when the service lost a part") {
  KeepingService service;
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/k");
  write(*w, std::string(6 * mib, 'x'));
  service.await_part(1);
  service.lose_parts();
  CHECK(status_of([&] { keep(*w); }) == BERTH_CORRUPT);
  CHECK_FALSE(service.holds_tail());
}
