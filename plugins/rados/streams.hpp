// SPDX-License-Identifier: Apache-2.0
//
// Bytes of blobs in and out, several requests at once: a reader that reads ahead, a writer of
// chunks that does not wait for each, and the writer of a file that the host sees.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "blobs.hpp"
#include "directories.hpp"
#include "moves.hpp"
#include "uploads.hpp"

namespace berth::rados {

// What the streams need of a store.
struct Parts {
  const Session& session;
  const Directories& directories;
  const Blobs& blobs;
  const Uploads& uploads;
  const Moves& moves;
};

// Fills buffer with bytes [position, position + length) of the blob, several requests at once.
// REQUIRES: the range lies inside the blob.
void read_range(const Session& session, const std::string& blob, const BlobInfo& info,
                std::uint64_t position, std::uint64_t length, char* buffer, const sdk::Call& call);

// Fails unless the last byte is there. Before memory is taken for all of them: the size may be
// damaged.
void expect_end(const Session& session, const std::string& blob, const BlobInfo& info,
                const sdk::Call& call);

class BlobReader final : public sdk::Reader {
 public:
  BlobReader(const Session& session, std::string blob, BlobInfo info,
             const sdk::ReadOptions& options);

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override;

 private:
  struct Ahead {
    std::unique_ptr<char[]> bytes;
    std::unique_ptr<ReadOperation> read;  // after the bytes: it goes first
    Piece piece;
  };
  void ask_ahead();
  bool fetch(const sdk::Call& call);

  const Session& session_;
  const std::string blob_;
  const BlobInfo info_;
  std::uint64_t next_ = 0;  // the first byte not asked for
  std::uint64_t end_ = 0;
  std::size_t depth_ = 1;  // grows: who reads on gets more ahead
  std::deque<Ahead> ahead_;
  std::unique_ptr<char[]> bytes_;
  std::size_t from_ = 0, to_ = 0;  // what is left of bytes_
};

UploadRecord new_upload(const Session& session);

// Writes a blob from its beginning or from where an upload stopped. Object 0 carries the token.
class ChunkWriter {
 public:
  // begun: object 0 is there already, and has the token.
  ChunkWriter(const Session& session, UploadRecord record, bool begun)
      : session_(session),
        record_(std::move(record)),
        settled_(record_.size),
        sent_(begun),
        stored_(begun),
        window_(stream_window) {}

  void write(std::string_view bytes, const sdk::Call& call);
  void flush(const sdk::Call& call);  // what is left, and waits for all of it
  void cut_to_settled() noexcept;     // after a failure: forgets what lies behind the hole
  void save_size(const sdk::Call& call);

  bool broken() const noexcept { return broken_; }  // bytes were lost on their way

  std::uint64_t size() const noexcept { return record_.size + tail_.size(); }
  bool only_tail() const noexcept { return !sent_; }
  const std::string& tail() const noexcept { return tail_; }
  const UploadRecord& record() const noexcept { return record_; }

 private:
  struct Sent {
    WriteOperation write;
    std::uint64_t end = 0;  // of its bytes in the file
  };
  std::uint64_t room() const noexcept;
  void send(std::string_view bytes, const sdk::Call& call);
  void settle(const sdk::Call& call);

  const Session& session_;
  UploadRecord record_;    // size: bytes sent
  std::string tail_;       // bytes not sent yet
  std::uint64_t settled_;  // bytes that are stored for certain, without a hole
  bool sent_;              // object 0 is there or on its way
  bool stored_;            // it is there for certain
  bool broken_ = false;
  Window<Sent> window_;
};

class FileWriter final : public sdk::Writer {
 public:
  static std::unique_ptr<FileWriter> open(const Parts& parts, const std::string& path,
                                          const sdk::WriteOptions& options, const sdk::Call& call);

  void write(std::string_view bytes, const sdk::Call& call) override { chunks_.write(bytes, call); }
  std::uint64_t size() const noexcept override { return chunks_.size(); }
  void commit(const sdk::Call& call) override;
  void cancel(const sdk::Call& call) override;
  void keep(const sdk::Call& call) override;

 private:
  // REQUIRES: rule.replaces is set, to the blob that the path names, or "".
  FileWriter(const Parts& parts, std::string path, LinkRule rule, std::optional<Claim> claim)
      : parts_(parts),
        path_(std::move(path)),
        rule_(std::move(rule)),
        claim_(std::move(claim)),
        chunks_(parts.session, continues() ? claim_->upload : new_upload(parts.session),
                continues()) {}
  bool continues() const noexcept { return claim_ && !claim_->finished; }
  void expect_base(const sdk::Call& call) const;
  void copy_base(const std::string& blob, const sdk::Call& call);
  void finish(const sdk::Call& call);
  void give_back() const;
  void remove_if_new(const sdk::Error& cause, const sdk::Call& call) const;

  const Parts parts_;
  const std::string path_;
  const LinkRule rule_;
  const std::optional<Claim> claim_;  // the upload that is continued or copied
  ChunkWriter chunks_;
};

// Points path at a blob that is complete, and lets go of the one before. `not_linked` is called
// when that fails and it is certain that the blob got no entry.
void publish(const Parts& parts, const std::string& path, const std::string& blob, LinkRule rule,
             const std::function<void(const sdk::Error&)>& not_linked, const sdk::Call& call);

// Removes a blob that got no name, for this cause, and that nobody else knows; in what is left of
// the call, or in a short one.
void remove_nameless(const Blobs& blobs, const UploadRecord& record, const sdk::Error& cause,
                     const sdk::Call& call);

}  // namespace berth::rados
