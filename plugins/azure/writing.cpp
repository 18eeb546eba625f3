// SPDX-License-Identifier: Apache-2.0
//
// An upload is a marker (block 0, one byte, never committed) and the blocks from 1 on. The marker
// makes the upload known before it has data, and shows at once that a blob of another type is in
// the way.
#include "writing.hpp"

#include <algorithm>
#include <utility>

#include "append_writer.hpp"
#include "block_ids.hpp"
#include "common/crypto.hpp"
#include "common/multipart_writer.hpp"
#include "reading.hpp"

namespace berth::azure {
namespace {

using common::MultipartStart;

constexpr std::string_view marker = "m";

// Where a writer begins or goes on.
struct Continuation {
  std::optional<UploadName> upload;  // none: made when it begins
  MultipartStart start;
  Condition condition;
  http::Headers description;
};

class BlockTarget final : public common::MultipartTarget {
 public:
  BlockTarget(Container& container, std::string blob, const Continuation& where)
      : container_(container),
        blob_(std::move(blob)),
        upload_(where.upload.value_or(UploadName())),
        named_(where.upload.has_value()),
        condition_(where.condition),
        description_(where.description) {}

  void put_whole(std::string_view bytes, const sdk::Call& call) override {
    container_.put(blob_, bytes, description_, condition_, call);
    published_ = true;  // and with it, all blocks are gone
  }

  void begin(const sdk::Call& call) override {
    if (!named_) {
      const auto there = container_.head(blob_, call);
      upload_ = UploadName::make(UploadKind::fresh, there ? there->etag : std::string());
    }
    try {
      mark(call);
    } catch (const sdk::Error& error) {
      if (!make_way(error.code(), call)) throw;
      mark(call);
    }
  }

  http::Plan part(uint32_t number, std::string_view bytes) override {
    return container_.requests().plan(
        container_.block_operation(blob_, upload_.block(number), bytes), nullptr);
  }

  std::string tag(uint32_t number, const http::Response& answer) override {
    Container::check(answer, container_.block_operation(blob_, {}, "x"));
    return upload_.block(number);
  }

  void complete(const std::vector<common::Part>& parts, const sdk::Call& call) override {
    std::vector<std::string> ids;
    for (const common::Part& part : parts) ids.push_back(part.tag);
    container_.put_block_list(blob_, ids, description_, condition_, call);
    published_ = true;
  }

  // Frees the blocks where nothing is committed. Elsewhere they can only be declared void; the
  // service drops them after a week.
  void abort(const sdk::Call& call) override {
    if (published_ || container_.drop_blocks(blob_, call)) return;
    UploadName nothing = upload_;
    nothing.kind = UploadKind::cancelled;
    container_.put_block(blob_, nothing.block(0), marker, call);
  }

  std::string name() const override { return upload_.text() + " of '" + blob_ + "'"; }

 private:
  void mark(const sdk::Call& call) { container_.put_block(blob_, upload_.block(0), marker, call); }

  // Whether what the service minds could be put out of the way.
  bool make_way(const std::string& code, const sdk::Call& call) {
    if (code == "InvalidBlobType" && !condition_.any()) {
      container_.remove_other_type(blob_, call);
      return true;
    }
    // Blocks that another program left, with names of another length.
    if (code != "InvalidBlobOrBlock" && code != "InvalidBlockId") return false;
    const BlockList list = container_.blocks(blob_, call);
    if (list.committed.empty() && container_.drop_blocks(blob_, call)) return true;
    if (list.uncommitted.empty() || list.uncommitted.front().id.size() % 4 != 0) return false;
    const auto size = list.uncommitted.front().id.size() / 4 * 3;
    if (size <= block_id_size || size == upload_.id_size) return false;
    upload_.id_size = size;
    return true;
  }

  Container& container_;
  const std::string blob_;
  UploadName upload_;
  const bool named_;
  const Condition condition_;
  const http::Headers description_;
  bool published_ = false;
};

// Finds out where an append goes on, and prepares it.
class Resumption {
 public:
  Resumption(Container& container, const std::string& blob, const sdk::Call& call)
      : container_(container), blob_(blob), call_(call), info_(container.head(blob, call)) {}

  [[nodiscard]] const std::optional<BlobInfo>& info() const noexcept { return info_; }

  Continuation run() {
    if (info_) {
      found_.condition.if_match = info_->etag;
      found_.description = info_->description;
    }
    list_ = container_.blocks(blob_, call_);
    if (find_upload()) return std::move(found_);
    if (!info_) throw sdk::path_not_found();
    if (can_keep_blocks())
      keep_blocks();
    else
      upload_again();
    return std::move(found_);
  }

 private:
  // The newest upload, with its blocks as far as none is missing.
  bool find_upload() {
    const std::optional<UploadName> newest = newest_upload();
    if (!newest) return false;
    std::vector<std::pair<uint32_t, Block>> blocks;
    for (const Block& block : list_.uncommitted) {
      const auto name = parse_block_id(block.id);
      if (!name || !name->upload.is_same(*newest)) continue;
      if (name->upload.kind == UploadKind::cancelled) return false;
      blocks.emplace_back(name->number, block);
    }
    go_on_with(*newest, std::move(blocks));
    return true;
  }

  // Of those that began with the version that is there now.
  std::optional<UploadName> newest_upload() const {
    std::optional<UploadName> newest;
    const uint32_t base = base_of(info_ ? info_->etag : std::string());
    for (const Block& block : list_.uncommitted) {
      const auto name = parse_block_id(block.id);
      if (!name || name->upload.base != base) continue;
      if (!newest || name->upload.time > newest->time) newest = name->upload;
    }
    return newest;
  }

  void go_on_with(const UploadName& upload, std::vector<std::pair<uint32_t, Block>> blocks) {
    found_.upload = upload;
    found_.start.begun = true;
    if (upload.kind == UploadKind::behind) take_committed();
    if (upload.kind == UploadKind::fresh) {  // takes the place of whatever is there
      found_.condition = {};
      found_.description.clear();
    }
    std::sort(blocks.begin(), blocks.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [number, block] : blocks)
      if (number == found_.start.parts.size() + 1)
        found_.start.parts.push_back({number, block.id, block.size});
  }

  void take_committed() {
    for (const Block& block : list_.committed)
      found_.start.parts.push_back(
          {static_cast<uint32_t>(found_.start.parts.size() + 1), block.id, block.size});
  }

  // New names must be as long as the old ones, which must leave room for ours.
  bool can_keep_blocks() const {
    if (list_.committed.empty()) return false;
    const auto id = common::from_base64(list_.committed.front().id);
    return id && id->size() >= block_id_size;
  }

  void keep_blocks() {
    take_committed();
    found_.upload = UploadName::make(UploadKind::behind, info_->etag);
    found_.upload->id_size = common::from_base64(list_.committed.front().id)->size();
  }

  // A blob without blocks to keep: all but its tail is read and becomes blocks.
  void upload_again() {
    const UploadName upload = UploadName::make(UploadKind::copied, info_->etag);
    found_.upload = upload;
    uint64_t done = 0;
    for (uint32_t number = 1;; ++number) {
      const uint64_t size = container_.part_plan().size(number, done);
      if (info_->size - done < size) break;
      if (number == 1) container_.put_block(blob_, upload.block(0), marker, call_);
      const std::string id = upload.block(number);
      container_.put_block(blob_, id, read(done, size), call_);
      found_.start.begun = true;
      found_.start.parts.push_back({number, id, size});
      done += size;
    }
    found_.start.tail = read(done, info_->size - done);
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

void refuse_existing(Container& container, const std::string& blob, const sdk::Call& call) {
  if (container.head(blob, call))
    throw sdk::Error(BERTH_ALREADY_EXISTS, "'" + blob + "' exists already");
}

}  // namespace

std::unique_ptr<sdk::Writer> open_writer(Container& container, std::string blob,
                                         const sdk::WriteOptions& options, const sdk::Call& call) {
  Continuation where;
  if (options.append) {
    Resumption resumption(container, blob, call);
    const auto& info = resumption.info();
    if (info && info->type == BlobType::append)
      return std::make_unique<AppendWriter>(container, std::move(blob), info->size);
    if (info && info->type == BlobType::page)
      throw sdk::unsupported("'" + blob + "' is a page blob, to which nothing can be appended");
    where = resumption.run();
  } else {
    where.condition.create_only = options.create_only;
    if (options.create_only) refuse_existing(container, blob, call);
  }
  for (const http::Header& header : described(options.content_type))
    where.description.set(header.name, header.value);
  const common::PartPlan& standard = container.part_plan();
  const common::PartPlan plan =
      options.size_hint && !options.append ? standard.for_size(*options.size_hint) : standard;
  auto target = std::make_unique<BlockTarget>(container, std::move(blob), where);
  return std::make_unique<common::MultipartWriter>(
      std::move(target), container.transfers(), plan,
      static_cast<unsigned>(container.settings().upload_concurrency), std::move(where.start));
}

}  // namespace berth::azure
