// SPDX-License-Identifier: Apache-2.0
//
// Deleting keys: many in one request where the service can, else one by one. A key that does not
// exist counts as deleted; a missing bucket is an error.
#include <algorithm>
#include <set>

#include "bucket/bucket.hpp"
#include "common/crypto.hpp"
#include "common/job_group.hpp"
#include "common/xml.hpp"

namespace berth::bucket {
namespace {

constexpr std::size_t max_deletions = 32;  // single ones in flight

// Whether the service cannot delete many keys in one request (Google Cloud Storage).
bool knows_no_multi_delete(const common::ServiceError& error) {
  return error.status == 501 || error.status == 405 || error.code == "NotImplemented" ||
         error.code == "MethodNotAllowed";
}

// A key that the answer names neither as deleted nor as refused may still exist.
void add_unconfirmed(const std::vector<std::string>& keys, Deletion& deletion) {
  std::set<std::string_view> named(deletion.deleted.begin(), deletion.deleted.end());
  for (const DeleteFailure& failure : deletion.failures) named.insert(failure.key);
  std::vector<DeleteFailure> silent;
  for (const std::string& key : keys)
    if (named.count(key) == 0)
      silent.push_back({key, "InternalError", "the service did not confirm the deletion"});
  deletion.failures.insert(deletion.failures.end(), silent.begin(), silent.end());
}

Operation delete_operation(const std::string& key) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  return operation;
}

}  // namespace

void Bucket::remove(const std::vector<std::string>& keys, const sdk::Call& call) {
  if (keys.size() == 1) return remove_one(keys.front(), call);
  if (!deletes_many_) return remove_singly(keys, call);
  std::vector<std::string> left;
  for (const std::string& key : keys)
    common::fits_xml(key) ? left.push_back(key) : remove_one(key, call);
  if (left.empty()) return;
  http::Backoff backoff(retrier_.policy());
  for (;;) {
    const auto failures = try_remove(left, call);
    if (!failures) {
      remove_singly(left, call);
      deletes_many_ = false;
      return;
    }
    if (failures->empty()) return;
    const auto [error, may_help] = error_from(*failures);
    const auto wait = may_help ? backoff.after(error) : std::nullopt;
    if (!wait) throw error;
    http::pause(*wait, call, error.message());
    left.clear();
    for (const DeleteFailure& failure : *failures) left.push_back(failure.key);
  }
}

std::pair<sdk::Error, bool> Bucket::error_from(const std::vector<DeleteFailure>& failures) const {
  const auto is_fatal = [this](const DeleteFailure& failure) {
    common::ServiceError error;
    error.code = failure.code;
    return requests_.judge(error) == http::Verdict::refuse;
  };
  const auto fatal = std::find_if(failures.begin(), failures.end(), is_fatal);
  const DeleteFailure& first = fatal == failures.end() ? failures.front() : *fatal;
  common::ServiceError error;
  error.status = first.code == "AccessDenied" ? 403 : fatal == failures.end() ? 500 : 400;
  error.code = first.code;
  error.message = first.message;
  const std::string others =
      failures.size() == 1 ? "" : " and " + std::to_string(failures.size() - 1) + " more";
  return {requests_.error_from(error, "delete " + quoted(first.key) + others),
          fatal == failures.end()};
}

void Bucket::remove_version(const std::string& key, const KeptObject& object,
                            const sdk::Call& call) {
  const auto replaced = [&key] {
    return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                      "the object " + quoted(key) +
                          " was replaced while it was copied; the newer object is kept");
  };
  const std::optional<KeptObject> there = head(key, call);
  if (!there) return;  // another program removed it
  if (version_of(there) != version_of(object)) throw replaced();
  if (!requests_.dialect().deletes_conditionally || object.etag.empty())
    return remove_one(key, call);

  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  operation.headers.add("If-Match", object.etag);
  const Answer answer = answer_to(operation, call);
  if (answer.status == 501) return remove_one(key, call);  // the service has no such condition
  // After a lost answer the condition fails because the object has been deleted.
  if (answer.status == 412 && !head(key, call)) return;
  if (answer.status == 412) throw replaced().protocol_status(412);
  if (answer.status != 404 || answer.read.error.code == "NoSuchBucket") check(answer, operation);
}

common::ServiceError Bucket::deletion_error(common::ServiceError error) const {
  if (error.status == 404 && error.code != "NoSuchBucket") return {204, {}, {}, {}, {}, {}};
  return error;
}

void Bucket::remove_one(const std::string& key, const sdk::Call& call) {
  const Operation operation = delete_operation(key);
  const Answer answer = answer_to(operation, call);
  const common::ServiceError error = deletion_error(answer.read.error);
  if (error.ok()) return;
  throw requests_.error_from(error, doing(operation)).retry_after(http::retry_after(answer));
}

// Continues after a key that the service refuses, so that the error can say how many remain.
void Bucket::remove_singly(const std::vector<std::string>& keys, const sdk::Call& call) {
  std::optional<common::ServiceError> first;
  std::string refused;
  std::size_t failed = 0;
  common::JobGroup jobs(transfers_, max_deletions);
  for (const std::string& key : keys) {
    const auto take = [&, key](const http::Response& answer) {
      common::ServiceError error = deletion_error(assess(requests_, answer, nullptr).error);
      if (error.ok() || failed++ != 0) return;
      first = std::move(error);
      refused = key;
    };
    jobs.start(background_plan(requests_, delete_operation(key), call), take, call);
  }
  jobs.wait(call);
  if (!first) return;
  const std::string others = failed == 1 ? "" : " and " + std::to_string(failed - 1) + " more";
  throw requests_.error_from(*first, "delete " + quoted(refused) + others);
}

std::optional<std::vector<DeleteFailure>> Bucket::try_remove(const std::vector<std::string>& keys,
                                                             const sdk::Call& call) {
  const bool quiet = requests_.dialect().deletes_quietly;
  const std::string body = delete_document(keys, requests_.dialect().name_space, quiet);
  Operation operation;
  operation.method = "POST";
  operation.query = {{"delete", ""}};
  if (!quiet) operation.query.emplace_back("encoding-type", "url");
  operation.body = body;
  operation.expects = "DeleteResult";
  operation.headers.add("Content-Type", "application/xml");
  operation.headers.add("Content-MD5", common::base64(common::md5(body)));
  const Answer answer = answer_to(operation, call);
  if (is_refused_as_a_whole(answer.read.error)) return std::nullopt;
  check(answer, operation);
  Deletion deletion = read_deletion(*answer.read.document);
  if (!quiet) add_unconfirmed(keys, deletion);
  const auto gone = [](const DeleteFailure& failure) { return failure.code == "NoSuchKey"; };
  std::vector<DeleteFailure>& failures = deletion.failures;
  failures.erase(std::remove_if(failures.begin(), failures.end(), gone), failures.end());
  return std::move(failures);
}

// A 400 that is not about credentials may also mean that the service cannot delete many keys in one
// request. Single deletions find out, and their errors are more precise.
bool Bucket::is_refused_as_a_whole(const common::ServiceError& error) const {
  if (error.ok()) return false;
  if (knows_no_multi_delete(error)) return true;
  return error.status == 400 &&
         requests_.error_from(error, "delete keys").status() == BERTH_STATUS_UNKNOWN;
}

}  // namespace berth::bucket
