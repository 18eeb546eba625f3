// SPDX-License-Identifier: Apache-2.0
//
// Which unfinished upload an append resumes. The invariant: no byte of an upload reaches an object
// that is newer than the upload.
//
// 1. Opening a writer notes the version of the object, or that there is none.
// 2. Closing it saves a record (upload_record.cpp) with that version, the size of the uploaded
// parts
//    and the pending bytes.
// 3. An append resumes the recorded upload only if the object still has that version. If not, a
//    whole write (put, commit, copy, move onto the path) has voided the upload: the append aborts
//    it and starts from the object.
// 4. remove, and a move of the object, abort the uploads of the key, so that the version "no
// object"
//    does not come back together with an upload that an object has voided since.
// 5. Close and commit check the version again, that the upload still exists, and for an append that
//    no other append was closed since this one was opened. If a check fails, they fail with
//    PRECONDITION_FAILED.
// 6. The first close of an upload creates the record on condition that there is none, so that of
// two
//    appends that are closed at the same time one fails.
//
// An upload without a record was left by another program or by a writer that died. It is resumed
// only where there is no object: otherwise it may lack bytes of the object that only the writer's
// memory held.
//
// Of a recorded upload, only the parts that existed at the close are valid, and the pending bytes.
// Later parts come from an append that failed or died. They may have arrived in any order, with
// gaps, so the next writer overwrites them, or does not name them when it completes the upload.
#include "bucket/resume.hpp"

#include <algorithm>
#include <utility>

#include "bucket/copy.hpp"
#include "bucket/reader.hpp"
#include "common/object_reader.hpp"

namespace berth::bucket {
namespace {

class Resumption {
 public:
  Resumption(Bucket& bucket, const std::string& key, const std::optional<Description>& given,
             const sdk::Call& call)
      : bucket_(bucket), key_(key), given_(given), call_(call) {}

  WriterOrigin run() {
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    if (object && object->etag.empty()) throw no_etag();
    std::vector<Upload> uploads = bucket_.uploads(key_, call_);
    auto record = uploads.empty() ? std::nullopt : bucket_.find_record(key_, call_);
    if (record && is_void(*record, version_of(object)))
      discard(*std::exchange(record, std::nullopt), uploads);
    WriterOrigin origin = find(object, uploads, record);
    origin.has_record |= record.has_value();
    if (record && !origin.record_mark) origin.record_mark = record->mark;
    if (origin.base.empty()) origin.base = version_of(object);
    return origin;
  }

 private:
  [[nodiscard]] sdk::Error no_etag() const {
    return sdk::Error(
        BERTH_STATUS_UNAVAILABLE,
        "cannot append to " + quoted(key_) +
            ": the service reports no ETag for the object, so that a replacement of it "
            "would not be noticed; a proxy may have dropped the header");
  }

  [[nodiscard]] sdk::Error begun_otherwise() const {
    return sdk::unsupported("the unfinished upload of " + quoted(key_) +
                            " was begun with other attributes, and the service takes them only at "
                            "the beginning; write the object again to change them");
  }

  WriterOrigin find(const std::optional<KeptObject>& object, const std::vector<Upload>& uploads,
                    const std::optional<UploadRecord>& record) const {
    if (record)
      if (auto closed = from_record(uploads, *record)) return *std::move(closed);
    if (object) return from_object(*object);
    if (uploads.empty()) throw sdk::path_not_found();
    return from_upload(uploads.back());
  }

  void discard(const UploadRecord& record, std::vector<Upload>& uploads) const {
    const auto named =
        std::find_if(uploads.begin(), uploads.end(),
                     [&record](const Upload& upload) { return upload.id == record.upload; });
    if (named != uploads.end()) {
      bucket_.abort_upload(key_, named->id, call_);
      uploads.erase(named);
    }
    bucket_.remove_record(key_, call_);
  }

  // nullopt: the service no longer has the upload or one of its parts.
  std::optional<WriterOrigin> from_record(const std::vector<Upload>& uploads,
                                          const UploadRecord& record) const {
    const auto is_named = [&record](const Upload& upload) { return upload.id == record.upload; };
    if (std::none_of(uploads.begin(), uploads.end(), is_named)) return std::nullopt;
    std::vector<common::Part> parts = bucket_.parts(key_, record.upload, call_);
    cut_at_gap(parts);
    cut_after(parts, record.offset);
    if (common::size_of(parts) != record.offset) return std::nullopt;
    if (given_ && !bucket_.same(*given_, record.description)) throw begun_otherwise();
    WriterOrigin origin = with_parts(record.upload, std::move(parts));
    origin.start.tail = record.pending_bytes;
    origin.description = record.description;
    return origin;
  }

  // A gap shows that parts were lost. A record notes the valid size before the gap is filled, since
  // afterwards all parts would seem valid to the next append.
  WriterOrigin from_upload(const Upload& upload) const {
    std::vector<common::Part> parts = bucket_.parts(key_, upload.id, call_);
    const bool has_gap = cut_at_gap(parts);
    if (!parts.empty() && parts.back().size < bucket_.settings().smallest_part)
      return publish(upload, parts);
    if (given_) throw begun_otherwise();
    WriterOrigin origin = with_parts(upload.id, std::move(parts));
    if (has_gap) {
      origin.record_mark = bucket_.put_record(
          key_,
          {upload.id, common::size_of(origin.start.parts), {}, {}, version_of(std::nullopt), {}},
          false, call_);
      origin.has_record = true;
    }
    return origin;
  }

  static WriterOrigin with_parts(const std::string& upload, std::vector<common::Part> parts) {
    WriterOrigin origin;
    origin.upload.id = upload;
    origin.start.begun = true;
    origin.start.kept = true;
    origin.start.parts = std::move(parts);
    return origin;
  }

  // Returns whether there was a gap.
  static bool cut_at_gap(std::vector<common::Part>& parts) {
    std::size_t count = 0;
    while (count < parts.size() && parts[count].number == count + 1) ++count;
    const bool has_gap = count < parts.size();
    parts.resize(count);
    return has_gap;
  }

  // Leaves the parts of the first `size` bytes.
  static void cut_after(std::vector<common::Part>& parts, uint64_t size) {
    uint64_t sum = 0;
    std::size_t count = 0;
    while (count < parts.size() && sum < size) sum += parts[count++].size;
    parts.resize(count);
  }

  // A part below the smallest size can only be the last one, and only an object can be read: so the
  // upload is completed, and the writer continues the object.
  WriterOrigin publish(const Upload& upload, const std::vector<common::Part>& parts) const {
    (void)bucket_.complete_upload(key_, {upload.id}, parts, false, call_);
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    if (!object || object->size != common::size_of(parts))
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "another writer has replaced the object " + quoted(key_));
    if (object->etag.empty()) throw no_etag();
    WriterOrigin origin = from_object(*object);
    origin.base = version_of(object);
    origin.published = object->etag;
    origin.start.published = true;
    return origin;
  }

  // The service copies full parts of the object; the rest, smaller than a part, is read.
  WriterOrigin from_object(const KeptObject& object) const {
    std::vector<ByteRange> ranges;
    uint64_t done = 0;
    for (uint32_t number = 1;; ++number) {
      const uint64_t size = bucket_.part_plan().size(number, done);
      if (object.size - done < size) break;
      ranges.push_back({done, size});
      done += size;
    }
    WriterOrigin origin;
    origin.description = given_ ? *given_ : object.description;
    if (const uint64_t rest = object.size - done; rest != 0)
      origin.start.tail = common::read_exactly(*open_reader(bucket_, key_, {done, rest}, call_),
                                               object.etag, rest, call_);
    if (!ranges.empty()) copy_into_upload(object, ranges, origin);
    return origin;
  }

  void copy_into_upload(const KeptObject& object, const std::vector<ByteRange>& ranges,
                        WriterOrigin& origin) const {
    origin.upload = bucket_.start_upload(key_, origin.description, call_);
    origin.start.begun = true;
    try {
      origin.start.parts =
          copy_parts(bucket_, key_, object.etag, key_, origin.upload.id, ranges, call_);
    } catch (const sdk::Error& error) {
      throw bucket_.abandon_upload(key_, origin.upload.id, error);
    }
  }

  Bucket& bucket_;
  const std::string& key_;
  const std::optional<Description>& given_;
  const sdk::Call& call_;
};

}  // namespace

WriterOrigin resume(Bucket& bucket, const std::string& key, const std::optional<Description>& given,
                    const sdk::Call& call) {
  return Resumption(bucket, key, given, call).run();
}

}  // namespace berth::bucket
