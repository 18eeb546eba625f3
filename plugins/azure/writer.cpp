// SPDX-License-Identifier: Apache-2.0
//
// Writes a blob by blocks. An upload is a marker (block 0, never committed, see unfinished.hpp) and
// data blocks from number 1. The marker makes the upload known before it has data, and its request
// fails at once if a blob of another type exists.
#include "writer.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "append_writer.hpp"
#include "block_ids.hpp"
#include "common/cleanup_call.hpp"
#include "common/crypto.hpp"
#include "common/multipart_writer.hpp"
#include "reader.hpp"
#include "unfinished.hpp"

namespace berth::azure {
namespace {

using common::ResumePoint;

// Where a writer starts, or resumes.
struct Continuation {
  std::optional<UploadName> upload;  // nullopt: named when the first block is sent
  bool others = false;               // the upload was begun by an earlier writer
  bool closed = false;               // which closed it
  std::string etag;                  // of the blob when the writer was opened; empty: no blob
  ResumePoint start;
  Condition condition;
  http::Headers description;
};

// Names a new upload. Its time is later than that of all uploads of the blob, even where the clock
// of another machine is ahead.
UploadName new_upload(Container& container, UploadKind kind, const std::string& etag,
                      const BlockList& there) {
  UploadName upload = UploadName::make(kind, etag, container.retrier().clock().now());
  for (const Block& block : there.uncommitted)
    if (const auto name = parse_block_id(block.id))
      upload.time = std::max(upload.time, name->upload.time + 1);
  return upload;
}

// The length of these blocks' names, which further blocks must have too. nullopt: there are no
// blocks, or the names are too short for ours.
std::optional<size_t> id_size_of(const std::vector<Block>& blocks) {
  if (blocks.empty()) return std::nullopt;
  const auto id = common::from_base64(blocks.front().id);
  return id && id->size() >= block_id_size ? std::optional(id->size()) : std::nullopt;
}

// Drops the blocks if nothing is committed and no other upload exists. Otherwise marks the upload
// as cancelled; the service drops its blocks after a week.
void abort_upload(Container& container, const std::string& blob, UploadName upload,
                  const BlockList& list, const sdk::Call& call) {
  const bool others =
      !list.committed.empty() || UnfinishedUploads(list.uncommitted).any_but(upload);
  if (!others && container.drop_blocks(blob, call)) return;
  upload.kind = UploadKind::cancelled;
  container.put_block(blob, upload.block(0), marker(0), call);
}

class BlockTarget final : public common::MultipartTarget {
 public:
  BlockTarget(Container& container, std::string blob, const Continuation& where)
      : container_(container),
        blob_(std::move(blob)),
        upload_(where.upload.value_or(UploadName())),
        named_(where.upload.has_value()),
        others_(where.others),
        closed_(where.closed),
        before_(where.start.parts.size()),
        own_(where.others ? upload_.resumed() : upload_),
        etag_(where.etag),
        condition_(where.condition),
        description_(where.description) {}

  void put_whole(std::string_view bytes, const sdk::Call& call) override {
    check_not_overtaken(call);
    made_ = container_.put(blob_, bytes, description_, condition_, call);
    published_ = true;  // the service has dropped all uncommitted blocks
  }

  void begin(const sdk::Call& call) override {
    if (!named_) upload_ = create_upload(call);
    try {
      mark(upload_, 0, call);
    } catch (const sdk::Error& error) {
      if (!delete_conflicting_blocks(error.code(), call)) throw;
      mark(upload_, 0, call);
    }
    own_ = upload_;
  }

  http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call& call) override {
    return container_.requests().background_plan(
        container_.block_operation(blob_, own_.block(number), bytes), call);
  }

  std::string tag(uint32_t number, const http::Response& answer) override {
    Container::check(answer, container_.block_operation(blob_, {}, "x"));
    return own_.block(number);
  }

  // Closes the upload:
  //   1. Fail if the blob changed, or another writer closed the same upload after this one opened
  //   it.
  //   2. Freeze the upload of a writer that died: blocks it staged so far count, later ones are
  //      ignored.
  //   3. Put the marker with the number of parts.
  //   4. List the blocks again. If another writer did step 3 meanwhile, undo step 3 and fail.
  // Invariant: of the writers that extend an upload at the same part, at most one close succeeds,
  // because the second one to do step 3 sees the marker of the first in step 4.
  void on_suspend(const std::vector<common::Part>& parts, std::string_view /*rest*/,
                  const sdk::Call& call) override {
    check_not_overtaken(call);
    check_stored(parts, call);
    if (parts.size() == before_) return;
    if (others_ && !closed_ && before_ != 0) mark(upload_, before_, call);
    mark(own_, parts.size(), call);
    const BlockList list = container_.blocks(blob_, call);
    const auto rival = UnfinishedUploads(list.uncommitted).closed_by_other(own_, before_);
    if (!rival) return;
    mark(own_, others_ ? 0 : *rival, call);
    throw extended_by_other();
  }

  void complete(const std::vector<common::Part>& parts, const sdk::Call& call) override {
    std::vector<std::string> ids;
    for (const common::Part& part : parts) ids.push_back(part.tag);
    check_not_overtaken(call);
    try {
      made_ = container_.put_block_list(blob_, ids, description_, condition_, call);
    } catch (const sdk::Error& error) {
      // Another writer's put has just discarded the blocks.
      if (error.code() == "InvalidBlockList") throw overtaken();
      throw;
    }
    published_ = true;
  }

  std::string etag() const override { return made_; }

  void abort(const sdk::Call& call) override {
    if (published_) return;
    const BlockList list = container_.blocks(blob_, call);
    // Another writer's close stays valid.
    if (UnfinishedUploads(list.uncommitted).closed_by_other(own_, before_)) return;
    abort_upload(container_, blob_, upload_, list, call);
  }

  std::string name() const override { return upload_.text() + " of '" + blob_ + "'"; }

 private:
  [[nodiscard]] sdk::Error overtaken() const {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "'" + blob_ +
                          "' was written, moved or removed by another writer after this writer was "
                          "opened; nothing of this writer is published; write it again");
  }

  [[nodiscard]] sdk::Error extended_by_other() const {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "another writer resumed and closed the unfinished upload of '" + blob_ +
                          "' after this writer was opened; nothing of this writer is published; "
                          "open it for appending again");
  }

  void check_not_overtaken(const sdk::Call& call) {
    if (condition_.create_only) return;  // the service checks the condition
    const auto info = container_.head(blob_, call);
    if ((info ? info->etag : std::string()) != etag_) throw overtaken();
    if (!others_) return;
    // The upload that this writer resumes may have been removed where no blob was.
    const BlockList list = container_.blocks(blob_, call);
    const UnfinishedUploads uploads(list.uncommitted);
    if (!uploads.is_open(upload_)) throw overtaken();
    if (uploads.closed_by_other(own_, before_)) throw extended_by_other();
  }

  // A later append relies on the block sizes that the service lists.
  void check_stored(const std::vector<common::Part>& parts, const sdk::Call& call) {
    if (parts.empty()) return;
    const BlockList list = container_.blocks(blob_, call);
    if (!others_ && UnfinishedUploads(list.uncommitted).closed_by_other(own_, before_))
      throw extended_by_other();
    std::map<std::string_view, uint64_t> sizes;
    for (const auto* blocks : {&list.committed, &list.uncommitted})
      for (const Block& block : *blocks) sizes[block.id] = block.size;
    for (const common::Part& part : parts) {
      const auto found = sizes.find(part.tag);
      if (found == sizes.end()) throw overtaken();
      if (found->second != part.size)
        throw sdk::Error(BERTH_STATUS_CORRUPT,
                         "block " + std::to_string(part.number) + " of '" + blob_ + "' has " +
                             std::to_string(found->second) + " bytes instead of " +
                             std::to_string(part.size));
    }
  }

  UploadName create_upload(const sdk::Call& call) {
    const auto info = container_.head(blob_, call);
    if (!condition_.create_only && (info ? info->etag : std::string()) != etag_) throw overtaken();
    const bool other_type = info && info->type != BlobType::block;  // has no blocks
    const BlockList list = other_type ? BlockList() : container_.blocks(blob_, call);
    return new_upload(container_, UploadKind::create, info ? info->etag : std::string(), list);
  }

  void mark(const UploadName& upload, size_t parts, const sdk::Call& call) {
    container_.put_block(blob_, upload.block(0), marker(parts), call);
  }

  // Removes what made the service refuse a block. False: nothing could be removed.
  bool delete_conflicting_blocks(const std::string& code, const sdk::Call& call) {
    if (code == "InvalidBlobType") {
      if (condition_.any() || !container_.make_room(blob_, BlobType::block, call)) return false;
      etag_.clear();
      return true;
    }
    // Another program left blocks with names of another length.
    if (!Container::minds_block_id(code)) return false;
    const BlockList list = container_.blocks(blob_, call);
    if (list.committed.empty() && container_.drop_blocks(blob_, call)) return true;
    const auto size = id_size_of(list.uncommitted);
    if (!size && !list.uncommitted.empty()) throw blocked_by_others();
    if (!size || *size == upload_.id_size) return false;
    upload_.id_size = *size;
    return true;
  }

  [[nodiscard]] sdk::Error blocked_by_others() const {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "'" + blob_ +
                          "' has uncommitted blocks of another program, with names shorter than " +
                          std::to_string(block_id_size) +
                          " bytes; the service accepts no other blocks until that program commits "
                          "or a week has passed; a put of the whole object discards them")
        .code("InvalidBlobOrBlock");
  }

  Container& container_;
  const std::string blob_;
  UploadName upload_;
  const bool named_;
  const bool others_;
  const bool closed_;
  const size_t before_;  // parts that existed when this writer was opened
  UploadName own_;       // name of the blocks that this writer sends
  std::string etag_;     // of the blob when this writer was opened; empty: no blob
  const Condition condition_;
  const http::Headers description_;
  bool published_ = false;
  std::string made_;  // ETag of the blob that this writer published
};

// Finds where an append continues, and prepares it.
class Resumption {
 public:
  Resumption(Container& container, const std::string& blob, const sdk::Call& call)
      : container_(container), blob_(blob), call_(call), info_(container.head(blob, call)) {}

  [[nodiscard]] const std::optional<BlobInfo>& info() const noexcept { return info_; }

  Continuation run() {
    if (info_) {
      found_.etag = required_etag(*info_, blob_);
      found_.condition.if_match = found_.etag;
      found_.description = info_->description;
    }
    list_ = container_.blocks(blob_, call_);
    if (find_upload()) return std::move(found_);
    if (!info_) throw sdk::path_not_found();
    if (const auto size = id_size_of(list_.committed))
      keep_blocks(*size);
    else
      upload_again();
    return std::move(found_);
  }

 private:
  bool find_upload() {
    const UnfinishedUploads uploads(list_.uncommitted);
    const auto newest = uploads.newest(base_of(info_ ? info_->etag : std::string()));
    if (!newest) return false;
    const bool appends = newest->kind == UploadKind::append;
    std::vector<common::Part> parts =
        uploads.parts(*newest, appends ? committed_parts() : std::vector<common::Part>());
    // A rewrite that does not hold the whole blob yet: the rest was in the memory of a writer that
    // died.
    if (newest->kind == UploadKind::rewrite && (!info_ || size_of(parts) < info_->size))
      return false;
    found_.upload = newest;
    found_.others = true;
    found_.closed = uploads.is_closed(*newest);
    found_.start.begun = true;
    found_.start.kept = true;
    found_.start.parts = std::move(parts);
    if (newest->kind == UploadKind::create) {  // replaces any blob
      found_.condition = {};
      found_.description.clear();
    }
    return true;
  }

  std::vector<common::Part> committed_parts() const {
    std::vector<common::Part> parts;
    for (const Block& block : list_.committed)
      parts.push_back({static_cast<uint32_t>(parts.size() + 1), block.id, block.size});
    return parts;
  }

  void keep_blocks(size_t id_size) {
    found_.start.parts = committed_parts();
    found_.upload = new_upload(container_, UploadKind::append, info_->etag, list_);
    found_.upload->id_size = id_size;
  }

  // A blob without usable blocks: its content is read and uploaded as blocks; the last bytes, which
  // do not fill a block, stay in memory.
  void upload_again() {
    found_.upload = new_upload(container_, UploadKind::rewrite, info_->etag, list_);
    if (const auto size = id_size_of(list_.uncommitted)) found_.upload->id_size = *size;
    try {
      upload_blocks(*found_.upload);
    } catch (...) {
      if (found_.start.begun) give_up();
      throw;
    }
  }

  void upload_blocks(const UploadName& upload) {
    uint64_t done = 0;
    for (uint32_t number = 1;; ++number) {
      const uint64_t size = container_.part_plan().size(number, done);
      if (info_->size - done < size) break;
      if (number == 1) container_.put_block(blob_, upload.block(0), marker(0), call_);
      found_.start.begun = true;
      const std::string id = upload.block(number);
      container_.put_block(blob_, id, read(done, size), call_);
      found_.start.parts.push_back({number, id, size});
      done += size;
    }
    found_.start.tail = read(done, info_->size - done);
  }

  // No later append resumes it in any case, because its end is missing.
  void give_up() noexcept {
    try {
      const common::CleanupCall own(common::cleanup_timeout);
      const sdk::Call call = own.call();
      abort_upload(container_, blob_, *found_.upload, container_.blocks(blob_, call), call);
    } catch (const std::exception& error) {
      sdk::log(BERTH_LOG_WARN,
               "blocks of a failed append to '" + blob_ + "' were not removed: " + error.what());
    }
  }

  std::string read(uint64_t first, uint64_t size) const {
    return read_range(container_, blob_, info_->etag, first, size, call_);
  }

  Container& container_;
  const std::string& blob_;
  const sdk::Call& call_;
  const std::optional<BlobInfo> info_;
  BlockList list_;
  Continuation found_;
};

}  // namespace

std::unique_ptr<sdk::Writer> open_writer(Container& container, std::string blob,
                                         const sdk::WriteOptions& options, const sdk::Call& call) {
  Continuation where;
  if (options.append) {
    Resumption resumption(container, blob, call);
    const auto& info = resumption.info();
    check_etag(info, blob, options.if_match);
    if (info && info->type == BlobType::append && !options.attributes.empty())
      throw sdk::unsupported("'" + blob + "' is an append blob, whose attributes an append keeps");
    if (info && info->type == BlobType::append && !options.if_match.empty())
      throw sdk::unsupported("'" + blob +
                             "' is an append blob, which cannot be replaced as a whole");
    if (info && info->type == BlobType::append)
      return std::make_unique<AppendWriter>(container, std::move(blob), info->size);
    if (info && info->type == BlobType::page)
      throw sdk::unsupported("'" + blob + "' is a page blob, which this driver cannot append to");
    if (info && info->type == BlobType::other)
      throw sdk::unsupported("'" + blob +
                             "' is a blob of a type that this driver cannot append to");
    where = resumption.run();
    if (!options.if_match.empty()) where.condition.if_match = options.if_match;
  } else {
    where.condition.create_only = options.create_only;
    const auto info = container.head(blob, call);
    if (options.create_only && info)
      throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "'" + blob + "' exists already");
    check_etag(info, blob, options.if_match);
    where.condition.if_match = options.if_match;
    if (info) where.etag = info->etag;
  }
  if (!options.attributes.empty()) where.description = described(options.attributes);
  const common::PartPlan plan = container.part_plan().for_writer(options);
  auto target = std::make_unique<BlockTarget>(container, std::move(blob), where);
  return std::make_unique<common::MultipartWriter>(
      std::move(target), container.transfers(), plan,
      static_cast<unsigned>(container.settings().upload_concurrency), std::move(where.start));
}

}  // namespace berth::azure
