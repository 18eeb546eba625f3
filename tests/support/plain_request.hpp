// SPDX-License-Identifier: Apache-2.0
//
// One request to a real service without the driver and without a signature.
#ifndef BERTH_TESTS_SUPPORT_PLAIN_REQUEST_HPP
#define BERTH_TESTS_SUPPORT_PLAIN_REQUEST_HPP

#include <map>
#include <string>
#include <string_view>

#include "common/http/http.hpp"
#include "support/driver_calls.hpp"

namespace berth::test {

inline http::Response plain_request(const std::string& method, const std::string& url,
                                    const std::map<std::string, std::string>& headers = {},
                                    std::string_view body = {}, const std::string& cafile = {}) {
  http::ClientOptions options;
  options.proxy = "none";
  options.cafile = cafile;
  http::Client client(options);
  http::Request request;
  request.method = method;
  request.url = http::Url::parse(url, "the URL");
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  request.body = body;
  return client.send(request, FakeCall());
}

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_PLAIN_REQUEST_HPP
