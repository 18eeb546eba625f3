// SPDX-License-Identifier: Apache-2.0
//
// The services join parts of some size at least (S3: 5 MiB, OSS: 100 KiB), the last excepted. So a
// writer that is closed without commit leaves full parts, and its last bytes beside them
// (tails.cpp). Other programs leave a small last part, which cannot be read back: then the
// upload has to be completed first.
//
// Where there is an object, an append resumes an upload only if its writer was closed. The upload
// of one that died may lack what was in its memory: bytes of the object that it was adding to.
//
// Which upload an append may resume:
// 1. Opening a writer notes the version of the object (or that there is none); closing it records
//    that version with the upload.
// 2. An append resumes the recorded upload only if the object is still that version. Otherwise a
//    whole write has voided the upload, and the append aborts it.
// 3. remove, and a move of the object, abort the uploads of the key, so that the version "no
// object"
//    does not come back with an upload that an object has voided since.
// 4. Commit and close check the version again, and that the upload is still there: a writer that
// was
//    overtaken fails with PRECONDITION_FAILED.
// An upload that another program left has no record: it is resumed only where there is no object.
//
// Of a closed upload count the parts that were there at the close, and what lies beside it. Parts
// behind them were sent by an append that failed or died: their order of arrival is any, so they
// may have gaps, which the next writer would fill with bytes of its own. It overwrites their
// numbers, or does not name them at completing.
#include "common/bucket/writing.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "common/bucket/copying.hpp"
#include "common/bucket/reading.hpp"
#include "common/multipart_writer.hpp"
#include "common/object_reader.hpp"
#include "common/own_call.hpp"

namespace berth::common {
namespace {

sdk::Error already_exists(const std::string& key) {
  return sdk::Error(BERTH_ALREADY_EXISTS, "'" + key + "' exists already");
}

void refuse_existing(Bucket& bucket, const std::string& key, const sdk::Call& call) {
  if (bucket.head(key, call)) throw already_exists(key);
}

// Where a writer goes on.
struct Continuation {
  ObjectVersion base;       // what the writer adds to, or replaces
  std::string tail_mark;    // of the record that is resumed; empty: none is
  NewUpload upload;         // without id: none is there yet
  Description description;  // of the object that is added to
  MultipartStart start;
  bool has_tail = false;  // something lies beside an upload, this one or an earlier
  std::string published;  // ETag of the object that going on had to publish; empty: none
};

class UploadTarget final : public MultipartTarget {
 public:
  UploadTarget(Bucket& bucket, std::string key, const sdk::WriteOptions& options,
               const Continuation& found)
      : bucket_(bucket),
        key_(std::move(key)),
        description_(found.description),
        create_only_(options.create_only && !options.append),
        is_new_(!options.append),
        upload_(found.upload),
        has_tail_(found.has_tail),
        base_(found.base),
        tail_mark_(found.tail_mark),
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

  size_t smallest_part() const noexcept override { return bucket_.options().smallest_part; }

  http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call& call) override {
    const Operation operation =
        bucket_.part_operation(key_, upload_.id, static_cast<int>(number), bytes);
    {
      const std::lock_guard lock(mutex_);
      operations_[number] = operation;
    }
    return background_plan(bucket_.service(), operation, call);
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

  void kept(const std::vector<Part>& parts, std::string_view rest, const sdk::Call& call) override {
    check_not_overtaken(call);
    check_stored(parts, while_not_aborted([&] { return bucket_.parts(key_, upload_.id, call); }));
    bucket_.put_tail(key_, {upload_.id, size_of(parts), std::string(rest), description_, base_, {}},
                     call);
    has_tail_ = true;
  }

  void complete(const std::vector<Part>& parts, const sdk::Call& call) override {
    // Not every service heeds the condition on completing, so it is looked at before as well.
    if (create_only_)
      refuse_existing(bucket_, key_, call);
    else
      check_not_overtaken(call);
    while_not_aborted([&] { bucket_.complete_upload(key_, upload_, parts, create_only_, call); });
    if (has_tail_) forget_tail();
  }

  void abort(const sdk::Call& call) override {
    if (!upload_.id.empty()) bucket_.abort_upload(key_, upload_.id, call);
    if (has_tail_) bucket_.remove_tail(key_, call);
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
    if (!tail_mark_.empty() && bucket_.tail_mark(key_, call) != tail_mark_) throw overtaken();
  }

  // Each part must be there in full, or the next append would resume at the wrong byte.
  void check_stored(const std::vector<Part>& sent, const std::vector<Part>& stored) const {
    for (const Part& part : sent) {
      const auto is_it = [&part](const Part& other) { return other.number == part.number; };
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
  void forget_tail() noexcept {
    try {
      bucket_.remove_tail(key_, OwnCall(grace).call());
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
  bool has_tail_;
  const ObjectVersion base_;
  const std::string tail_mark_;
  const std::string published_;  // ETag
  std::mutex mutex_;             // of operations_
  std::map<uint32_t, Operation> operations_;
};

// Finds out where to go on, and prepares it.
class Resumption {
 public:
  Resumption(Bucket& bucket, const std::string& key, const sdk::Call& call)
      : bucket_(bucket), key_(key), call_(call) {}

  Continuation run() {
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    std::vector<Upload> uploads = bucket_.uploads(key_, call_);
    auto tail = uploads.empty() ? std::nullopt : bucket_.tail(key_, call_);
    if (tail && is_void(*tail, object)) discard(*std::exchange(tail, std::nullopt), uploads);
    Continuation found = find(object, uploads, tail);
    found.has_tail |= tail.has_value();
    if (found.base.empty()) found.base = version_of(object);
    return found;
  }

 private:
  Continuation find(const std::optional<KeptObject>& object, const std::vector<Upload>& uploads,
                    const std::optional<Tail>& tail) const {
    if (tail)
      if (auto closed = from_closed(uploads, *tail)) return *std::move(closed);
    if (object) return from_object(*object);
    if (uploads.empty()) throw sdk::path_not_found();
    return from_upload(uploads.back());
  }

  // Whether the object is not the one that the upload was opened at. An older version of this
  // program recorded no version: then any object may be newer.
  static bool is_void(const Tail& tail, const std::optional<KeptObject>& object) {
    return tail.base.empty() ? object.has_value() : tail.base != version_of(object);
  }

  void discard(const Tail& tail, std::vector<Upload>& uploads) const {
    const auto named = std::find_if(uploads.begin(), uploads.end(), [&tail](const Upload& upload) {
      return upload.id == tail.upload;
    });
    if (named != uploads.end()) {
      bucket_.abort_upload(key_, named->id, call_);
      uploads.erase(named);
    }
    bucket_.remove_tail(key_, call_);
  }

  std::optional<Continuation> from_closed(const std::vector<Upload>& uploads,
                                          const Tail& tail) const {
    const auto is_named = [&tail](const Upload& upload) { return upload.id == tail.upload; };
    if (std::none_of(uploads.begin(), uploads.end(), is_named)) return std::nullopt;
    std::vector<Part> parts = bucket_.parts(key_, tail.upload, call_);
    cut_at_gap(parts);
    cut_behind(parts, tail.offset);
    if (size_of(parts) != tail.offset) return std::nullopt;
    Continuation found = with_parts(tail.upload, std::move(parts));
    found.tail_mark = tail.mark;
    found.start.tail = tail.bytes;
    found.description = tail.description;
    return found;
  }

  // No record tells what was closed. Where a gap shows that parts were lost, one is made before the
  // gap is filled: to the next append all would look whole.
  Continuation from_upload(const Upload& upload) const {
    std::vector<Part> parts = bucket_.parts(key_, upload.id, call_);
    const bool has_gap = cut_at_gap(parts);
    if (!parts.empty() && parts.back().size < bucket_.options().smallest_part)
      return publish(upload, parts);
    Continuation found = with_parts(upload.id, std::move(parts));
    if (has_gap) {
      found.tail_mark = bucket_.put_tail(
          key_, {upload.id, size_of(found.start.parts), {}, {}, version_of(std::nullopt), {}},
          call_);
      found.has_tail = true;
    }
    return found;
  }

  static Continuation with_parts(const std::string& upload, std::vector<Part> parts) {
    Continuation found;
    found.upload.id = upload;
    found.start.begun = true;
    found.start.kept = true;
    found.start.parts = std::move(parts);
    return found;
  }

  // Whether there was one.
  static bool cut_at_gap(std::vector<Part>& parts) {
    size_t count = 0;
    while (count < parts.size() && parts[count].number == count + 1) ++count;
    const bool has_gap = count < parts.size();
    parts.resize(count);
    return has_gap;
  }

  // The parts of the first `size` bytes.
  static void cut_behind(std::vector<Part>& parts, uint64_t size) {
    uint64_t sum = 0;
    size_t count = 0;
    while (count < parts.size() && sum < size) sum += parts[count++].size;
    parts.resize(count);
  }

  // A part this small can only be the last one, and its bytes can be had only from an object.
  Continuation publish(const Upload& upload, const std::vector<Part>& parts) const {
    bucket_.complete_upload(key_, {upload.id}, parts, false, call_);
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    if (!object || object->size != size_of(parts))
      throw sdk::Error(BERTH_UNAVAILABLE, "another writer has replaced '" + key_ + "'");
    Continuation found = from_object(*object);
    found.base = version_of(object);
    found.published = object->etag;
    found.start.published = true;
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
    found.upload = bucket_.start_upload(key_, object.description, call_);
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
    const std::optional<KeptObject> object = bucket.head(key, call);
    if (options.create_only && object) throw already_exists(key);
    found.base = version_of(object);
    // Starting over: a later append must not resume what was given up.
    bucket.abort_uploads(key, call);
  }
  const PartPlan plan = bucket.part_plan().for_writer(options);
  auto target = std::make_unique<UploadTarget>(bucket, std::move(key), options, found);
  return std::make_unique<MultipartWriter>(std::move(target), bucket.transfers(), plan,
                                           bucket.options().upload_concurrency,
                                           std::move(found.start));
}

}  // namespace berth::common
