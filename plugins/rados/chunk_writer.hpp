// SPDX-License-Identifier: Apache-2.0
//
// Writes the chunks of a blob with several requests in flight.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "blobs.hpp"

namespace berth::rados {

// What a request of a writer reports whose upload another writer took over.
sdk::Error taken_over();

UploadRecord new_upload(const Session& session);

// Writes a blob from its beginning, or continues an upload. Object 0 holds the token of the writer.
class ChunkWriter {
 public:
  // begun: object 0 exists and has the token.
  ChunkWriter(const Session& session, UploadRecord record, bool begun)
      : session_(session),
        record_(std::move(record)),
        settled_(record_.size),
        sent_(begun),
        stored_(begun),
        window_(stream_window) {}

  void write(std::string_view bytes, const sdk::Call& call);
  void flush(const sdk::Call& call);  // sends the pending bytes and waits for all requests
  void cut_to_settled() noexcept;     // after a failure: drops what follows the first lost byte
  void save_size(const sdk::Call& call);

  bool broken() const noexcept { return broken_; }  // a request failed, so its bytes are missing

  std::uint64_t size() const noexcept { return record_.size + pending_.size(); }
  bool nothing_sent() const noexcept { return !sent_; }
  const std::string& pending() const noexcept { return pending_; }
  const UploadRecord& record() const noexcept { return record_; }

 private:
  struct Sent {
    WriteOperation write;
    std::uint64_t end = 0;  // offset in the file after its bytes
  };
  std::uint64_t next_size() const noexcept;
  void send(std::string_view bytes, const sdk::Call& call);
  void settle(const sdk::Call& call);

  const Session& session_;
  UploadRecord record_;    // its size counts the bytes sent
  std::string pending_;    // bytes not sent yet
  std::uint64_t settled_;  // all bytes before this offset are stored
  bool sent_;              // the request that creates object 0 was sent
  bool stored_;            // that request succeeded
  bool broken_ = false;
  Window<Sent> window_;
};

}  // namespace berth::rados
