// SPDX-License-Identifier: Apache-2.0
//
// One object on its way into the bucket, for common::MultipartWriter. resume.cpp has the rules for
// unfinished uploads; here are their checks at commit and close.
#include "bucket/writer.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "bucket/resume.hpp"
#include "common/cleanup_call.hpp"
#include "common/multipart_writer.hpp"

namespace berth::bucket {
namespace {

sdk::Error already_exists(const std::string& key) {
  return sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "the object " + quoted(key) + " already exists");
}

void refuse_existing(Bucket& bucket, const std::string& key, const sdk::Call& call) {
  if (bucket.head(key, call)) throw already_exists(key);
}

class UploadTarget final : public common::MultipartTarget {
 public:
  UploadTarget(Bucket& bucket, std::string key, const sdk::WriteOptions& options,
               const WriterOrigin& origin)
      : bucket_(bucket),
        key_(std::move(key)),
        description_(origin.description),
        create_only_(options.create_only && !options.append),
        appends_(options.append),
        upload_(origin.upload),
        has_record_(origin.has_record),
        base_(origin.base),
        record_mark_(origin.record_mark),
        published_(origin.published) {
    if (!options.append && !options.attributes.empty())
      description_ = bucket.description_of(options.attributes);
  }

  void put_whole(std::string_view bytes, const sdk::Call& call) override {
    if (!create_only_) check_before_commit(call);
    etag_ = bucket_.put(key_, bytes, description_, create_only_, call);
  }

  void begin(const sdk::Call& call) override {
    upload_ = bucket_.start_upload(key_, description_, call);
    if (!upload_.resent || appends_) return;
    try {
      abort_others(call);
    } catch (const sdk::Error& error) {
      throw bucket_.abandon_upload(key_, upload_.id, error);
    }
  }

  std::size_t smallest_part() const noexcept override { return bucket_.settings().smallest_part; }

  http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call& call) override {
    const Operation operation =
        bucket_.part_operation(key_, upload_.id, static_cast<int>(number), bytes);
    {
      const std::lock_guard lock(mutex_);
      operations_[number] = operation;
    }
    return background_plan(bucket_.requests(), operation, call);
  }

  std::string tag(uint32_t number, const http::Response& answer) override {
    Operation operation;
    {
      const std::lock_guard lock(mutex_);
      operation = std::move(operations_.extract(number).mapped());
    }
    return while_not_aborted(
        [&] { return bucket_.part_of(static_cast<int>(number), 0, operation, answer).tag; });
  }

  void on_suspend(const std::vector<common::Part>& parts, std::string_view pending,
                  const sdk::Call& call) override {
    check_object(call);
    const bool has_old_record = check_record(call);
    check_stored(parts, while_not_aborted([&] { return bucket_.parts(key_, upload_.id, call); }));
    put_record({upload_.id, common::size_of(parts), std::string(pending), description_, base_, {}},
               !has_old_record, call);
    has_record_ = true;
  }

  void complete(const std::vector<common::Part>& parts, const sdk::Call& call) override {
    check_before_commit(call);
    etag_ = while_not_aborted(
        [&] { return bucket_.complete_upload(key_, upload_, parts, create_only_, call); });
    if (has_record_) remove_old_record();
  }

  void abort(const sdk::Call& call) override {
    if (!upload_.id.empty()) bucket_.abort_upload(key_, upload_.id, call);
    if (has_record_) bucket_.remove_record(key_, call);
  }

  void remove_published(const sdk::Call& call) override {
    const auto object = bucket_.head(key_, call);
    if (object && object->etag == published_) bucket_.remove({key_}, call);
  }

  std::string etag() const override { return etag_; }

  std::string name() const override { return upload_.id; }

 private:
  [[nodiscard]] sdk::Error overtaken() const {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "another writer wrote, moved or removed " + quoted(key_) +
                          " after this writer was opened; nothing of this writer was published");
  }
  [[nodiscard]] sdk::Error closed_since() const {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "another writer of " + quoted(key_) +
                          " was closed after this writer was opened; nothing of this writer was "
                          "saved or published. Append again to continue the other writer's upload");
  }

  // Not every service honours the condition on completing an upload, so it is checked before as
  // well.
  void check_before_commit(const sdk::Call& call) {
    if (create_only_) return refuse_existing(bucket_, key_, call);
    check_object(call);
    if (appends_) (void)check_record(call);
  }

  void check_object(const sdk::Call& call) {
    if (version_of(bucket_.head(key_, call)) != base_) throw overtaken();
  }

  // Throws if another writer saved its upload after this one was opened. Returns whether there is a
  // record: the one found at the opening, or one of an upload that no longer exists.
  bool check_record(const sdk::Call& call) {
    const std::optional<UploadRecord> record = bucket_.peek_record(key_, call);
    if (record_mark_) {
      if (!record) throw overtaken();
      if (record->mark != *record_mark_) throw closed_since();
    } else if (record && !is_void(*record, base_) && has_upload(record->upload, call)) {
      throw closed_since();
    }
    return record.has_value();
  }

  [[nodiscard]] bool has_upload(const std::string& id, const sdk::Call& call) {
    const std::vector<Upload> uploads = bucket_.uploads(key_, call);
    return std::any_of(uploads.begin(), uploads.end(),
                       [&id](const Upload& upload) { return upload.id == id; });
  }

  void put_record(const UploadRecord& record, bool create_only, const sdk::Call& call) {
    try {
      (void)bucket_.put_record(key_, record, create_only, call);
    } catch (const sdk::Error& error) {
      if (error.status() != BERTH_STATUS_ALREADY_EXISTS) throw;
      throw closed_since()
          .code(error.code())
          .request_id(error.request_id())
          .protocol_status(error.protocol_status());
    }
  }

  // The service must have every part in full, or the next append would resume at the wrong byte.
  void check_stored(const std::vector<common::Part>& sent,
                    const std::vector<common::Part>& stored) const {
    for (const common::Part& part : sent) {
      const auto is_it = [&part](const common::Part& other) { return other.number == part.number; };
      const auto found = std::find_if(stored.begin(), stored.end(), is_it);
      if (found == stored.end() || found->size != part.size)
        throw sdk::Error(BERTH_STATUS_CORRUPT,
                         "the service has lost or truncated part " + std::to_string(part.number) +
                             " (" + std::to_string(part.size) + " bytes) of the upload " +
                             upload_.id + " of " + quoted(key_));
    }
  }

  // Another writer of the key, or a remove, may have aborted the upload.
  template <class Step>
  auto while_not_aborted(const Step& step) const -> decltype(step()) {
    try {
      return step();
    } catch (const sdk::Error& error) {
      if (error.code() != "NoSuchUpload") throw;
      throw overtaken()
          .code(error.code())
          .request_id(error.request_id())
          .protocol_status(error.protocol_status());
    }
  }

  // Uploads that this writer started by a request whose answer was lost.
  void abort_others(const sdk::Call& call) {
    for (const Upload& other : bucket_.uploads(key_, call))
      if (other.id != upload_.id) bucket_.abort_upload(key_, other.id, call);
  }

  // The object exists; the record no longer belongs to any upload.
  void remove_old_record() noexcept {
    try {
      bucket_.remove_record(key_, common::CleanupCall(common::cleanup_timeout).call());
    } catch (const sdk::Error& error) {
      sdk::log(BERTH_LOG_WARN, "cannot remove the record of the completed upload of " +
                                   quoted(key_) + ": " + error.message());
    }
  }

  Bucket& bucket_;
  const std::string key_;
  Description description_;
  const bool create_only_;
  const bool appends_;
  NewUpload upload_;
  bool has_record_;
  const ObjectVersion base_;
  const std::optional<std::string> record_mark_;
  const std::string published_;  // ETag
  std::string etag_;             // of the object that this writer published
  std::mutex mutex_;             // guards operations_
  std::map<uint32_t, Operation> operations_;
};

}  // namespace

std::unique_ptr<sdk::Writer> open_writer(Bucket& bucket, std::string key,
                                         const sdk::WriteOptions& options, const sdk::Call& call) {
  WriterOrigin origin;
  if (options.append) {
    std::optional<Description> given;
    if (!options.attributes.empty()) given = bucket.description_of(options.attributes);
    origin = resume(bucket, key, given, call);
  } else {
    const std::optional<KeptObject> object = bucket.head(key, call);
    if (options.create_only && object) throw already_exists(key);
    origin.base = version_of(object);
    // A later append must not resume an upload that this writer replaces.
    bucket.abort_uploads(key, call);
  }
  const common::PartPlan plan = bucket.part_plan().for_writer(options);
  auto target = std::make_unique<UploadTarget>(bucket, std::move(key), options, origin);
  return std::make_unique<common::MultipartWriter>(std::move(target), bucket.transfers(), plan,
                                                   bucket.settings().upload_concurrency,
                                                   std::move(origin.start));
}

}  // namespace berth::bucket
