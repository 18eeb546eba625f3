// SPDX-License-Identifier: Apache-2.0
#include "connection_string.hpp"

#include <algorithm>
#include <berth/driver.hpp>
#include <map>

#include "common/text.hpp"

namespace berth::azure {
namespace {

// The emulator's account, which is the same everywhere and documented as such.
constexpr std::string_view emulator_account = "devstoreaccount1";
constexpr std::string_view emulator_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

// Values may hold '=': only the first one of a piece separates.
std::map<std::string, std::string> pieces(std::string_view text) {
  std::map<std::string, std::string> found;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    if (piece.empty()) continue;
    const size_t equals = piece.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                       "connectionstring must be of the form Name=value;Name=value");
    found[common::lower_case(piece.substr(0, equals))] = piece.substr(equals + 1);
  }
  return found;
}

}  // namespace

ConnectionString parse_connection_string(std::string_view text) {
  auto values = pieces(text);
  if (values["usedevelopmentstorage"] == "true")
    return {std::string(emulator_account),
            std::string(emulator_key),
            {},
            "http://127.0.0.1:10000/" + std::string(emulator_account)};
  ConnectionString result{values["accountname"], values["accountkey"],
                          values["sharedaccesssignature"], values["blobendpoint"]};
  const std::string& suffix = values["endpointsuffix"];
  if (result.endpoint.empty() && !result.account.empty() && !suffix.empty()) {
    const std::string& scheme = values["defaultendpointsprotocol"];
    result.endpoint =
        (scheme.empty() ? "https" : scheme) + "://" + result.account + ".blob." + suffix;
  }
  return result;
}

}  // namespace berth::azure
