// SPDX-License-Identifier: Apache-2.0
//
// The writer of a file, and how a finished blob gets its name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "chunk_writer.hpp"
#include "directories.hpp"
#include "files.hpp"
#include "remove.hpp"
#include "resume.hpp"

namespace berth::rados {

// The parts of a store that a writer uses.
struct Parts {
  const Session& session;
  const Directories& directories;
  const Blobs& blobs;
  const Files& files;
  const Uploads& uploads;
  const Removal& removal;
};

class FileWriter final : public sdk::Writer {
 public:
  static std::unique_ptr<FileWriter> open(const Parts& parts, const std::string& path,
                                          const sdk::WriteOptions& options, const sdk::Call& call);

  void write(std::string_view bytes, const sdk::Call& call) override { chunks_.write(bytes, call); }
  std::uint64_t size() const noexcept override { return chunks_.size(); }
  void commit(const sdk::CommitOptions& options, const sdk::Call& call) override;
  void cancel(const sdk::Call& call) override;
  void keep(const sdk::Call& call) override;

 private:
  // REQUIRES: rule.replaces is set, to the blob that the path names or to "".
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
  void restore_upload() const;
  void remove_if_new(const sdk::Error& cause, const sdk::Call& call) const;

  const Parts parts_;
  const std::string path_;
  const LinkRule rule_;
  const std::optional<Claim> claim_;  // the upload to continue or, if finished, to copy
  ChunkWriter chunks_;
};

// Sets the entry of path to a finished blob and removes the blob that it replaced. Calls
// `not_linked` if that fails and the blob certainly got no entry.
void publish(const Parts& parts, const std::string& path, const std::string& blob, LinkRule rule,
             const std::function<void(const sdk::Error&)>& not_linked, const sdk::Call& call);

// Removes the chunks of a blob that got no entry because of `cause`. Uses the call if enough time
// is left, else a cleanup call. REQUIRES: no other writer knows the blob.
void remove_unlinked(const Blobs& blobs, const UploadRecord& record, const sdk::Error& cause,
                     const sdk::Call& call);

}  // namespace berth::rados
