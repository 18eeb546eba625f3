// SPDX-License-Identifier: Apache-2.0
#include "bulk_delete.hpp"

#include <algorithm>
#include <set>

#include "container.hpp"

namespace berth::swift {
namespace {

constexpr std::chrono::minutes bulk_timeout{5};

// "c/a b", from "/c/a%20b".
std::string named_place(const std::string& name) {
  const std::string place = common::percent_decode(name);
  return place.substr(place.starts_with("/") ? 1 : 0);
}

std::string body_of(const std::vector<Segment>& group) {
  std::string body;
  for (const Segment& object : group)
    body += common::percent_encode(object.container) + '/' +
            common::percent_encode_path(object.name) + '\n';
  return body;
}

const BulkFailure* failure_with(const BulkResult& result, std::string_view status) {
  const auto found =
      std::find_if(result.failures.begin(), result.failures.end(),
                   [&](const BulkFailure& failure) { return failure.status.starts_with(status); });
  return found == result.failures.end() ? nullptr : &*found;
}

// Of several failures, the one that trying again does not help is told.
sdk::Error error_of(const BulkResult& result) {
  if (result.failures.empty())
    return sdk::Error(BERTH_STATUS_UNAVAILABLE,
                      "cannot delete objects: the service answered " + result.status)
        .retryable();
  const BulkFailure* const denied = failure_with(result, "403");
  const BulkFailure& told = denied ? *denied : result.failures.front();
  std::string text = "cannot delete '" + common::percent_decode(told.name) + "'";
  if (result.failures.size() > 1)
    text += " and " + std::to_string(result.failures.size() - 1) + " more";
  text += ": the service answered " + told.status;
  const bool unknown = told.status.starts_with("401");
  return sdk::Error(denied    ? BERTH_STATUS_PERMISSION_DENIED
                    : unknown ? BERTH_STATUS_UNAUTHENTICATED
                              : BERTH_STATUS_UNAVAILABLE,
                    text)
      .retryable(!denied);
}

// What a proxy without bulk deletes makes of the request: it refuses it, or takes it for a change
// of the account's metadata.
bool knows_no_bulk_delete(const http::Response& answer) noexcept {
  for (const int status : {204, 400, 404, 405, 501})
    if (answer.status == status) return true;
  return false;
}

bool accounts_for(const BulkResult& result, size_t count) noexcept {
  if (!result.deleted || !result.missing) return false;
  return *result.deleted + *result.missing + result.failures.size() == count;
}

// nullopt: the service has no bulk delete.
std::optional<BulkResult> attempt(Container& container, const std::vector<Segment>& group,
                                  const sdk::Call& call) {
  const std::string body = body_of(group);
  Operation write;
  write.method = "POST";
  write.query = {{"bulk-delete", ""}};
  write.headers.add("Content-Type", "text/plain");
  write.headers.add("Accept", "application/json");
  write.body = body;
  write.first_byte_timeout = bulk_timeout;
  Requests& requests = container.requests();
  const auto attempts = Requests::begin(write);
  const http::Response answer = container.retrier().send(requests.plan(attempts, call), call);
  if (knows_no_bulk_delete(answer)) return std::nullopt;
  Container::check(answer, write);
  BulkResult result = read_bulk_result(answer.body);
  if (failure_with(result, "401")) requests.expire(*attempts);  // the token was revoked
  return result;
}

}  // namespace

std::vector<Segment> rest_of(std::vector<Segment> group, const BulkResult& result) {
  if (result.failures.empty()) return group;
  if (!accounts_for(result, group.size())) return group;
  std::set<std::string> failed;
  for (const BulkFailure& failure : result.failures) failed.insert(named_place(failure.name));
  std::vector<Segment> rest;
  std::copy_if(group.begin(), group.end(), std::back_inserter(rest),
               [&](const Segment& object) { return failed.count(object.place()) != 0; });
  return rest.size() == result.failures.size() ? rest : group;
}

std::vector<Segment> bulk_delete(Container& container, std::vector<Segment> group,
                                 const sdk::Call& call) {
  http::Backoff backoff(container.retrier().policy());
  for (;;) {
    const auto result = attempt(container, group, call);
    if (!result) return group;
    if (result->status.starts_with("200") && result->failures.empty())
      return accounts_for(*result, group.size()) ? std::vector<Segment>() : group;
    const size_t before = group.size();
    group = rest_of(std::move(group), *result);
    // Tokens may live shorter than the group takes: each one gets further.
    if (result->deleted.value_or(0) != 0 || group.size() < before) backoff.progressed();
    const sdk::Error error = error_of(*result);
    const auto wait = backoff.after(error);
    if (!wait) throw http::with_attempts(error, backoff.attempts());
    http::pause(*wait, call, error.message());
  }
}

}  // namespace berth::swift
