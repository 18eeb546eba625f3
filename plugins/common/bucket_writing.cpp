// SPDX-License-Identifier: Apache-2.0
//
// The services join parts of some size at least (S3: 5 MiB, OSS: 100 KiB), the last excepted. So a
// writer that is closed without commit leaves full parts, and its last bytes beside them
// (bucket_tails.cpp). Other programs leave a small last part, which cannot be read back: then the
// upload has to be completed first.
#include "common/bucket_writing.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "common/bucket_copying.hpp"
#include "common/bucket_reading.hpp"
#include "common/dates.hpp"
#include "common/multipart_writer.hpp"
#include "common/object_reader.hpp"

namespace berth::common {
namespace {

void refuse_existing(Bucket& bucket, const std::string& key, const sdk::Call& call) {
  if (bucket.head(key, call))
    throw sdk::Error(BERTH_ALREADY_EXISTS, "'" + key + "' exists already");
}

// Where a writer goes on.
struct Continuation {
  NewUpload upload;         // without id: none is there yet
  Description description;  // of the object that is added to
  MultipartStart start;
  bool has_tail = false;   // last bytes lie beside the upload
  bool published = false;  // the unfinished upload had to be completed to go on
};

class UploadTarget final : public MultipartTarget {
 public:
  UploadTarget(Bucket& bucket, std::string key, const sdk::WriteOptions& options,
               const Continuation& found)
      : bucket_(bucket),
        key_(std::move(key)),
        description_(found.description),
        create_only_(options.create_only && !options.append),
        upload_(found.upload),
        has_tail_(found.has_tail),
        published_(found.published) {
    if (!options.content_type.empty()) description_.content_type = options.content_type;
    for (const Part& part : found.start.parts) sent_ += part.size;
  }

  void put_whole(std::string_view bytes, const sdk::Call& call) override {
    bucket_.put(key_, bytes, description_, create_only_, call);
    published_ = false;
  }

  void begin(const sdk::Call& call) override {
    upload_ = bucket_.start_upload(key_, description_, create_only_, call);
  }

  http::Plan part(uint32_t number, std::string_view bytes) override {
    const Operation operation =
        bucket_.part_operation(key_, upload_.id, static_cast<int>(number), bytes);
    sent_ += bytes.size();
    const std::lock_guard lock(mutex_);
    operations_[number] = operation;
    return plan(bucket_.service(), operation, nullptr);
  }

  std::string tag(uint32_t number, const http::Response& answer) override {
    Operation operation;
    {
      const std::lock_guard lock(mutex_);
      operation = std::move(operations_.extract(number).mapped());
    }
    return bucket_.part_of(static_cast<int>(number), 0, operation, answer).tag;
  }

  bool keep_tail(std::string_view bytes, const sdk::Call& call) override {
    const bool beside = !bytes.empty() && bytes.size() < bucket_.options().smallest_part;
    if (beside)
      bucket_.put_tail(key_, upload_.id, sent_, bytes, call);
    else if (has_tail_)
      bucket_.remove_tail(key_, call);
    has_tail_ = beside;
    return bytes.size() < bucket_.options().smallest_part;
  }

  void complete(const std::vector<Part>& parts, const sdk::Call& call) override {
    // Not every service heeds the condition on completing, so it is looked at before as well.
    if (create_only_) refuse_existing(bucket_, key_, call);
    bucket_.complete_upload(key_, upload_, parts, create_only_, call);
    if (has_tail_) forget_tail(call);
  }

  // Also takes back what an append had to publish.
  void abort(const sdk::Call& call) override {
    if (!upload_.id.empty()) bucket_.abort_upload(key_, upload_.id, call);
    if (has_tail_) bucket_.remove_tail(key_, call);
    if (published_) bucket_.remove({key_}, call);
  }
  std::string name() const override { return upload_.id; }

 private:
  // The object is there; what stays beside it belongs to no upload any more.
  void forget_tail(const sdk::Call& call) noexcept {
    try {
      bucket_.remove_tail(key_, call);
    } catch (const sdk::Error& error) {
      sdk::log(BERTH_LOG_WARN, "left-over of a finished upload: " + error.message());
    }
  }

  Bucket& bucket_;
  const std::string key_;
  Description description_;
  const bool create_only_;
  NewUpload upload_;
  bool has_tail_;
  bool published_;
  uint64_t sent_ = 0;  // bytes in parts
  std::mutex mutex_;   // of operations_
  std::map<uint32_t, Operation> operations_;
};

uint64_t size_of(const std::vector<Part>& parts) {
  return std::accumulate(parts.begin(), parts.end(), uint64_t{0},
                         [](uint64_t sum, const Part& part) { return sum + part.size; });
}

// Finds out where to go on, and prepares it.
class Resumption {
 public:
  Resumption(Bucket& bucket, const std::string& key, const sdk::Call& call)
      : bucket_(bucket), key_(key), call_(call) {}

  Continuation run() {
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    const std::optional<Upload> upload = unfinished(object);
    if (upload) return from_upload(*upload);
    if (!object) throw sdk::path_not_found();
    return from_object(*object);
  }

 private:
  // The newest upload, unless the object is newer: then it was replaced since.
  std::optional<Upload> unfinished(const std::optional<KeptObject>& object) const {
    const std::vector<Upload> uploads = bucket_.uploads(key_, call_);
    if (uploads.empty()) return std::nullopt;
    constexpr int64_t second = 1'000'000'000;
    const auto begun = parse_iso_date(uploads.back().initiated);
    const bool replaced =
        object && begun && object->mtime_ns && *begun / second * second < *object->mtime_ns;
    if (replaced) return std::nullopt;
    return uploads.back();
  }

  Continuation from_upload(const Upload& upload) const {
    const std::vector<Part> parts = whole_beginning(bucket_.parts(key_, upload.id, call_));
    const auto tail = bucket_.tail(key_, upload.id, size_of(parts), call_);
    if (!tail && !parts.empty() && parts.back().size < bucket_.options().smallest_part)
      return publish(upload, parts);
    Continuation found;
    found.upload.id = upload.id;
    found.start.begun = true;
    found.start.parts = parts;
    found.start.tail = tail.value_or("");
    found.has_tail = tail.has_value();
    return found;
  }

  // A writer that died may have left parts behind a gap.
  static std::vector<Part> whole_beginning(std::vector<Part> parts) {
    size_t count = 0;
    while (count < parts.size() && parts[count].number == count + 1) ++count;
    parts.resize(count);
    return parts;
  }

  // A part this small can only be the last one, and its bytes can be had only from an object.
  Continuation publish(const Upload& upload, const std::vector<Part>& parts) const {
    bucket_.complete_upload(key_, {upload.id, {}}, parts, false, call_);
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    if (!object || object->size != size_of(parts))
      throw sdk::Error(BERTH_UNAVAILABLE, "another writer has replaced '" + key_ + "'");
    Continuation found = from_object(*object);
    found.published = true;
    // A cancel has something to take back, so there must be an upload to cancel.
    if (found.upload.id.empty())
      found.upload = bucket_.start_upload(key_, object->description, false, call_);
    found.start.begun = true;
    return found;
  }

  // Full parts are copied on the service's side; what is left is smaller than a part.
  Continuation from_object(const KeptObject& object) const {
    std::vector<ByteRange> ranges;
    uint64_t done = 0;
    for (uint32_t number = 1;; ++number) {
      const uint64_t size = bucket_.part_plan().size(number, done);
      if (object.size - done < size) break;
      ranges.push_back({done, size});
      done += size;
    }
    Continuation found;
    found.description = object.description;
    if (const uint64_t rest = object.size - done; rest != 0)
      found.start.tail =
          read_exactly(*open_reader(bucket_, key_, {done, rest}, call_), object.etag, rest, call_);
    if (!ranges.empty()) copy_into_upload(object, ranges, found);
    return found;
  }

  void copy_into_upload(const KeptObject& object, const std::vector<ByteRange>& ranges,
                        Continuation& found) const {
    found.upload = bucket_.start_upload(key_, object.description, false, call_);
    found.start.begun = true;
    try {
      found.start.parts =
          copy_parts(bucket_, key_, object.etag, key_, found.upload.id, ranges, call_);
    } catch (const sdk::Error& error) {
      throw bucket_.abandon_upload(key_, found.upload.id, error);
    }
  }

  Bucket& bucket_;
  const std::string& key_;
  const sdk::Call& call_;
};

}  // namespace

std::unique_ptr<sdk::Writer> open_writer(Bucket& bucket, std::string key,
                                         const sdk::WriteOptions& options, const sdk::Call& call) {
  Continuation found;
  if (options.append) {
    found = Resumption(bucket, key, call).run();
  } else {
    if (options.create_only) refuse_existing(bucket, key, call);
    // Starting over: a later append must not find what was given up, nor anybody pay for it.
    for (const Upload& upload : bucket.uploads(key, call)) {
      bucket.abort_upload(key, upload.id, call);
      bucket.remove_tail(key, call);
    }
  }
  const PartPlan& standard = bucket.part_plan();
  const PartPlan plan =
      options.size_hint && !options.append ? standard.for_size(*options.size_hint) : standard;
  auto target = std::make_unique<UploadTarget>(bucket, std::move(key), options, found);
  return std::make_unique<MultipartWriter>(std::move(target), bucket.transfers(), plan,
                                           bucket.options().upload_concurrency,
                                           std::move(found.start));
}

}  // namespace berth::common
