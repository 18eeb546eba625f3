// SPDX-License-Identifier: Apache-2.0
//
// The life of a writer: open, write, then commit, cancel or close.
#include "writer.hpp"

#include <utility>

#include "cleanup.hpp"
#include "common/cleanup_call.hpp"
#include "reader.hpp"

namespace berth::rados {

// If an OSD did not answer before, it may again not answer, so the call is not used then.
void remove_unlinked(const Blobs& blobs, const UploadRecord& record, const sdk::Error& cause,
                     const sdk::Call& call) {
  log_failure_of(may_leave_orphans(record.blob), [&] {
    const common::CleanupCall own(cleanup_timeout);
    const bool use_call = cause.status() != BERTH_STATUS_UNAVAILABLE && !call.cancelled() &&
                          call.remaining() > cleanup_timeout;
    blobs.remove_all(record, use_call ? call : own.call());
  });
}

void publish(const Parts& parts, const std::string& path, const std::string& blob, LinkRule rule,
             const std::function<void(const sdk::Error&)>& not_linked, const sdk::Call& call) {
  std::string replaced, expected;
  std::unique_ptr<ReadOperation> info;  // of the blob that will be replaced
  const auto finish_writing = std::move(rule.before_change);
  bool changing = false;
  rule.before_change = [&](const std::string& current) {
    if (!current.empty()) info = parts.blobs.start_info(expected = current);
    if (finish_writing) finish_writing(current);
    changing = true;
  };
  try {
    replaced = parts.directories.link(path, blob, rule, call);
  } catch (const sdk::Error& error) {
    if (!changing || certainly_not_linked(error)) not_linked(error);
    throw;
  }
  if (replaced.empty() || replaced == blob) return;
  if (replaced != expected) info.reset();
  log_failure_of(may_leave_orphans(replaced),
                 [&] { parts.removal.remove_blob(replaced, path, call, std::move(info)); });
}

std::unique_ptr<FileWriter> FileWriter::open(const Parts& parts, const std::string& path,
                                             const sdk::WriteOptions& options,
                                             const sdk::Call& call) {
  const auto entry = parts.directories.find(path, call);
  if (entry && entry->empty() && parts.directories.has_children(path, call))
    throw is_a_directory(path);
  const bool file = entry && !entry->empty();
  // If the path names another blob at commit, a put, move or remove has voided this upload.
  const std::string at_path = file ? *entry : std::string();
  LinkRule rule{options.create_only, at_path, {}};
  if (rule.create_only && file)
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "the object " + path + " already exists");
  if (!options.append) {
    parts.uploads.drop(path, call);
    return std::unique_ptr<FileWriter>(new FileWriter(parts, path, rule, std::nullopt));
  }
  auto claim = parts.uploads.claim(path, at_path, call);
  if (!claim && !file) throw sdk::path_not_found();
  const std::string base = claim ? claim->upload.blob : *entry;
  std::unique_ptr<FileWriter> writer(new FileWriter(parts, path, rule, std::move(claim)));
  if (writer->continues()) return writer;
  try {
    writer->copy_base(base, call);
  } catch (const sdk::Error& error) {
    writer->remove_if_new(error, call);
    throw;
  }
  return writer;
}

// A finished blob never changes, so an append writes to a copy. The same holds for a file that a
// registry is still writing.
void FileWriter::copy_base(const std::string& blob, const sdk::Call& call) {
  auto info = parts_.blobs.info(blob, call);
  if (!info) info = parts_.files.empty_file(path_, blob, call);
  if (!info)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     path_ + " was replaced while the append was being opened");
  BlobReader reader(parts_.session, blob, *info, {});
  std::unique_ptr<char[]> buffer(new char[max_request_bytes]);
  while (const std::size_t got = reader.read(buffer.get(), max_request_bytes, call))
    chunks_.write({buffer.get(), got}, call);
}

void FileWriter::commit(const sdk::CommitOptions& /*options*/, const sdk::Call& call) {
  try {
    call.check();
    finish(call);
  } catch (const sdk::Error& error) {
    remove_if_new(error, call);
    throw;
  }
  const auto not_linked = [&](const sdk::Error& error) {
    continues() ? restore_upload() : remove_if_new(error, call);
  };
  publish(parts_, path_, chunks_.record().blob, rule_, not_linked, call);
  if (!claim_) return;
  log_failure_of("the list of uploads still names the finished upload of " + path_,
                 [&] { parts_.uploads.forget(path_, claim_->entry, call); });
}

// Makes the blob finished.
void FileWriter::finish(const sdk::Call& call) {
  const std::string& blob = chunks_.record().blob;
  if (chunks_.nothing_sent()) {
    const auto write = parts_.blobs.write_small(blob, chunks_.pending());
    return parts_.session.check(write->wait(call), "cannot write", write->object());
  }
  chunks_.flush(call);
  if (!parts_.blobs.finish(blob, chunks_.size(), chunks_.record().token, call)) throw taken_over();
}

// Turns the finished blob back into the upload that its entry in the list of uploads names.
// Otherwise the next append copies it.
void FileWriter::restore_upload() const {
  const UploadRecord& upload = chunks_.record();
  log_failure_of("the next append to " + path_ + " will copy the upload", [&] {
    const common::CleanupCall own(cleanup_timeout);
    if (const auto seen = parts_.blobs.info(upload.blob, own.call()))
      parts_.blobs.take_over(upload, *seen, upload.token, own.call());
  });
}

// An upload that this writer continued stays as it was saved.
void FileWriter::remove_if_new(const sdk::Error& cause, const sdk::Call& call) const {
  if (!continues()) remove_unlinked(parts_.blobs, chunks_.record(), cause, call);
}

// The entry is removed last, and stays if another writer has taken over the upload.
void FileWriter::cancel(const sdk::Call& call) {
  const bool ours = chunks_.nothing_sent() || parts_.blobs.discard(chunks_.record(), call);
  if (ours && claim_) parts_.uploads.forget(path_, claim_->entry, call);
}

void FileWriter::keep(const sdk::Call& call) {
  if (chunks_.broken()) chunks_.cut_to_settled();
  try {
    chunks_.flush(call);
    chunks_.save_size(call);
    expect_base(call);
  } catch (const sdk::Error& error) {
    remove_if_new(error, call);
    throw;
  }
  UploadRecord record = chunks_.record();
  record.base = rule_.replaces;
  parts_.uploads.save(path_, record, call);
}

void FileWriter::expect_base(const sdk::Call& call) const {
  if (parts_.directories.find(path_, call).value_or(std::string()) != *rule_.replaces)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     path_ + " was written, moved or removed since this writer was opened");
}

}  // namespace berth::rados
