// SPDX-License-Identifier: Apache-2.0
//
// Resuming an unfinished upload, and what happens when several writers use one path.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
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
  std::optional<Answer> record;
  UploadService service;

  explicit ObjectAndUpload(std::optional<Answer> given) : record(std::move(given)) {
    service.other = [this](const SeenRequest& request) { return answer(request); };
  }

 private:
  std::optional<Answer> answer(const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(12 * mib);
    if (request.method != "GET") return std::nullopt;
    if (lists_uploads(request)) return uploads_answer(upload_element("k", "u1"));
    if (request.target == "/b//k") return record.value_or(not_found());
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

Answer record_of(const std::string& upload, std::size_t offset, const std::string& bytes,
                 const std::string& base = same_object) {
  return Answer(200, bytes)
      .header("x-amz-meta-berth-upload", upload)
      .header("x-amz-meta-berth-offset", std::to_string(offset))
      .header("x-amz-meta-berth-base", base);
}

constexpr const char* mark = "x-amz-meta-berth-mark";

// A service with the object "k", its uploads and their record. It joins parts as Amazon does: those
// that the request names, of which only the last may be small.
class BucketOfOneKey {
 public:
  std::atomic<int> refused_part{0};  // 0: none
  std::atomic<bool> completes{true};
  std::atomic<bool> is_busy{false};  // answers the next deletion of the record with 503
  std::atomic<bool> honours_conditions{true};
  std::atomic<int> hidden_records{0};         // that many HEADs of the record find none
  std::atomic<bool> loses_record_put{false};  // stores the next record, but sends no answer

  ScriptedServer::Handler handler() {
    return [this](const SeenRequest& request) {
      const std::lock_guard lock(mutex_);
      return answer(request);
    };
  }

  void hold(std::map<int, std::string> parts) {
    const std::lock_guard lock(mutex_);
    uploads_[new_id()].parts = std::move(parts);
  }
  void await_part(int number) {
    std::unique_lock lock(mutex_);
    const auto has_part = [&] {
      return std::any_of(uploads_.begin(), uploads_.end(), [number](const auto& upload) {
        return upload.second.parts.count(number) != 0;
      });
    };
    REQUIRE(part_taken_.wait_for(lock, std::chrono::seconds(30), has_part));
  }
  void lose_parts() {
    const std::lock_guard lock(mutex_);
    for (auto& [id, upload] : uploads_) upload.parts.clear();
  }
  void lose_uploads() {
    const std::lock_guard lock(mutex_);
    uploads_.clear();
  }
  void hold(std::string object) {
    const std::lock_guard lock(mutex_);
    object_ = std::move(object);
  }
  bool has_record() {
    const std::lock_guard lock(mutex_);
    return record_.has_value();
  }
  std::optional<std::string> object() {
    const std::lock_guard lock(mutex_);
    return object_;
  }
  std::size_t uploads() {
    const std::lock_guard lock(mutex_);
    return uploads_.size();
  }
  std::optional<SeenRequest> made() {  // the request that set type and metadata of the object
    const std::lock_guard lock(mutex_);
    return made_;
  }

 private:
  struct Upload {
    std::map<int, std::string> parts;
    std::string mark;  // of the object that the upload will make
  };

  Answer answer(const SeenRequest& request) {
    if (request.target == "/b//k") return answer_on_record(request);
    if (request.method == "HEAD")
      return object_ && request.target == "/b/k" ? head_answer(object_->size())
                                                       .header("Content-Type", "text/x")
                                                       .header("x-amz-meta-color", "blue")
                                                       .header("x-amz-meta-berth-mark", mark_)
                                                 : not_found();
    if (lists_uploads(request)) return list_uploads();
    if (const std::string id = upload_id(request); !id.empty()) {
      const auto upload = uploads_.find(id);
      if (upload == uploads_.end()) return error_answer(404, "NoSuchUpload");
      return answer_on_upload(request, upload);
    }
    if (is_copy(request)) return Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>");
    if (request.method == "GET" && contains(request.target, "list-type="))
      return list_answer(object_ ? "<Contents><Key>k</Key><Size>1</Size></Contents>" : "");
    if (request.method == "GET") return object_ ? object_answer(*object_) : not_found();
    if (request.method == "POST") return start(request);
    if (request.method == "DELETE") return object_.reset(), Answer(204);
    return object_ = request.body, made_ = request, mark_ = request.header(mark), Answer(200);
  }

  static std::string upload_id(const SeenRequest& request) {
    const std::size_t at = request.target.find("uploadId=");
    if (at == std::string::npos) return {};
    return request.target.substr(at + 9, request.target.find('&', at) - at - 9);
  }

  std::string new_id() { return 'u' + std::to_string(++started_); }

  Answer start(const SeenRequest& request) {
    const std::string id = new_id();
    uploads_[id].mark = request.header(mark);
    made_ = request;
    return Answer(200, "<InitiateMultipartUploadResult><UploadId>" + id +
                           "</UploadId></InitiateMultipartUploadResult>");
  }

  Answer list_uploads() const {
    std::string content;
    for (const auto& [id, upload] : uploads_) content += upload_element("k", id);
    return uploads_answer(content);
  }

  using Place = std::map<std::string, Upload>::iterator;

  Answer answer_on_upload(const SeenRequest& request, Place upload) {
    if (request.method == "GET") return list_parts(upload->second);
    if (request.method == "POST") return join(request.body, upload);
    if (request.method == "DELETE") return uploads_.erase(upload), Answer(204);
    return take_part(request, upload->second);
  }

  Answer answer_on_record(const SeenRequest& request) {
    if (request.method == "PUT") return put_record(request);
    if (request.method == "DELETE" && is_busy.exchange(false))
      return error_answer(503, "SlowDown").header("Retry-After", "2");
    if (request.method == "DELETE") return record_.reset(), Answer(204);
    if (request.method == "HEAD" && hidden_records-- > 0) return not_found();
    if (!record_) return not_found();
    Answer answer(200, request.method == "HEAD" ? std::string() : record_->body);
    for (const auto& [name, value] : record_->headers)
      if (contains(name, "x-amz-meta-")) answer.header(name, value);
    answer.header("Content-Type", record_->header("Content-Type"));
    return answer;
  }

  Answer put_record(const SeenRequest& request) {
    if (record_ && request.has("If-None-Match") && honours_conditions)
      return error_answer(412, "PreconditionFailed");
    record_ = request;
    return loses_record_put.exchange(false) ? Answer::hang_up() : Answer(200);
  }

  static Answer list_parts(const Upload& upload) {
    std::string content;
    for (const auto& [number, bytes] : upload.parts)
      content += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><Size>" +
                 std::to_string(bytes.size()) + "</Size><ETag>e</ETag></Part>";
    return Answer(200, "<ListPartsResult>" + content + "</ListPartsResult>");
  }

  Answer take_part(const SeenRequest& request, Upload& upload) {
    const int number = std::stoi(request.target.substr(request.target.find("Number=") + 7));
    // Delayed, so that other parts arrive first.
    if (number == refused_part)
      return error_answer(403, "AccessDenied").delay(std::chrono::milliseconds(500));
    upload.parts[number] = request.body;
    part_taken_.notify_all();
    return Answer(200).header("ETag", "\"e\"");
  }

  Answer join(const std::string& list, Place upload) {
    if (!completes) return error_answer(403, "AccessDenied");
    std::string bytes;
    std::size_t last = 5 * mib;
    for (const auto& [number, part] : upload->second.parts) {
      if (!contains(list, "<PartNumber>" + std::to_string(number) + "</PartNumber>")) continue;
      if (last < 5 * mib) return error_answer(400, "EntityTooSmall");
      bytes += part;
      last = part.size();
    }
    object_ = bytes;
    mark_ = upload->second.mark;
    uploads_.erase(upload);
    return completed();
  }

  std::mutex mutex_;  // guards the members below
  std::condition_variable part_taken_;
  int started_ = 0;
  std::map<std::string, Upload> uploads_;
  std::optional<SeenRequest> record_, made_;
  std::optional<std::string> object_;
  std::string mark_;  // of the object
};

void close_with(sdk::Driver& driver, const std::string& bytes) {
  const auto w = writer(driver, "/k");
  write(*w, bytes);
  keep(*w);
}

// Appends to a service that refuses one of the requests.
void fail_to_append(sdk::Driver& driver, const std::string& bytes) {
  const auto w = appender(driver, "/k");
  CHECK(status_of([&] {
          write(*w, bytes);
          commit(*w);
        }) == BERTH_STATUS_PERMISSION_DENIED);
}

// Loses the answer to the first start of an upload; later lists of uploads get this answer.
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
  BucketOfOneKey service;
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

TEST_CASE("parts that a failed append sent after a gap are in no later object") {
  BucketOfOneKey service;
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

TEST_CASE("parts that a dead writer left after a gap are in no later object") {
  BucketOfOneKey service;
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

TEST_CASE("where there is an object, an upload is resumed only if its writer was closed") {
  // The one that died had the last two mebibytes of the object in its memory only.
  for (const auto& [record, size] : std::vector<std::pair<std::optional<Answer>, std::size_t>>{
           {std::nullopt, 12 * mib},
           {record_of("u0", 10 * mib, "another's"), 12 * mib},
           {record_of("u1", 15 * mib, ""), 12 * mib},
           {record_of("u1", 10 * mib, "abc", "another object"), 12 * mib},
           {record_of("u1", 10 * mib, "abc", ""), 12 * mib},
           {record_of("u1", 10 * mib, ""), 10 * mib},
           {record_of("u1", 10 * mib, "abc"), 10 * mib + 3},
           // The second part is of an append that was not closed.
           {record_of("u1", 5 * mib, "abc"), 5 * mib + 3},
           // A part that existed when it was closed is missing.
           {record_of("u1", 7 * mib, ""), 12 * mib}}) {
    ObjectAndUpload there(record);
    ScriptedStore store(there.service.handler(), small_parts());
    CHECK(appender(*store.driver, "/k")->size() == size);
  }
}

TEST_CASE("a start of an upload whose answer was lost leaves no second upload") {
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

TEST_CASE("cancel removes what an append had to publish, unless it was replaced since") {
  for (const bool ours : {true, false}) {
    CAPTURE(ours);
    UploadService service;
    std::atomic<int> heads{0};
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method == "HEAD")  // at open, twice after publishing, before the removal
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

TEST_CASE("type and metadata of a small object survive the closes of its writers") {
  for (const bool committed : {true, false}) {
    CAPTURE(committed);
    BucketOfOneKey service;
    ScriptedStore store(service.handler(), small_parts());
    if (committed) {
      service.hold("abc");
    } else {
      sdk::WriteOptions options;
      const FakeAttributes attributes{{"content-type", "text/x"}};
      options.attributes = attributes;
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

TEST_CASE("the record of a completed upload is removed even if the call ends before") {
  BucketOfOneKey service;
  ScriptedStore store(service.handler(), small_parts());
  close_with(*store.driver, std::string(5 * mib, 'x') + "abc");
  const auto w = appender(*store.driver, "/k");
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  service.is_busy = true;
  w->commit({}, call);
  CHECK_FALSE(service.has_record());
}

TEST_CASE("an upload is aborted if a second one, of a lost answer, cannot be searched for") {
  UploadService service;
  service.other = losing_a_start(error_answer(403, "AccessDenied"));
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/k");
  CHECK(status_of([&] {
          write(*w, std::string(6 * mib, 'x'));
          commit(*w);
        }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(service.aborts == 1);
}

TEST_CASE("a failure leaves what an append had to publish, and a cancel after it removes that") {
  for (const bool cancels : {true, false}) {
    BucketOfOneKey service;
    service.hold({{1, "abc"}});
    ScriptedStore store(service.handler(), small_parts());
    const auto w = appender(*store.driver, "/k");
    service.refused_part = 1;
    CHECK(status_of([&] {
            write(*w, std::string(6 * mib, 'x'));
            commit(*w);
          }) == BERTH_STATUS_PERMISSION_DENIED);
    CHECK(service.object() == "abc");
    if (cancels) cancel(*w);
    CHECK(service.object().has_value() != cancels);
    CHECK(service.uploads() == 0);
  }
}

TEST_CASE("what an append had to publish stays when the append is closed") {
  BucketOfOneKey service;
  service.hold({{1, "abc"}});
  ScriptedStore store(service.handler(), small_parts());
  const auto w = appender(*store.driver, "/k");
  keep(*w);
  CHECK(service.object() == "abc");
  CHECK(appender(*store.driver, "/k")->size() == 3);
}

TEST_CASE("a resumed upload has the parts of all pages") {
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

TEST_CASE("the newest upload is found after a page of older ones, with markers and without") {
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

TEST_CASE("a list of uploads that repeats a page is an error, not a loop") {
  ScriptedStore store([](const SeenRequest& request) {
    if (!lists_uploads(request)) return not_found();
    return uploads_answer("<IsTruncated>true</IsTruncated>" + upload_element("k", "u1"));
  });
  CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(store.server.count() == 3);
}

TEST_CASE("a new writer aborts the uploads of its path, on every page") {
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

TEST_CASE("a remove aborts the uploads below its path, on every page, and no sibling's") {
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

// ---- Whole writes void unfinished uploads, also within one second of the service's clock.

TEST_CASE("an upload that a put voided is not resumed, and its parts are aborted") {
  for (const char* bytes : {"", "abc"}) {
    BucketOfOneKey service;
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
    CHECK(service.uploads() == 0);
    CHECK_FALSE(service.has_record());
    write(*w, "+");
    commit(*w);
    CHECK(service.object() == std::string(bytes) + "+");
  }
}

TEST_CASE("an upload that a put voided does not come back when the object is moved or removed") {
  for (const bool moves : {true, false}) {
    BucketOfOneKey service;
    ScriptedStore store(service.handler(), small_parts());
    close_with(*store.driver, "stale");
    put(*store.driver, "/k", "new");
    moves ? move(*store.driver, "/k", "/elsewhere") : remove(*store.driver, "/k");
    CHECK(service.uploads() == 0);
    CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  }
}

TEST_CASE("a writer fails to close and to commit after a put, whatever its size") {
  for (const bool closes : {true, false})
    for (const std::size_t size : {std::size_t{3}, 6 * mib}) {
      CAPTURE(closes);
      CAPTURE(size);
      BucketOfOneKey service;
      ScriptedStore store(service.handler(), small_parts());
      const auto w = writer(*store.driver, "/k");
      write(*w, std::string(size, 'x'));
      put(*store.driver, "/k", "new");
      CHECK(status_of([&] { closes ? keep(*w) : commit(*w); }) == BERTH_STATUS_PRECONDITION_FAILED);
      CHECK(service.object() == "new");
      CHECK(service.uploads() == 0);
      CHECK_FALSE(service.has_record());
    }
}

TEST_CASE("of two writers that resume one upload, the one that ends later fails") {
  for (const bool first_commits : {true, false})
    for (const bool second_commits : {true, false}) {
      CAPTURE(first_commits);
      CAPTURE(second_commits);
      BucketOfOneKey service;
      ScriptedStore store(service.handler(), small_parts());
      close_with(*store.driver, "abc");
      const auto first = appender(*store.driver, "/k");
      const auto second = appender(*store.driver, "/k");
      write(*first, "1");
      write(*second, "2");
      first_commits ? commit(*first) : keep(*first);
      CHECK(status_of([&] { second_commits ? commit(*second) : keep(*second); }) ==
            BERTH_STATUS_PRECONDITION_FAILED);
      const auto w = appender(*store.driver, "/k");
      commit(*w);
      CHECK(service.object() == "abc1");
    }
}

TEST_CASE("a writer whose upload another one aborted fails at its next part") {
  BucketOfOneKey service;
  ScriptedStore store(service.handler(), small_parts());
  const auto early = writer(*store.driver, "/k");
  write(*early, std::string(6 * mib, 'x'));
  service.await_part(1);
  const auto late = writer(*store.driver, "/k");
  CHECK(status_of([&] { commit(*early); }) == BERTH_STATUS_PRECONDITION_FAILED);
  commit(*late);
  CHECK(service.object() == "");
}

TEST_CASE("a close fails if the service lost a part") {
  BucketOfOneKey service;
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/k");
  write(*w, std::string(6 * mib, 'x'));
  service.await_part(1);
  service.lose_parts();
  CHECK(status_of([&] { keep(*w); }) == BERTH_STATUS_CORRUPT);
  CHECK_FALSE(service.has_record());
}

// ---- Two appends that each begin an upload of their own

TEST_CASE("of two appends to an object, the one that ends later fails") {
  for (const std::size_t size : {std::size_t{3}, 5 * mib + 3})
    for (const bool first_commits : {true, false})
      for (const bool second_commits : {true, false}) {
        CAPTURE(size);
        CAPTURE(first_commits);
        CAPTURE(second_commits);
        BucketOfOneKey service;
        ScriptedStore store(service.handler());  // one part of 10 MiB holds the whole object
        service.hold(std::string(size, 'x'));
        const auto first = appender(*store.driver, "/k");
        const auto second = appender(*store.driver, "/k");
        write(*first, "1");
        write(*second, "2");
        first_commits ? commit(*first) : keep(*first);
        CHECK(status_of([&] { second_commits ? commit(*second) : keep(*second); }) ==
              BERTH_STATUS_PRECONDITION_FAILED);
        CHECK(service.uploads() == (first_commits ? 0 : 1));
        commit(*appender(*store.driver, "/k"));
        CHECK(service.object() == std::string(size, 'x') + "1");
      }
}

TEST_CASE("of two appends to an upload of another program, the one that ends later fails") {
  for (const bool second_commits : {true, false}) {
    BucketOfOneKey service;
    ScriptedStore store(service.handler(), small_parts());
    service.hold({{1, std::string(5 * mib, 'x')}});
    const auto first = appender(*store.driver, "/k");
    const auto second = appender(*store.driver, "/k");
    write(*first, "1");
    write(*second, "2");
    keep(*first);
    CHECK(status_of([&] { second_commits ? commit(*second) : keep(*second); }) ==
          BERTH_STATUS_PRECONDITION_FAILED);
    commit(*appender(*store.driver, "/k"));
    CHECK(service.object() == std::string(5 * mib, 'x') + "1");
  }
}

TEST_CASE("of two appends that are closed at the same time, one fails by the service's condition") {
  BucketOfOneKey service;
  ScriptedStore store(service.handler(), small_parts());
  service.hold("abc");
  const auto first = appender(*store.driver, "/k");
  const auto second = appender(*store.driver, "/k");
  write(*first, "1");
  write(*second, "2");
  keep(*first);
  service.hidden_records = 1;  // the check of the second one comes before the first one's record
  CHECK(message_of([&] { keep(*second); }) ==
        "another writer of 'k' was closed after this writer was opened; nothing of this writer was "
        "saved or published. Append again to continue the other writer's upload");
  CHECK(appender(*store.driver, "/k")->size() == 4);
}

TEST_CASE("a close recognises its own record when the answer to writing it was lost") {
  BucketOfOneKey service;
  ScriptedStore store(service.handler(), small_parts());
  service.hold("abc");
  service.loses_record_put = true;
  const auto w = appender(*store.driver, "/k");
  write(*w, "d");
  keep(*w);
  CHECK(appender(*store.driver, "/k")->size() == 4);
}

TEST_CASE("a record of an upload that the service has dropped prevents no close and no commit") {
  for (const bool commits : {true, false}) {
    BucketOfOneKey service;
    ScriptedStore store(service.handler(), small_parts());
    service.hold("abc");
    {
      const auto w = appender(*store.driver, "/k");
      write(*w, "dropped");
      keep(*w);
    }
    service.lose_uploads();
    const auto w = appender(*store.driver, "/k");
    CHECK(w->size() == 3);
    write(*w, "d");
    commits ? commit(*w) : keep(*w);
    commit(*appender(*store.driver, "/k"));
    CHECK(service.object() == "abcd");
  }
}

TEST_CASE("an append to an object without an ETag is refused, and starts no upload") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return Answer(200).announce(12 * mib).no_body();
    return lists_uploads(request) ? no_uploads() : error_answer(403, "AccessDenied");
  });
  CHECK(
      message_of([&] { appender(*store.driver, "/k"); }) ==
      "cannot append to 'k': the service reports no ETag for the object, so that a replacement of "
      "it would not be noticed; a proxy may have dropped the header");
  CHECK(store.log() == std::vector<std::string>{"HEAD /b/k"});
}
