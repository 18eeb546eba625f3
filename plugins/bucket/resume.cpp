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
#include "bucket/resume.hpp"

#include <algorithm>
#include <utility>

#include "bucket/copy.hpp"
#include "bucket/reader.hpp"
#include "common/object_reader.hpp"

namespace berth::bucket {
namespace {

// Finds out where to go on, and prepares it.
class Resumption {
 public:
  Resumption(Bucket& bucket, const std::string& key, const sdk::Call& call)
      : bucket_(bucket), key_(key), call_(call) {}

  WriterOrigin run() {
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    std::vector<Upload> uploads = bucket_.uploads(key_, call_);
    auto record = uploads.empty() ? std::nullopt : bucket_.find_record(key_, call_);
    if (record && is_void(*record, object)) discard(*std::exchange(record, std::nullopt), uploads);
    WriterOrigin found = find(object, uploads, record);
    found.has_record |= record.has_value();
    if (found.base.empty()) found.base = version_of(object);
    return found;
  }

 private:
  WriterOrigin find(const std::optional<KeptObject>& object, const std::vector<Upload>& uploads,
                    const std::optional<UploadRecord>& record) const {
    if (record)
      if (auto closed = from_closed(uploads, *record)) return *std::move(closed);
    if (object) return from_object(*object);
    if (uploads.empty()) throw sdk::path_not_found();
    return from_upload(uploads.back());
  }

  // Whether the object is not the one that the upload was opened at. An older version of this
  // program recorded no version: then any object may be newer.
  static bool is_void(const UploadRecord& record, const std::optional<KeptObject>& object) {
    return record.base.empty() ? object.has_value() : record.base != version_of(object);
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

  std::optional<WriterOrigin> from_closed(const std::vector<Upload>& uploads,
                                          const UploadRecord& record) const {
    const auto is_named = [&record](const Upload& upload) { return upload.id == record.upload; };
    if (std::none_of(uploads.begin(), uploads.end(), is_named)) return std::nullopt;
    std::vector<common::Part> parts = bucket_.parts(key_, record.upload, call_);
    cut_at_gap(parts);
    cut_behind(parts, record.offset);
    if (common::size_of(parts) != record.offset) return std::nullopt;
    WriterOrigin found = with_parts(record.upload, std::move(parts));
    found.record_mark = record.mark;
    found.start.tail = record.pending_bytes;
    found.description = record.description;
    return found;
  }

  // No record tells what was closed. Where a gap shows that parts were lost, one is made before the
  // gap is filled: to the next append all would look whole.
  WriterOrigin from_upload(const Upload& upload) const {
    std::vector<common::Part> parts = bucket_.parts(key_, upload.id, call_);
    const bool has_gap = cut_at_gap(parts);
    if (!parts.empty() && parts.back().size < bucket_.settings().smallest_part)
      return publish(upload, parts);
    WriterOrigin found = with_parts(upload.id, std::move(parts));
    if (has_gap) {
      found.record_mark = bucket_.put_record(
          key_,
          {upload.id, common::size_of(found.start.parts), {}, {}, version_of(std::nullopt), {}},
          call_);
      found.has_record = true;
    }
    return found;
  }

  static WriterOrigin with_parts(const std::string& upload, std::vector<common::Part> parts) {
    WriterOrigin found;
    found.upload.id = upload;
    found.start.begun = true;
    found.start.kept = true;
    found.start.parts = std::move(parts);
    return found;
  }

  // Whether there was one.
  static bool cut_at_gap(std::vector<common::Part>& parts) {
    size_t count = 0;
    while (count < parts.size() && parts[count].number == count + 1) ++count;
    const bool has_gap = count < parts.size();
    parts.resize(count);
    return has_gap;
  }

  // The parts of the first `size` bytes.
  static void cut_behind(std::vector<common::Part>& parts, uint64_t size) {
    uint64_t sum = 0;
    size_t count = 0;
    while (count < parts.size() && sum < size) sum += parts[count++].size;
    parts.resize(count);
  }

  // A part this small can only be the last one, and its bytes can be had only from an object.
  WriterOrigin publish(const Upload& upload, const std::vector<common::Part>& parts) const {
    bucket_.complete_upload(key_, {upload.id}, parts, false, call_);
    const std::optional<KeptObject> object = bucket_.head(key_, call_);
    if (!object || object->size != common::size_of(parts))
      throw sdk::Error(BERTH_UNAVAILABLE, "another writer has replaced '" + key_ + "'");
    WriterOrigin found = from_object(*object);
    found.base = version_of(object);
    found.published = object->etag;
    found.start.published = true;
    return found;
  }

  // Full parts are copied on the service's side; what is left is smaller than a part.
  WriterOrigin from_object(const KeptObject& object) const {
    std::vector<ByteRange> ranges;
    uint64_t done = 0;
    for (uint32_t number = 1;; ++number) {
      const uint64_t size = bucket_.part_plan().size(number, done);
      if (object.size - done < size) break;
      ranges.push_back({done, size});
      done += size;
    }
    WriterOrigin found;
    found.description = object.description;
    if (const uint64_t rest = object.size - done; rest != 0)
      found.start.tail = common::read_exactly(*open_reader(bucket_, key_, {done, rest}, call_),
                                              object.etag, rest, call_);
    if (!ranges.empty()) copy_into_upload(object, ranges, found);
    return found;
  }

  void copy_into_upload(const KeptObject& object, const std::vector<ByteRange>& ranges,
                        WriterOrigin& found) const {
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

WriterOrigin resume(Bucket& bucket, const std::string& key, const sdk::Call& call) {
  return Resumption(bucket, key, call).run();
}

}  // namespace berth::bucket
