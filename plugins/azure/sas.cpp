// SPDX-License-Identifier: Apache-2.0
#include "sas.hpp"

#include "common/crypto.hpp"
#include "common/uri.hpp"

namespace berth::azure {
namespace {

// The version whose rules the strings below follow.
constexpr std::string_view sas_version = "2021-08-06";

std::string protocols(const Grant& grant) {
  return grant.https_only ? "https" : "https,http";
}

// Permissions, start (none: at once), end, resource.
std::string beginning(const Grant& grant) {
  return grant.permissions + "\n\n" + common::iso_date(grant.expires) + "\n/blob/" + grant.account +
         '/' + grant.container + '/' + grant.blob + '\n';
}

// Address (any), protocols, version, kind of resource, then snapshot, encryption scope and the five
// headers of the answer, none of which are given.
std::string end(const Grant& grant) {
  return '\n' + protocols(grant) + '\n' + std::string(sas_version) + "\nb\n\n\n\n\n\n\n";
}

common::Query query_of(const Grant& grant) {
  return {{"sv", std::string(sas_version)},
          {"spr", protocols(grant)},
          {"se", common::iso_date(grant.expires)},
          {"sr", "b"},
          {"sp", grant.permissions}};
}

std::string signed_query(common::Query query, std::string_view key, const std::string& text) {
  query.emplace_back("sig", common::base64(common::hmac_sha256(key, text)));
  return common::encode_query(query);
}

}  // namespace

std::string blob_sas(const Grant& grant, std::string_view account_key) {
  return signed_query(query_of(grant), account_key, beginning(grant) + '\n' + end(grant));
}

std::string blob_sas(const Grant& grant, const DelegationKey& key) {
  common::Query query = query_of(grant);
  query.insert(query.end(), {{"skoid", key.oid},
                             {"sktid", key.tid},
                             {"skt", key.start},
                             {"ske", key.expiry},
                             {"sks", key.service},
                             {"skv", key.version}});
  // The fields after the key (authorized and unauthorized user, correlation id) stay empty.
  const std::string signer = key.oid + '\n' + key.tid + '\n' + key.start + '\n' + key.expiry +
                             '\n' + key.service + '\n' + key.version + "\n\n\n\n";
  return signed_query(std::move(query), key.value, beginning(grant) + signer + end(grant));
}

}  // namespace berth::azure
