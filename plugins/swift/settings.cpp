// SPDX-License-Identifier: Apache-2.0
//
// What the rows cannot say: which parameters need or exclude each other.
#include "settings.hpp"

namespace berth::swift {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS, text);
}

std::string trim_slashes(std::string text) {
  while (!text.empty() && text.front() == '/') text.erase(0, 1);
  while (!text.empty() && text.back() == '/') text.pop_back();
  return text;
}

// Words of "GET, HEAD" or of a JSON list: "[\"GET\",\"HEAD\"]".
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : text) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (letter) word += static_cast<char>(c & ~0x20);
    if (!letter && !word.empty()) found.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) found.push_back(word);
  return found;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

int version_of(int given, const http::Url& url, bool credential) {
  if (given != 0) return given;
  if (credential || contains(url.path, "/v3")) return 3;
  if (contains(url.path, "/v2")) return 2;
  if (contains(url.path, "/v1") || contains(url.path, "/auth")) return 1;
  refuse("authversion is needed, since authurl holds neither v1, v2 nor v3");
}

void check_credential(const Identity& who) {
  if (who.version != 3) refuse("an application credential needs authversion 3");
  if (who.credential_secret.empty()) refuse("applicationcredentialsecret is missing");
  if (who.credential_id.empty() && who.user.empty())
    refuse("applicationcredentialname needs username; applicationcredentialid does not");
  if (!who.trust_id.empty()) refuse("trustid excludes an application credential");
}

void check(const Identity& who) {
  const bool credential = !who.credential_id.empty() || !who.credential_name.empty();
  if (credential) return check_credential(who);
  if (!who.token.empty()) {
    if (who.version != 3) refuse("token needs authversion 3");
    return;
  }
  if (who.user.empty()) refuse("username is missing, or an application credential");
  if (who.password.empty()) refuse("password is missing");
}

void check_container(const std::string& container) {
  if (container.find('/') != std::string::npos)
    refuse("container '" + container + "' holds a slash; put the path into prefix");
  if (container.size() > 256) refuse("container is longer than 256 bytes");
}

Identity identity_of(const sdk::Parameters& p) {
  Identity who;
  who.auth_url = http::Url::parse(p.string("authurl"), "authurl");
  who.user = p.string("username");
  who.password = p.string("password");
  who.project = p.string("tenant");
  who.project_id = p.string("tenantid");
  who.domain = p.string("domain");
  who.domain_id = p.string("domainid");
  who.project_domain = p.string("tenantdomain");
  who.project_domain_id = p.string("tenantdomainid");
  who.trust_id = p.string("trustid");
  who.credential_id = p.string("applicationcredentialid");
  who.credential_name = p.string("applicationcredentialname");
  who.credential_secret = p.string("applicationcredentialsecret");
  who.token = p.string("token");
  who.region = p.string("region");
  who.interface = p.string("endpointtype");
  who.version = version_of(static_cast<int>(p.integer("authversion")), who.auth_url,
                           !who.credential_id.empty() || !who.credential_name.empty());
  check(who);
  return who;
}

}  // namespace

Settings::Settings(const sdk::Parameters& p)
    : identity(identity_of(p)),
      container(trim_slashes(p.string("container"))),
      prefix(trim_slashes(p.string("prefix"))),
      chunk_size(p.bytes("chunksize")),
      secret_key(p.string("secretkey")),
      access_key(p.string("accesskey")),
      container_key(p.boolean("tempurlcontainerkey")),
      url_methods(words(p.string("tempurlmethods"))),
      registry_layout(p.string("layout") == "registry"),
      upload_concurrency(static_cast<int>(p.integer("uploadconcurrency"))),
      download_concurrency(static_cast<int>(p.integer("downloadconcurrency"))),
      max_retries(static_cast<int>(p.integer("maxretries"))),
      client(common::client_options(p)) {
  client.skipverify = p.boolean("insecureskipverify");
  if (container.empty()) refuse("container is empty");
  check_container(container);
}

}  // namespace berth::swift
