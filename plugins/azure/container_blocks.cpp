// SPDX-License-Identifier: Apache-2.0
//
// Blocks: uploaded one by one, invisible until a list of them is committed.
#include "container.hpp"

#include "common/cleanup_call.hpp"

namespace berth::azure {
namespace {

// Committing takes the service long where the blocks are many, but it allows itself 60 s only.
constexpr std::chrono::seconds commit_timeout{90};

// The body is borrowed.
Operation block_list_operation(std::string_view blob, std::string_view body) {
  Operation operation;
  operation.method = "PUT";
  operation.blob = blob;
  operation.query = {{"comp", "blocklist"}};
  operation.body = body;
  operation.first_byte_timeout = commit_timeout;
  operation.headers.add("Content-Type", "application/xml");
  return operation;
}

bool same_blocks(const std::vector<Block>& blocks, const std::vector<std::string>& ids) {
  if (blocks.size() != ids.size()) return false;
  for (size_t i = 0; i < ids.size(); ++i)
    if (blocks[i].id != ids[i]) return false;
  return true;
}

}  // namespace

Operation Container::block_operation(std::string_view blob, const std::string& id,
                                     std::string_view bytes) const {
  Operation operation;
  operation.method = "PUT";
  operation.blob = blob;
  operation.query = {{"comp", "block"}, {"blockid", id}};
  operation.body = bytes;
  return operation;
}

void Container::put_block(std::string_view blob, const std::string& id, std::string_view bytes,
                          const sdk::Call& call) {
  const Operation operation = block_operation(blob, id, bytes);
  check(send(operation, call), operation);
}

std::string Container::put_block_list(std::string_view blob, const std::vector<std::string>& ids,
                                      const http::Headers& description, const Condition& condition,
                                      const sdk::Call& call) {
  const std::string body = block_list_document(ids);
  Operation operation = block_list_operation(blob, body);
  for (const http::Header& header : description) operation.headers.add(header.name, header.value);
  condition.add_to(operation.headers);
  const std::string mark = condition.any() ? add_mark(operation.headers) : std::string();
  int attempts = 0;
  const http::Response answer = send(operation, call, &attempts);
  if (answer.ok()) return std::string(answer.headers.get("ETag"));
  // An attempt whose answer was lost may have made it.
  if (attempts > 1 && !mark.empty()) {
    if (const auto found = head(blob, call); found && found->mark == mark) return found->etag;
  } else if (attempts > 1 && same_blocks(blocks(blob, call).committed, ids)) {
    return {};
  }
  check_write(answer, operation, condition);
  return {};
}

Operation Container::blocks_operation(std::string_view blob) const {
  Operation operation;
  operation.blob = blob;
  operation.query = {{"comp", "blocklist"}, {"blocklisttype", "all"}};
  return operation;
}

BlockList Container::blocks_in(const http::Response& answer, const Operation& operation) {
  if (is_missing_blob(read_service_error(answer))) return {};
  check(answer, operation);
  return read_blocks(answer.body);
}

BlockList Container::blocks(std::string_view blob, const sdk::Call& call) {
  const Operation operation = blocks_operation(blob);
  return blocks_in(send(operation, call), operation);
}

// Blocks cannot be deleted. Committing none of them drops all; the blob, which is empty, is seen
// for a moment, and is taken back whatever becomes of the call. Its mark tells it from one that
// somebody else has made.
bool Container::drop_blocks(std::string_view blob, const sdk::Call& call) {
  const std::string body = block_list_document({});
  Operation operation = block_list_operation(blob, body);
  Condition{true, {}}.add_to(operation.headers);
  const std::string mark = add_mark(operation.headers);
  int attempts = 0;
  const http::Response answer = send(operation, call, &attempts);
  const common::CleanupCall own(common::cleanup_timeout);
  std::string etag(answer.headers.get("ETag"));
  if (is_refused(answer)) {
    const auto there = attempts > 1 ? head(blob, own.call()) : std::nullopt;
    if (!there || there->mark != mark) return false;
    etag = there->etag;
  } else {
    check(answer, operation);
  }
  remove_version(blob, etag, own.call());
  return true;
}

}  // namespace berth::azure
