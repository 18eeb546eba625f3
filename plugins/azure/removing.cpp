// SPDX-License-Identifier: Apache-2.0
#include "removing.hpp"

#include <algorithm>

#include "common/job_group.hpp"

namespace berth::azure {
namespace {

constexpr size_t most_at_once = 32;

// What deleting leaves to be done.
struct Leftovers {
  std::vector<std::string> folders;  // not empty yet
  std::vector<std::string> missing;  // or nothing but blocks
};

void take_answer(const http::Response& answer, const Operation& operation, Leftovers& left) {
  const ServiceError error = read_service_error(answer);
  if (error.code == "DirectoryIsNotEmpty")
    left.folders.push_back(operation.blob);
  else if (is_missing_blob(error))
    left.missing.push_back(operation.blob);
  else
    Container::check(answer, operation);
}

}  // namespace

void remove_blobs(Container& container, const std::vector<std::string>& blobs,
                  const sdk::Call& call) {
  Leftovers left;
  {
    common::JobGroup jobs(container.transfers(), most_at_once);
    for (const std::string& blob : blobs) {
      const Operation operation = container.delete_operation(blob);
      jobs.start(
          container.requests().plan(operation, nullptr),
          [&left, operation](const http::Response& a) { take_answer(a, operation, left); }, call);
    }
    jobs.wait(call);
  }
  for (const std::string& blob : left.missing)
    if (!container.blocks(blob, call).uncommitted.empty()) container.drop_blocks(blob, call);
  // The deepest first.
  std::sort(left.folders.rbegin(), left.folders.rend());
  for (const std::string& folder : left.folders) {
    const Operation operation = container.delete_operation(folder);
    const http::Response answer = container.send(operation, call);
    if (answer.status != 404) Container::check(answer, operation);
  }
}

}  // namespace berth::azure
