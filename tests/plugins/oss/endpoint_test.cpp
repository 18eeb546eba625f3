// SPDX-License-Identifier: Apache-2.0
//
// Hosts and paths of requests, and which parameters are refused.
#include "endpoint.hpp"

#include <doctest/doctest.h>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using namespace berth;
using namespace berth::test;
using Given = std::map<std::string, std::string>;

namespace {

Given complete(Given given) {
  given.emplace("accesskeyid", "a");
  given.emplace("accesskeysecret", "s");
  given.emplace("region", "oss-cn-hangzhou");
  given.emplace("bucket", "b");
  return given;
}

std::string url(const Given& given, bool for_readers = false) {
  const FakeParameters parameters(oss::parameter_rows, complete(given));
  const oss::Settings settings(parameters.parameters());
  const oss::Endpoint endpoint(settings);
  return (for_readers ? endpoint.public_url("k y") : endpoint.url("k y")).text();
}

std::string identity(const Given& given) {
  const FakeParameters parameters(oss::parameter_rows, complete(given));
  return oss::Endpoint(oss::Settings(parameters.parameters())).identity();
}

std::string refusal(const Given& given) {
  return message_of([&] { url(given); });
}

}  // namespace

TEST_CASE("the host is made of bucket and region") {
  CHECK(url({}) == "https://b.oss-cn-hangzhou.aliyuncs.com/k%20y");
  CHECK(url({{"secure", "false"}}) == "http://b.oss-cn-hangzhou.aliyuncs.com/k%20y");
}

TEST_CASE("a region may be written without its oss-") {
  CHECK(url({{"region", "cn-beijing"}}) == "https://b.oss-cn-beijing.aliyuncs.com/k%20y");
}

TEST_CASE("requests use the internal host, signed URLs the public one") {
  CHECK(url({{"internal", "true"}}) == "https://b.oss-cn-hangzhou-internal.aliyuncs.com/k%20y");
  CHECK(url({{"internal", "true"}}, true) == "https://b.oss-cn-hangzhou.aliyuncs.com/k%20y");
}

TEST_CASE("an endpoint replaces the computed host unchanged, a CNAME too") {
  CHECK(url({{"endpoint", "b.oss-cn-hangzhou.aliyuncs.com"}}) ==
        "https://b.oss-cn-hangzhou.aliyuncs.com/k%20y");
  CHECK(url({{"endpoint", "http://files.example.com:8080"}}) ==
        "http://files.example.com:8080/k%20y");
}

TEST_CASE("the bucket is added to the host of a region") {
  CHECK(url({{"endpoint", "oss-cn-hangzhou-internal.aliyuncs.com"}}) ==
        "https://b.oss-cn-hangzhou-internal.aliyuncs.com/k%20y");
}

TEST_CASE("an address has the bucket in the path") {
  CHECK(url({{"endpoint", "http://127.0.0.1:18140"}}) == "http://127.0.0.1:18140/b/k%20y");
  CHECK(url({{"endpoint", "http://localhost:18140/"}}) == "http://localhost:18140/b/k%20y");
}

TEST_CASE("flags have no equals sign") {
  CHECK(oss::encode_flags_and_values({{"uploads", ""}, {"prefix", "a b"}}) ==
        "uploads&prefix=a%20b");
}

TEST_CASE("contradicting parameters are refused with a reason") {
  CHECK(refusal({{"accesskeysecret", ""}}) ==
        "accesskeyid and accesskeysecret must be given together, or neither");
  CHECK(refusal({{"accesskeyid", ""}, {"accesskeysecret", ""}}) ==
        "accesskeyid and accesskeysecret are required unless ecsramrole is given");
  CHECK(refusal({{"ecsramrole", "auto"}}) == "ecsramrole and accesskeyid exclude each other");
  CHECK(refusal({{"endpoint", "http://b.example.com/path"}}) ==
        "endpoint must be a host without a path; put the path into rootdirectory");
  CHECK(refusal({{"region", "OSS/1"}}) ==
        "region 'OSS/1' is not a valid region; write it like oss-cn-hangzhou");
  CHECK(refusal({{"region", ""}}) ==
        "region '' is not a valid region; write it like oss-cn-hangzhou");
  CHECK(refusal({{"bucket", "b/path"}}) ==
        "bucket 'b/path' is not a bucket's name: lower-case letters, digits and - only; put the "
        "path into rootdirectory");
}

TEST_CASE("all of the service's hosts name one bucket, whatever the region") {
  const std::string bucket = "oss://aliyuncs.com/b";
  CHECK(identity({}) == bucket);
  CHECK(identity({{"internal", "true"}, {"secure", "false"}}) == bucket);
  CHECK(identity({{"endpoint", "oss-cn-beijing.aliyuncs.com"}}) == bucket);
  CHECK(identity({{"endpoint", "b.oss-accelerate.aliyuncs.com."}}) == bucket);
}

TEST_CASE("a CNAME is a place of its own") {
  CHECK(identity({{"endpoint", "files.example"}}) == "oss://files.example:443/b");
  CHECK(identity({{"endpoint", "http://127.0.0.1:9100"}}) == "oss://127.0.0.1:9100/b");
}

TEST_CASE("the place of a store is its bucket, then the components of its root directory") {
  const auto store = open_driver<oss::OssDriver>(complete({{"rootdirectory", "reg"}}));
  CHECK(store->place() == "oss://aliyuncs.com/b\t\noss://aliyuncs.com/b/reg\treg\n");
}
