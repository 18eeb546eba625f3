// SPDX-License-Identifier: Apache-2.0
#include "bucket/writer.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "bucket/resume.hpp"
#include "common/multipart_writer.hpp"
#include "common/own_call.hpp"

namespace berth::bucket {
namespace {

sdk::Error already_exists(const std::string& key) {
  return sdk::Error(BERTH_ALREADY_EXISTS, "'" + key + "' exists already");
}

void refuse_existing(Bucket& bucket, const std::string& key, const sdk::Call& call) {
  if (bucket.head(key, call)) throw already_exists(key);
}

class UploadTarget final : public common::MultipartTarget {
 public:
  UploadTarget(Bucket& bucket, std::string key, const sdk::WriteOptions& options,
               const WriterOrigin& found)
      : bucket_(bucket),
        key_(std::move(key)),
        description_(found.description),
        create_only_(options.create_only && !options.append),
        is_new_(!options.append),
        upload_(found.upload),
        has_record_(found.has_record),
        base_(found.base),
        record_mark_(found.record_mark),
        published_(found.published) {
    if (!options.content_type.empty()) description_.content_type = options.content_type;
  }

  void put_whole(std::string_view bytes, const sdk::Call& call) override {
    if (!create_only_) check_not_overtaken(call);
    bucket_.put(key_, bytes, description_, create_only_, call);
  }

  void begin(const sdk::Call& call) override {
    upload_ = bucket_.start_upload(key_, description_, call);
    if (!upload_.resent || !is_new_) return;
    try {
      abort_others(call);
    } catch (const sdk::Error& error) {
      throw bucket_.abandon_upload(key_, upload_.id, error);
    }
  }

  size_t smallest_part() const noexcept override { return bucket_.settings().smallest_part; }

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

  void kept(const std::vector<common::Part>& parts, std::string_view rest,
            const sdk::Call& call) override {
    check_not_overtaken(call);
    check_stored(parts, while_not_aborted([&] { return bucket_.parts(key_, upload_.id, call); }));
    bucket_.put_record(
        key_, {upload_.id, common::size_of(parts), std::string(rest), description_, base_, {}},
        call);
    has_record_ = true;
  }

  void complete(const std::vector<common::Part>& parts, const sdk::Call& call) override {
    // Not every service heeds the condition on completing, so it is looked at before as well.
    if (create_only_)
      refuse_existing(bucket_, key_, call);
    else
      check_not_overtaken(call);
    while_not_aborted([&] { bucket_.complete_upload(key_, upload_, parts, create_only_, call); });
    if (has_record_) remove_stale_record();
  }

  void abort(const sdk::Call& call) override {
    if (!upload_.id.empty()) bucket_.abort_upload(key_, upload_.id, call);
    if (has_record_) bucket_.remove_record(key_, call);
  }

  void take_back(const sdk::Call& call) override {
    const auto object = bucket_.head(key_, call);
    if (object && object->etag == published_) bucket_.remove({key_}, call);
  }

  std::string name() const override { return upload_.id; }

 private:
  [[nodiscard]] sdk::Error overtaken() const {
    return sdk::Error(BERTH_PRECONDITION_FAILED,
                      "'" + key_ +
                          "' was written, moved or removed by another writer since this one was "
                          "opened; nothing of this one is published");
  }

  void check_not_overtaken(const sdk::Call& call) {
    if (version_of(bucket_.head(key_, call)) != base_) throw overtaken();
    if (!record_mark_.empty() && bucket_.record_mark(key_, call) != record_mark_) throw overtaken();
  }

  // Each part must be there in full, or the next append would resume at the wrong byte.
  void check_stored(const std::vector<common::Part>& sent,
                    const std::vector<common::Part>& stored) const {
    for (const common::Part& part : sent) {
      const auto is_it = [&part](const common::Part& other) { return other.number == part.number; };
      const auto found = std::find_if(stored.begin(), stored.end(), is_it);
      if (found == stored.end() || found->size != part.size)
        throw sdk::Error(BERTH_CORRUPT, "the service does not have part " +
                                            std::to_string(part.number) + " of upload " +
                                            upload_.id + " with its " + std::to_string(part.size) +
                                            " bytes");
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

  // Those that an answer was lost of.
  void abort_others(const sdk::Call& call) {
    for (const Upload& other : bucket_.uploads(key_, call))
      if (other.id != upload_.id) bucket_.abort_upload(key_, other.id, call);
  }

  // The object is there; what stays beside it belongs to no upload any more.
  void remove_stale_record() noexcept {
    try {
      bucket_.remove_record(key_, common::OwnCall(common::grace).call());
    } catch (const sdk::Error& error) {
      sdk::log(BERTH_LOG_WARN, "left-over of a finished upload: " + error.message());
    }
  }

  Bucket& bucket_;
  const std::string key_;
  Description description_;
  const bool create_only_;
  const bool is_new_;  // adds to nothing
  NewUpload upload_;
  bool has_record_;
  const ObjectVersion base_;
  const std::string record_mark_;
  const std::string published_;  // ETag
  std::mutex mutex_;             // of operations_
  std::map<uint32_t, Operation> operations_;
};

}  // namespace

std::unique_ptr<sdk::Writer> open_writer(Bucket& bucket, std::string key,
                                         const sdk::WriteOptions& options, const sdk::Call& call) {
  WriterOrigin found;
  if (options.append) {
    found = resume(bucket, key, call);
  } else {
    const std::optional<KeptObject> object = bucket.head(key, call);
    if (options.create_only && object) throw already_exists(key);
    found.base = version_of(object);
    // Starting over: a later append must not resume what was given up.
    bucket.abort_uploads(key, call);
  }
  const common::PartPlan plan = bucket.part_plan().for_writer(options);
  auto target = std::make_unique<UploadTarget>(bucket, std::move(key), options, found);
  return std::make_unique<common::MultipartWriter>(std::move(target), bucket.transfers(), plan,
                                                   bucket.settings().upload_concurrency,
                                                   std::move(found.start));
}

}  // namespace berth::bucket
