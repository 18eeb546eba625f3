// SPDX-License-Identifier: Apache-2.0
//
// The strings follow the service's documentation; the signatures over them were
// made with Python's hmac module and the emulator's public key.
#include "shared_key.hpp"

#include <doctest/doctest.h>

#include "common/crypto.hpp"

using namespace berth;

namespace {
const std::string emulator_key = *common::from_base64(
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UV"
    "ErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==");

http::Request request_for(const char* method, const char* url) {
  http::Request request;
  request.method = method;
  request.url = http::Url::parse(url, "url");
  return request;
}
}  // namespace

TEST_CASE(
    "the documentation's request for a container's metadata is signed as "
    "it says") {
  auto request = request_for("GET",
                             "http://myaccount.blob.core.windows.net/"
                             "mycontainer?restype=container&comp=metadata&timeout="
                             "20");
  request.headers.add("x-ms-version", "2015-02-21");
  request.headers.add("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
  CHECK(azure::string_to_sign(request, "myaccount") ==
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
        "x-ms-version:2015-02-21\n/myaccount/"
        "mycontainer\ncomp:metadata\nrestype:container\n"
        "timeout:20");
  CHECK(azure::shared_key_authorization(request, "myaccount", emulator_key) ==
        "SharedKey myaccount:1u9lui2jDxj0+fpbHjQ5m5NnastJRSYM+PSmfi8TXx4=");
}

TEST_CASE(
    "an account in the path stands twice in what is signed, and the path "
    "is as it is sent") {
  auto request = request_for("PUT", "http://127.0.0.1:10000/devstoreaccount1/c/a%20b");
  request.headers = {{"x-ms-blob-type", "BlockBlob"},
                     {"If-None-Match", "*"},
                     {"x-ms-date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                     {"Content-Type", "text/plain"},
                     {"x-ms-version", "2021-08-06"}};
  request.body = "hello world";
  CHECK(azure::shared_key_authorization(request, "devstoreaccount1", emulator_key) ==
        "SharedKey "
        "devstoreaccount1:K8oatwAKmapiqm8qIVHYaMgpWQE27UawfGGFG0ug/Hc=");
}

TEST_CASE("a length of zero is not signed") {
  const auto request = request_for("PUT", "https://a.blob.core.windows.net/c/b");
  CHECK(azure::string_to_sign(request, "a") == "PUT\n\n\n\n\n\n\n\n\n\n\n\n/a/c/b");
}

TEST_CASE(
    "values of the query are signed decoded, names in lower case and in "
    "order") {
  const auto request =
      request_for("GET", "https://a.blob.core.windows.net/c?prefix=x%2Fy%20z&Comp=list&marker=");
  CHECK(azure::string_to_sign(request, "a") ==
        "GET\n\n\n\n\n\n\n\n\n\n\n\n/a/c\ncomp:list\nmarker:\nprefix:x/y z");
}
