// SPDX-License-Identifier: Apache-2.0
//
// What the rows cannot say: where values come from, and which parameters need each other.
#include "settings.hpp"

#include "common/crypto.hpp"
#include "connection_string.hpp"

namespace berth::azure {
namespace {

constexpr int default_retries = 5;
constexpr std::chrono::milliseconds default_delay{100};

[[noreturn]] void refuse(const std::string& text) {
  throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS, text);
}

std::string first_of(std::string one, std::string other) {
  return one.empty() ? std::move(other) : std::move(one);
}

std::string without_question_mark(std::string text) {
  return !text.empty() && text.front() == '?' ? text.substr(1) : text;
}

std::optional<http::Url> authority_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return base_url(text, "authorityhost");
}

http::Url endpoint_of(const sdk::Parameters& p, const ConnectionString& connection,
                      const std::string& account) {
  if (p.string("serviceurl").empty() && !connection.endpoint.empty())
    return base_url(connection.endpoint, "connectionstring");
  const std::string standard = "https://" + account + ".blob." + p.string("realm");
  return base_url(first_of(p.string("serviceurl"), standard), "serviceurl");
}

std::string key_of(const std::string& text) {
  const auto key = common::from_base64(text);
  if (!key) refuse("accountkey is not base64; copy it whole from the account's access keys");
  return *key;
}

// An explicit type counts; else what is given.
Auth auth_of(const std::string& type, const Settings& settings) {
  if (type == "client_secret") return Auth::client_secret;
  if (type == "shared_key") return Auth::shared_key;
  if (type == "default_credentials") return Auth::default_credentials;
  if (!settings.account_key.empty()) return Auth::shared_key;
  if (!settings.sas.empty()) return Auth::sas;
  if (!settings.client_secret.empty()) return Auth::client_secret;
  if (!settings.token_file.empty()) return Auth::default_credentials;
  refuse(
      "no credentials are given; add accountkey, sastoken, connectionstring, or credentials with "
      "a type");
}

LeadingSlash leading_slash_of(const std::string& text) {
  if (text == "true") return LeadingSlash::always;
  return text == "false" ? LeadingSlash::never : LeadingSlash::look;
}

// Under the newer name, where both are given. None of them has a default, which would count too.
const char* given_name(const sdk::Parameters& p, const char* name, const char* older) {
  return p.has(older) && !p.has(name) ? older : name;
}

std::chrono::milliseconds delay_of(const sdk::Parameters& p) {
  const char* name = given_name(p, "retry_delay", "copy_status_poll_delay");
  return p.has(name) ? p.millis(name) : default_delay;
}

bool is_container_name(const std::string& name) {
  if (name == "$root" || name == "$web" || name == "$logs") return true;
  return name.size() >= 3 && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

void check(const Settings& settings) {
  if (!is_container_name(settings.container))
    refuse("container '" + settings.container +
           "' is not a container's name: 3 to 63 lower-case letters, digits and hyphens; put a "
           "path into rootdirectory");
  if (settings.auth == Auth::shared_key && settings.account_key.empty())
    refuse("credentials.type is shared_key, but accountkey is missing");
  if (settings.auth == Auth::client_secret &&
      (settings.client_id.empty() || settings.tenant_id.empty() || settings.client_secret.empty()))
    refuse(
        "credentials of type client_secret need credentials.clientid, credentials.tenantid and "
        "credentials.secret");
  const bool token =
      settings.auth == Auth::client_secret || settings.auth == Auth::default_credentials;
  if (token && !settings.endpoint.tls())
    refuse("the service takes tokens over https only; serviceurl must begin with https://");
}

}  // namespace

http::Url base_url(const std::string& text, const char* name) {
  http::Url url = http::Url::parse(text, name);
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  return url;
}

Settings::Settings(const sdk::Parameters& p)
    : container(p.string("container")),
      root(p.string("rootdirectory")),
      client_id(p.string("credentials.clientid")),
      tenant_id(p.string("credentials.tenantid")),
      client_secret(p.string("credentials.secret")),
      token_file(p.string("credentials.tokenfile")),
      authority(authority_of(p.string("authorityhost"))),
      leading_slash(leading_slash_of(p.string("legacyleadingslash"))),
      create_container(p.boolean("createcontainer")),
      delete_snapshots(p.boolean("deletesnapshots")),
      chunk_size(p.bytes("chunksize")),
      upload_concurrency(static_cast<int>(p.integer("uploadconcurrency"))),
      download_concurrency(static_cast<int>(p.integer("downloadconcurrency"))),
      max_retries(
          static_cast<int>(p.integer(given_name(p, "max_retries", "copy_status_poll_max_retry")))),
      await_copies(max_retries >= 0),
      retry_delay(delay_of(p)),
      client(common::client_options(p)) {
  client.skipverify = p.boolean("skipverify");
  ConnectionString connection = parse_connection_string(p.string("connectionstring"));
  if (!p.string("accountkey").empty() || !p.string("sastoken").empty()) {
    connection.key.clear();  // other parameters go first
    connection.sas.clear();
  }
  account = first_of(p.string("accountname"), connection.account);
  account_key = key_of(first_of(p.string("accountkey"), connection.key));
  sas = without_question_mark(first_of(p.string("sastoken"), connection.sas));
  endpoint = endpoint_of(p, connection, account);
  max_retries = max_retries == 0 ? default_retries : std::max(max_retries, 0);
  auth = auth_of(p.string("credentials.type"), *this);
  // Who has a signature needs no account, unless the endpoint is made of it.
  const bool endpoint_given = !p.string("serviceurl").empty() || !connection.endpoint.empty();
  if (account.empty() && !(auth == Auth::sas && endpoint_given)) refuse("accountname is missing");
  check(*this);
}

}  // namespace berth::azure
