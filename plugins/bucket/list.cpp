// SPDX-License-Identifier: Apache-2.0
//
// Pages of keys, and which of the keys are this driver's own upload records.
#include <algorithm>
#include <memory>
#include <set>

#include "bucket/bucket.hpp"
#include "common/keys.hpp"
#include "common/text.hpp"

namespace berth::bucket {

common::Page Bucket::page(const common::PageRequest& request, const sdk::Call& call) {
  Operation operation;
  operation.expects = "ListBucketResult";
  operation.query = {{"list-type", "2"}, {"encoding-type", "url"}};
  const auto add = [&operation](const char* name, std::string_view value) {
    if (!value.empty()) operation.query.emplace_back(name, value);
  };
  add("prefix", request.prefix);
  if (request.delimited) add("delimiter", "/");
  const std::size_t limit = request.limit == 0 ? requests_.dialect().page_size : request.limit;
  if (limit != 0) add("max-keys", std::to_string(limit));
  add("continuation-token", request.token);
  add("start-after", request.start_after);
  if (requests_.dialect().lists_with_marker) add("marker", request.start_after);
  return read_keys(*send(operation, call).read.document);
}

void Bucket::check_bucket(const sdk::Call& call) {
  common::PageRequest request;
  request.limit = 1;
  (void)page(request, call);
}

// The keys of most records follow from the list of uploads; a HEAD of each would be slow.
std::set<std::string> Bucket::known_records(const sdk::Call& call) {
  std::set<std::string> keys;
  try {
    for (const Upload& upload :
         uploads_beginning(common::KeySpace(settings_.root).prefix("/"), call))
      keys.insert(record_key(upload.key));
  } catch (const sdk::Error& error) {  // the access key may not be allowed to list uploads
    if (error.status() != BERTH_STATUS_PERMISSION_DENIED) throw;
  }
  return keys;
}

bool Bucket::is_record(const std::string& key, const sdk::Call& call) {
  Operation operation;
  operation.method = "HEAD";
  operation.key = key;
  const Answer answer = answer_to(operation, call);
  if (answer.status == 404) return true;  // deleted since, as records soon are
  check(answer, operation);
  const std::string own = header("meta-berth-");
  return std::any_of(answer.headers.begin(), answer.headers.end(), [&](const auto& given) {
    return common::lower_case(given.name).starts_with(own);
  });
}

common::Lookup::IsRecord Bucket::record_filter(const sdk::Call& call) {
  auto known = std::make_shared<std::optional<std::set<std::string>>>();
  return [this, known, lead = record_key(common::KeySpace(settings_.root).prefix("/")),
          &call](const std::string& key) {
    if (!key.starts_with(lead)) return false;
    if (!*known) *known = known_records(call);
    return (*known)->count(key) != 0 || is_record(key, call);
  };
}

}  // namespace berth::bucket
