// SPDX-License-Identifier: Apache-2.0
#include "identity.hpp"

#include <nlohmann/json.hpp>

#include "common/dates.hpp"
#include "errors.hpp"

namespace berth::swift {
namespace {

using nlohmann::json;

// ---- What is sent

json named(const std::string& name, const std::string& id) {
  return id.empty() ? json{{"name", name}} : json{{"id", id}};
}

bool given(const std::string& name, const std::string& id) {
  return !name.empty() || !id.empty();
}

json user_of(const Identity& who) {
  json user{{"name", who.user}};
  // A user's name means something in a domain only; Keystone's first one is called so.
  user["domain"] =
      given(who.domain, who.domain_id) ? named(who.domain, who.domain_id) : json{{"id", "default"}};
  return user;
}

json method_of(const Identity& who) {
  if (!who.credential_id.empty())
    return {
        {"methods", {"application_credential"}},
        {"application_credential", {{"id", who.credential_id}, {"secret", who.credential_secret}}}};
  if (!who.credential_name.empty())
    return {{"methods", {"application_credential"}},
            {"application_credential",
             {{"name", who.credential_name},
              {"secret", who.credential_secret},
              {"user", user_of(who)}}}};
  if (!who.token.empty()) return {{"methods", {"token"}}, {"token", {{"id", who.token}}}};
  json user = user_of(who);
  user["password"] = who.password;
  return {{"methods", {"password"}}, {"password", {{"user", user}}}};
}

json project_of(const Identity& who) {
  if (!who.project_id.empty()) return {{"id", who.project_id}};
  json project{{"name", who.project}};
  if (given(who.project_domain, who.project_domain_id))
    project["domain"] = named(who.project_domain, who.project_domain_id);
  else
    project["domain"] = given(who.domain, who.domain_id) ? named(who.domain, who.domain_id)
                                                         : json{{"id", "default"}};
  return project;
}

// An application credential belongs to a project already.
json scope_of(const Identity& who) {
  if (given(who.credential_name, who.credential_id)) return nullptr;
  if (!who.trust_id.empty()) return {{"OS-TRUST:trust", {{"id", who.trust_id}}}};
  if (given(who.project, who.project_id)) return {{"project", project_of(who)}};
  if (given(who.domain, who.domain_id)) return {{"domain", named(who.domain, who.domain_id)}};
  return nullptr;
}

std::string document_v2(const Identity& who) {
  json auth{{"passwordCredentials", {{"username", who.user}, {"password", who.password}}}};
  if (!who.project_id.empty())
    auth["tenantId"] = who.project_id;
  else if (!who.project.empty())
    auth["tenantName"] = who.project;
  if (!who.trust_id.empty()) auth["trust_id"] = who.trust_id;
  return json{{"auth", auth}}.dump();
}

std::string document_v3(const Identity& who) {
  json auth{{"identity", method_of(who)}};
  if (json scope = scope_of(who); !scope.is_null()) auth["scope"] = scope;
  return json{{"auth", auth}}.dump();
}

// ---- What comes back

http::Url account_url(std::string_view text) {
  http::Url url = http::Url::parse(text, "the storage URL that the service told");
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  return url;
}

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

[[noreturn]] void no_endpoint(const Identity& who, const std::string& regions) {
  std::string text = "the catalog of " + who.auth_url.place() + " has no " + who.interface +
                     " endpoint of an object store";
  if (!who.region.empty()) text += " in region '" + who.region + "'";
  text += regions.empty() ? "; is a project given that has one?" : "; there is one in: " + regions;
  throw sdk::Error(BERTH_STATUS_UNAUTHENTICATED, text);
}

// One endpoint, as both versions of the catalog come down to.
struct Endpoint {
  std::string region, url;
};

std::string choose(const Identity& who, const std::vector<Endpoint>& endpoints) {
  std::string regions;
  for (const Endpoint& endpoint : endpoints) {
    if (who.region.empty() || endpoint.region == who.region) return endpoint.url;
    regions += (regions.empty() ? "" : ", ") + endpoint.region;
  }
  no_endpoint(who, regions);
}

std::vector<Endpoint> endpoints_v2(const Identity& who, const json& access) {
  std::vector<Endpoint> found;
  const std::string key = who.interface + "URL";
  for (const json& service : access.value("serviceCatalog", json::array())) {
    if (text_at(service, "type") != "object-store") continue;
    for (const json& endpoint : service.value("endpoints", json::array()))
      if (std::string url = text_at(endpoint, key.c_str()); !url.empty())
        found.push_back({text_at(endpoint, "region"), std::move(url)});
  }
  return found;
}

std::vector<Endpoint> endpoints_v3(const Identity& who, const json& token) {
  std::vector<Endpoint> found;
  for (const json& service : token.value("catalog", json::array())) {
    if (text_at(service, "type") != "object-store") continue;
    for (const json& endpoint : service.value("endpoints", json::array())) {
      if (text_at(endpoint, "interface") != who.interface) continue;
      std::string region = text_at(endpoint, "region_id");
      if (region.empty()) region = text_at(endpoint, "region");
      found.push_back({std::move(region), text_at(endpoint, "url")});
    }
  }
  return found;
}

Session session_v1(const http::Response& answer) {
  Session session;
  session.token = answer.headers.get("X-Auth-Token");
  if (session.token.empty()) session.token = answer.headers.get("X-Storage-Token");
  session.account = account_url(answer.headers.get("X-Storage-Url"));
  if (const auto seconds = answer.headers.number("X-Auth-Token-Expires"))
    session.expires = std::chrono::system_clock::now() + std::chrono::seconds(*seconds);
  return session;
}

Session session_v2(const Identity& who, const json& body) {
  const json& access = body.at("access");
  Session session;
  session.token = access.at("token").at("id").get<std::string>();
  session.expires = common::parse_iso_time(text_at(access.at("token"), "expires"));
  session.account = account_url(choose(who, endpoints_v2(who, access)));
  return session;
}

Session session_v3(const Identity& who, const http::Response& answer, const json& body) {
  const json& token = body.at("token");
  Session session;
  session.token = answer.headers.get("X-Subject-Token");
  session.expires = common::parse_iso_time(text_at(token, "expires_at"));
  session.account = account_url(choose(who, endpoints_v3(who, token)));
  return session;
}

sdk::Error not_understood(const Identity& who) {
  return sdk::Error(BERTH_STATUS_UNAVAILABLE,
                    who.auth_url.place() + " does not answer like an identity service of version " +
                        std::to_string(who.version) + "; check authurl and authversion");
}

[[noreturn]] void refused(const Identity& who, const http::Response& answer) {
  if (answer.status != 401 && answer.status != 403 && answer.status != 404 && answer.status != 400)
    throw error_from(answer, "log in at " + who.auth_url.place());
  std::string text = "cannot log in at " + who.auth_url.place() + ": ";
  if (answer.status == 404 || answer.status == 400) {
    text += "the service answered " + std::to_string(answer.status) +
            "; check authurl, authversion, domain and tenant";
  } else {
    const bool credential = !who.credential_id.empty() || !who.credential_name.empty();
    text += credential ? "the service refuses the application credential"
                       : "the service refuses the user or the password";
    if (who.version == 3 && !credential) text += "; check domain and tenant too";
  }
  throw sdk::Error(BERTH_STATUS_UNAUTHENTICATED, text)
      .protocol_status(answer.status)
      .request_id(request_id(answer));
}

http::Request login_request(const Identity& who, const std::string& body) {
  http::Request request;
  request.url = who.auth_url;
  if (who.version == 1) {
    request.headers.add("X-Auth-User", who.user);
    request.headers.add("X-Auth-Key", who.password);
    return request;
  }
  while (!request.url.path.empty() && request.url.path.back() == '/') request.url.path.pop_back();
  request.method = "POST";
  request.url.path += who.version == 3 ? "/auth/tokens" : "/tokens";
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", "application/json");
  request.body = body;
  return request;
}

}  // namespace

std::string login_document(const Identity& who) {
  return who.version == 3 ? document_v3(who) : document_v2(who);
}

Session read_login(const Identity& who, const http::Response& answer) {
  if (!answer.ok()) refused(who, answer);
  Session session;
  try {
    if (who.version == 1) {
      session = session_v1(answer);
    } else {
      const json body = json::parse(answer.body);
      session = who.version == 3 ? session_v3(who, answer, body) : session_v2(who, body);
    }
  } catch (const json::exception&) {
    throw not_understood(who);
  }
  if (session.token.empty()) throw not_understood(who);
  return session;
}

Session log_in(const Identity& who, http::Retrier& retrier, const sdk::Call& call) {
  const std::string body = who.version == 1 ? std::string() : login_document(who);
  const http::Response answer =
      retrier.send({[&] { return login_request(who, body); }, nullptr}, call);
  return read_login(who, answer);
}

}  // namespace berth::swift
