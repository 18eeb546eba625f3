// SPDX-License-Identifier: Apache-2.0
//
// AWS's public signing vectors, as header and as presigned URL. They sign a service named
// "service", but as S3 does: paths are not normalised, the token is signed.
#include "sigv4.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/crypto.hpp"
#include "common/uri.hpp"

using namespace berth;
using nlohmann::json;

namespace {

const json& vectors() {
  static const json document = json::parse(std::ifstream(BERTH_S3_DATA "/sigv4.json"));
  return document.at("cases");
}

// "GET /a?b=c HTTP/1.1", header lines (with continuation lines), an empty line, the body.
struct Example {
  explicit Example(const json& vector) {
    const json& context = vector.at("context");
    const json& keys = context.at("credentials");
    credentials = {keys.at("access_key_id"), keys.at("secret_access_key"), keys.value("token", ""),
                   std::nullopt};
    scope = {context.at("region"), context.at("service")};
    sign_body = context.at("sign_body");
    expires = std::chrono::seconds(context.at("expiration_in_seconds").get<int>());
    now = common::Time(std::chrono::nanoseconds(
        *common::parse_iso_date(context.at("timestamp").get<std::string>())));
    read(vector.at("request").get<std::string>());
  }

  void read(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    read_request_line(line);
    std::string name, value;
    const auto flush = [&] {
      if (name == "Host")
        request.url.host = value;
      else if (!name.empty())
        request.headers.add(name, value);
      name.clear();
    };
    while (std::getline(lines, line) && !line.empty()) {
      if (line.front() == ' ') {
        value += '\n' + line;
        continue;
      }
      flush();
      name = line.substr(0, line.find(':'));
      value = line.substr(line.find(':') + 1);
    }
    flush();
    std::getline(lines, body, '\0');
  }

  void read_request_line(const std::string& line) {
    request.method = line.substr(0, line.find(' '));
    const std::string target =
        line.substr(request.method.size() + 1, line.rfind(' ') - request.method.size() - 1);
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.url.path = common::percent_encode_path(target.substr(0, mark));
    std::istringstream pairs(target.substr(std::min(mark + 1, target.size())));
    common::Query query;
    for (std::string pair; std::getline(pairs, pair, '&');) {
      const std::size_t equals = std::min(pair.find('='), pair.size());
      query.emplace_back(common::percent_decode(pair.substr(0, equals)),
                         common::percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
    }
    request.url.query = common::encode_query(query);
  }

  std::string payload_hash() const { return common::hex(common::sha256(body)); }

  http::Request request;
  std::string body;
  s3::Credentials credentials;
  s3::Scope scope;
  bool sign_body = false;
  std::chrono::seconds expires{0};
  common::Time now;
};

}  // namespace

TEST_CASE("AWS's test vectors of signed headers are reproduced") {
  CHECK(vectors().size() > 25);
  for (const json& vector : vectors()) {
    CAPTURE(vector.at("name"));
    Example example(vector);
    if (example.sign_body)
      example.request.headers.add("x-amz-content-sha256", example.payload_hash());
    http::Request request = example.request;
    s3::sign_v4(request, example.credentials, example.scope, example.payload_hash(), example.now);
    const std::string authorization(request.headers.get("Authorization"));
    request.headers.remove("Authorization");
    const std::string canonical = s3::canonical_request(request, example.payload_hash());
    CHECK(canonical == vector.at("header-canonical-request"));
    CHECK(s3::string_to_sign(canonical, example.scope, example.now) ==
          vector.at("header-string-to-sign"));
    CHECK(authorization.substr(authorization.rfind('=') + 1) == vector.at("header-signature"));
  }
}

TEST_CASE("AWS's test vectors of presigned URLs are reproduced") {
  for (const json& vector : vectors()) {
    CAPTURE(vector.at("name"));
    Example example(vector);
    s3::presign_v4(example.request, example.credentials, example.scope, example.payload_hash(),
                   example.expires, example.now);
    const std::string& query = example.request.url.query;
    const std::size_t mark = query.rfind("&X-Amz-Signature=");
    REQUIRE(mark != std::string::npos);
    CHECK(query.substr(mark + 17) == vector.at("query-signature"));
  }
}

TEST_CASE("the Authorization header names key, scope and signed headers") {
  http::Request request;
  request.url = http::Url::parse("http://127.0.0.1:8080/b/k", "url");
  s3::sign_v4(request, {"AKID", "secret", "", {}}, {"eu-west-1", "s3"}, s3::unsigned_payload,
              common::Time(std::chrono::seconds(784111777)));
  const std::string text(request.headers.get("Authorization"));
  CHECK(text.find("AWS4-HMAC-SHA256 Credential=AKID/19941106/eu-west-1/s3/aws4_request, "
                  "SignedHeaders=host;x-amz-date, Signature=") == 0);
  CHECK(s3::canonical_request(request, "-").find("\nhost:127.0.0.1:8080\n") != std::string::npos);
}
