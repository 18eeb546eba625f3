// SPDX-License-Identifier: Apache-2.0
//
// The driver's parameters: their rows, and the values in the form the code wants. Names are the
// registry's, of 2.x and of 3.x; the additions keep its style.
#pragma once

#include <array>
#include <berth/driver.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/http/http.hpp"
#include "common/parameters.hpp"

namespace berth::azure {

inline constexpr uint64_t mebibyte = 1024 * 1024;
inline constexpr uint64_t largest_block = 4'000 * mebibyte;
inline constexpr uint32_t most_blocks = 50'000;
// The service takes 190 TiB; blocks that begin small and grow on the way reach this.
inline constexpr uint64_t largest_blob = 64 * 1024 * 1024 * mebibyte;
inline constexpr uint64_t largest_append = 4 * mebibyte;       // one Append Block
inline constexpr uint64_t largest_single_put = 64 * mebibyte;  // above it, blocks in parallel

using sdk::Param;

inline constexpr std::array parameter_rows{
    Param::string("accountname", "Storage account; may come from connectionstring."),
    Param::string("accountkey", "Key of the account, in base64.").secret(),
    Param::string("container", "Container of the blobs.").required(),
    Param::string("realm", "Domain of the service.").with_default("core.windows.net"),
    Param::string("serviceurl", "URL of the blob service; by default from accountname and realm."),
    Param::string("rootdirectory", "Prefix of all blob names."),
    Param::string("connectionstring", "Account, key or SAS and endpoint in one text.").secret(),
    Param::string("sastoken", "Shared access signature of the container or account.").secret(),
    Param::string("credentials.type",
                  "Which credentials count; by default those that are given. default_credentials "
                  "asks the environment, workload identity and managed identity.")
        .one_of("client_secret|shared_key|default_credentials"),
    Param::string("credentials.clientid", "Client id of the application or managed identity."),
    Param::string("credentials.tenantid", "Tenant of the application."),
    Param::string("credentials.secret", "Secret of the application.").secret(),
    Param::string("credentials.tokenfile", "File with the federated token of a workload identity.")
        .path(),
    Param::string("authorityhost",
                  "URL that hands out tokens; by default that of AZURE_AUTHORITY_HOST, else "
                  "https://login.microsoftonline.com."),
    Param::string(
        "legacyleadingslash",
        "Whether blob names begin with a slash, as registries 2.x wrote them; auto looks.")
        .with_default("auto")
        .one_of("auto|true|false"),
    Param::boolean("createcontainer", "Create the container when it is missing.")
        .with_default("false"),
    Param::boolean("deletesnapshots", "Delete the snapshots of a blob with it.")
        .with_default("false"),
    Param::bytes("chunksize", "Size of the blocks of an upload.")
        .with_default("8388608")
        .range(65'536, largest_block),
    common::rows::upload_concurrency("Blocks of an upload in flight."),
    common::rows::download_concurrency,
    Param::integer("max_retries",
                   "Repetitions of a request that failed; by default, and with 0, they are 5. With "
                   "-1 nothing is repeated, and a copy that is not immediate is aborted and fails.")
        .range(-1, 100),
    Param::millis("retry_delay",
                  "First pause between looks at a copy, and between repetitions; by default 100.")
        .range(1, 60'000),
    Param::integer("copy_status_poll_max_retry", "Older name of max_retries.")
        .range(-1, 100)
        .deprecated(),
    Param::millis("copy_status_poll_delay", "Older name of retry_delay.")
        .range(1, 60'000)
        .deprecated(),
    Param::boolean("skipverify", "Do not verify the service's certificate.").with_default("false"),
    common::rows::ca_file,
    common::rows::proxy,
    common::rows::connect_timeout,
    common::rows::stall_timeout};

enum class Auth { shared_key, sas, client_secret, default_credentials };
enum class LeadingSlash { look, always, never };

struct Settings {
  explicit Settings(const sdk::Parameters& parameters);

  std::string account;
  std::string account_key;  // raw bytes
  std::string sas;          // query text, without '?'
  Auth auth;
  std::string container;
  http::Url endpoint;  // of the service; its path has no slash at the end
  std::string root;
  std::string client_id, tenant_id, client_secret, token_file;
  std::optional<http::Url> authority;
  LeadingSlash leading_slash;
  bool create_container, delete_snapshots;
  uint64_t chunk_size;
  int upload_concurrency, download_concurrency;
  int max_retries;    // of a request; never negative
  bool await_copies;  // false: a copy that is not immediate fails
  std::chrono::milliseconds retry_delay;
  http::ClientOptions client;
};

// A URL to put paths behind; `name` is where it was given, for the message.
[[nodiscard]] http::Url base_url(const std::string& text, const char* name);

}  // namespace berth::azure
