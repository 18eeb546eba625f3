// SPDX-License-Identifier: Apache-2.0
//
// The driver's parameters: their rows, and the values in the form the code wants. Names are the
// registry's; the additions keep its style.
#pragma once

#include <array>
#include <berth/driver.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common/http/http.hpp"
#include "common/parameters.hpp"

namespace berth::swift {

inline constexpr uint64_t mebibyte = 1024 * 1024;
inline constexpr uint64_t smallest_chunk = mebibyte;
inline constexpr uint64_t largest_chunk = 5 * 1024 * mebibyte;

using sdk::Param;

inline constexpr std::array parameter_rows{
    Param::string("username", "User; needed unless an application credential or a token is given."),
    Param::string("password", "Password, or the key of version 1.").secret(),
    Param::string("authurl", "URL of the identity service, such as https://host:5000/v3.")
        .required(),
    Param::string("tenant", "Project to work in, by name."),
    Param::string("tenantid", "Project to work in, by id."),
    Param::string("domain", "Domain of the user, by name; without a project also the scope."),
    Param::string("domainid", "Domain of the user, by id; without a project also the scope."),
    Param::string("tenantdomain", "Domain of the project, by name; else the user's."),
    Param::string("tenantdomainid", "Domain of the project, by id; else the user's."),
    Param::string("trustid", "Trust to act under, instead of a project."),
    Param::string("applicationcredentialid", "Application credential, by id."),
    Param::string("applicationcredentialname", "Application credential, by name; needs username."),
    Param::string("applicationcredentialsecret", "Secret of the application credential.").secret(),
    Param::string("token", "A token of version 3 to get another one with, instead of a password.")
        .secret(),
    Param::string("region", "Region of the endpoint; by default the first one."),
    Param::integer("authversion", "1, 2 or 3; 0 takes it from authurl.")
        .with_default("0")
        .range(0, 3),
    Param::string("endpointtype", "Which endpoint of the catalog.")
        .with_default("public")
        .one_of("public|internal|admin"),
    Param::boolean("insecureskipverify", "Do not verify the service's certificate.")
        .with_default("false"),
    Param::string("container", "Container; it is created when it is missing.").required(),
    Param::string("prefix", "Root of all objects inside the container."),
    Param::bytes("chunksize", "Size of the segments of a large object.")
        .with_default("20971520")
        .range(smallest_chunk, largest_chunk),
    Param::string("secretkey",
                  "Key that signs URLs; by default the one the container has, or a new.")
        .secret(),
    Param::string("accesskey", "Puts ACCESSKEY: before the signature, as HP's cloud wanted."),
    Param::boolean("tempurlcontainerkey",
                   "The key is the container's, not the account's; counts where the service does "
                   "not tell its version.")
        .with_default("false"),
    Param::string("tempurlmethods",
                  "Methods that may be signed, separated by commas; counts where the service does "
                  "not tell them."),
    Param::string("layout", "registry writes nothing that the registry's own driver does not know.")
        .with_default("auto")
        .one_of("auto|registry"),
    common::rows::upload_concurrency("Segments of an upload in flight."),
    common::rows::download_concurrency,
    common::rows::proxy,
    common::rows::ca_file,
    common::rows::max_retries,
    common::rows::connect_timeout,
    common::rows::stall_timeout};

// What the service is to be told about who we are, and for what.
struct Identity {
  int version = 0;  // 1, 2 or 3
  http::Url auth_url;
  std::string user, password;
  std::string project, project_id;
  std::string domain, domain_id;
  std::string project_domain, project_domain_id;
  std::string trust_id;
  std::string credential_id, credential_name, credential_secret;
  std::string token;
  std::string region;
  std::string interface;  // "public", "internal", "admin"
};

struct Settings {
  explicit Settings(const sdk::Parameters& parameters);

  Identity identity;
  std::string container;
  std::string prefix;  // without outer slashes
  uint64_t chunk_size;
  std::string secret_key, access_key;
  bool container_key;
  std::vector<std::string> url_methods;
  bool registry_layout;
  int upload_concurrency, download_concurrency;
  int max_retries;
  http::ClientOptions client;

  // "segments" -> "reg/segments": a part of the container that is no file.
  [[nodiscard]] std::string below_prefix(const std::string& name) const {
    return prefix.empty() ? name : prefix + '/' + name;
  }
};

}  // namespace berth::swift
