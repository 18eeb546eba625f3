// SPDX-License-Identifier: Apache-2.0
//
// Deletes blobs by batches, then one by one what a batch did not delete, then uncommitted blocks of
// blobs that were missing, then folders.
#include "remove.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "batch.hpp"
#include "common/job_group.hpp"

namespace berth::azure {
namespace {

constexpr size_t most_singles = 32;  // in flight
constexpr size_t most_batches = 4;
constexpr std::chrono::seconds batch_timeout{150};  // the service takes 120 s at most

using Blobs = std::vector<std::string>;

// What remains to be done after the deletions.
struct Leftovers {
  Blobs folders;  // not empty yet
  Blobs missing;  // may have uncommitted blocks
};

// False: the blob was not deleted, for a reason not handled here.
bool take_answer(const http::Response& answer, const std::string& blob, Leftovers& left) {
  const ServiceError error = read_service_error(answer);
  if (error.code == "DirectoryIsNotEmpty")
    left.folders.push_back(blob);
  else if (is_missing_blob(error))
    left.missing.push_back(blob);
  else
    return answer.ok();
  return true;
}

Operation batch_operation(const Container& container, const Blobs& blobs) {
  Operation operation;
  operation.target = Target::container;
  operation.method = "POST";
  operation.query = {{"restype", "container"}, {"comp", "batch"}};
  operation.headers.add("Content-Type", batch_content_type);
  operation.first_byte_timeout = batch_timeout;
  for (const std::string& blob : blobs) operation.parts.push_back(container.delete_operation(blob));
  return operation;
}

// A missing permission or a busy service does not count: the next batch may succeed.
bool knows_no_batches(const ServiceError& error) {
  if (error.status == 405 || error.status == 501) return true;
  for (const char* code : {"InvalidQueryParameterValue", "UnsupportedQueryParameter",
                           "FeatureNotYetSupportedForHierarchicalNamespaceAccounts"})
    if (error.code == code) return true;
  return false;
}

// Single deletions report errors more precisely than a batch, but would add load to a service that
// throttles requests.
void take_refusal(Container& container, const http::Response& answer) {
  const ServiceError error = read_service_error(answer);
  if (judge(error) == http::Verdict::slow_down)
    throw error_from(answer, "delete the blobs of a batch");
  if (knows_no_batches(error)) container.refuse_batches();
}

// Returns the blobs that must be deleted one by one.
Blobs remove_by_batches(Container& container, const Blobs& blobs, Leftovers& left,
                        const sdk::Call& call) {
  Blobs singles;
  common::JobGroup jobs(container.transfers(), most_batches);
  for (size_t at = 0; at < blobs.size(); at += most_batch_parts) {
    const size_t end = std::min(blobs.size(), at + most_batch_parts);
    auto group = std::make_shared<const Blobs>(blobs.begin() + static_cast<ptrdiff_t>(at),
                                               blobs.begin() + static_cast<ptrdiff_t>(end));
    Operation operation = batch_operation(container, *group);
    const auto take = [&, group](const http::Response& answer) {
      if (!answer.ok()) take_refusal(container, answer);
      const auto parts = read_batch(answer, group->size());
      for (size_t i = 0; i < parts.size(); ++i)
        if (!parts[i] || !take_answer(*parts[i], (*group)[i], left)) singles.push_back((*group)[i]);
    };
    jobs.start(container.requests().background_plan(std::move(operation), call), take, call);
  }
  jobs.wait(call);
  return singles;
}

void remove_singly(Container& container, const Blobs& blobs, Leftovers& left,
                   const sdk::Call& call) {
  common::JobGroup jobs(container.transfers(), most_singles);
  for (const std::string& blob : blobs) {
    const Operation operation = container.delete_operation(blob);
    const auto take = [&left, operation](const http::Response& answer) {
      if (!take_answer(answer, operation.blob, left)) Container::check(answer, operation);
    };
    jobs.start(container.requests().background_plan(operation, call), take, call);
  }
  jobs.wait(call);
}

// The blobs that have uncommitted blocks.
Blobs unfinished(Container& container, const Blobs& blobs, const sdk::Call& call) {
  Blobs found;
  common::JobGroup jobs(container.transfers(), most_singles);
  for (const std::string& blob : blobs) {
    const Operation operation = container.blocks_operation(blob);
    const auto take = [&found, operation](const http::Response& answer) {
      if (!Container::blocks_in(answer, operation).uncommitted.empty())
        found.push_back(operation.blob);
    };
    jobs.start(container.requests().background_plan(operation, call), take, call);
  }
  jobs.wait(call);
  return found;
}

// The deepest first.
void remove_folders(Container& container, Blobs folders, const sdk::Call& call) {
  std::sort(folders.rbegin(), folders.rend());
  for (const std::string& folder : folders) {
    const Operation operation = container.delete_operation(folder);
    const http::Response answer = container.send(operation, call);
    if (answer.status != 404) Container::check(answer, operation);
  }
}

}  // namespace

void remove_blobs(Container& container, const std::vector<std::string>& blobs,
                  const sdk::Call& call) {
  // Azurite reports the deletion of a blob with nothing but uncommitted blocks as done, and gives
  // the blocks to the next writer of that name. So a removal of one blob drops them first.
  if (blobs.size() == 1 && !unfinished(container, blobs, call).empty() &&
      container.drop_blocks(blobs.front(), call))
    return;
  Leftovers left;
  const bool batches = blobs.size() > 1 && container.takes_batches();
  remove_singly(container, batches ? remove_by_batches(container, blobs, left, call) : blobs, left,
                call);
  for (const std::string& blob : unfinished(container, left.missing, call))
    container.drop_blocks(blob, call);
  remove_folders(container, std::move(left.folders), call);
}

// After a lost answer, a blob that is gone was deleted by the first request.
void remove_blob_of(Container& container, const std::string& blob, const std::string& etag,
                    const sdk::Call& call) {
  Operation operation = container.delete_operation(blob);
  operation.headers.add("If-Match", etag);
  int attempts = 0;
  const http::Response answer = container.send(operation, call, &attempts);
  const bool refused = read_service_error(answer).code == "ConditionNotMet";
  if (answer.status != 404 && !refused) return Container::check(answer, operation);
  if (const auto info = container.head(blob, call)) return check_etag(info, blob, etag);
  if (attempts == 1) throw sdk::path_not_found();
}

}  // namespace berth::azure
