// SPDX-License-Identifier: Apache-2.0
//
// Hosts and addressing styles, and which parameters are refused.
#include "endpoint.hpp"

#include <doctest/doctest.h>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using namespace berth;
using Given = std::map<std::string, std::string>;

namespace {

s3::Settings settings(Given given) {
  given.emplace("bucket", "bucket");
  const test::FakeParameters parameters(s3::parameter_rows, given);
  return s3::Settings(parameters.parameters());
}

std::string url_of(const Given& given, std::string_view key = "a b/c+d") {
  const s3::Settings s = settings(given);
  return s3::Endpoint(s).url(key).text();
}

std::string identity(const Given& given) {
  return s3::Endpoint(settings(given)).identity();
}

std::string refusal(const Given& given) {
  return test::message_of([&] { settings(given); });
}

}  // namespace

TEST_CASE("Amazon's endpoints put the bucket into the host name") {
  CHECK(url_of({{"region", "eu-west-1"}}) ==
        "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c%2Bd");
  CHECK(url_of({{"region", "cn-north-1"}}).find("s3.cn-north-1.amazonaws.com.cn/") !=
        std::string::npos);
}

TEST_CASE("the variants of Amazon's endpoints have their own host names") {
  CHECK(url_of({{"region", "us-east-1"}, {"usedualstack", "true"}}, "k") ==
        "https://bucket.s3.dualstack.us-east-1.amazonaws.com/k");
  CHECK(url_of({{"region", "us-east-1"}, {"usefipsendpoint", "true"}}, "k") ==
        "https://bucket.s3-fips.us-east-1.amazonaws.com/k");
  CHECK(url_of({{"region", "us-east-1"}, {"accelerate", "true"}}, "k") ==
        "https://bucket.s3-accelerate.amazonaws.com/k");
  CHECK(url_of({{"region", "us-east-1"}, {"accelerate", "true"}, {"usedualstack", "true"}}, "k") ==
        "https://bucket.s3-accelerate.dualstack.amazonaws.com/k");
}

TEST_CASE("a bucket with a dot is in the path, since https could not verify the host") {
  CHECK(url_of({{"region", "eu-west-1"}, {"bucket", "my.bucket"}}, "k") ==
        "https://s3.eu-west-1.amazonaws.com/my.bucket/k");
}

TEST_CASE("regionendpoint means path style, unless forcepathstyle says otherwise") {
  CHECK(url_of({{"regionendpoint", "http://ceph.local:8080"}}, "k") ==
        "http://ceph.local:8080/bucket/k");
  CHECK(url_of({{"regionendpoint", "http://ceph.local:8080"}, {"forcepathstyle", "false"}}, "k") ==
        "http://bucket.ceph.local:8080/k");
  CHECK(url_of({{"region", "eu-west-1"}, {"forcepathstyle", "true"}}, "k") ==
        "https://s3.eu-west-1.amazonaws.com/bucket/k");
}

TEST_CASE("an address has no subdomains, so it is always path style") {
  CHECK(url_of({{"regionendpoint", "http://[::1]:9000"}, {"forcepathstyle", "false"}}, "k") ==
        "http://[::1]:9000/bucket/k");
  CHECK(url_of({{"regionendpoint", "http://127.0.0.1:9000"}, {"forcepathstyle", "false"}}, "k") ==
        "http://127.0.0.1:9000/bucket/k");
}

TEST_CASE("an endpoint without a scheme follows the parameter secure") {
  CHECK(url_of({{"regionendpoint", "ceph.local"}}, "k") == "https://ceph.local/bucket/k");
  CHECK(url_of({{"regionendpoint", "ceph.local"}, {"secure", "false"}}, "k") ==
        "http://ceph.local/bucket/k");
}

TEST_CASE("the default port of the scheme is not part of the signed host") {
  const s3::Settings s = settings({{"regionendpoint", "https://ceph.local:443"}});
  CHECK(s3::Endpoint(s).url("k").host_header() == "ceph.local");
}

TEST_CASE("parameters that contradict each other are refused by name") {
  CHECK(refusal({}) == "region is required unless regionendpoint is given");
  CHECK(refusal({{"region", "eu-west-1"}, {"accesskey", "a"}}) ==
        "accesskey and secretkey must be given together, or neither");
  CHECK(refusal({{"region", "eu-west-1"}, {"v4auth", "false"}}) ==
        "v4auth can be false only with regionendpoint");
  CHECK(refusal({{"region", "eu-west-1"}, {"accelerate", "true"}, {"usefipsendpoint", "true"}}) ==
        "accelerate and usefipsendpoint exclude each other: Amazon has no such endpoint");
  CHECK(refusal({{"regionendpoint", "https://ceph.local"}, {"usefipsendpoint", "true"}}) ==
        "usefipsendpoint is for Amazon's endpoints only; it excludes regionendpoint");
  CHECK(refusal({{"region", "eu west"}}) == "region 'eu west' is not a valid region");
  CHECK(refusal({{"region", "eu-west-1"}, {"bucket", "b/path"}}).find("rootdirectory") !=
        std::string::npos);
}

TEST_CASE("customerkey must be 32 bytes, excludes other keys and requires https") {
  const std::string key = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=";
  const char* wrong =
      "customerkey must be the base64 of 32 bytes; create one with 'openssl rand -base64 32'";
  CHECK(refusal({{"region", "r"}, {"customerkey", "hush"}}) == wrong);
  CHECK(refusal({{"region", "r"}, {"customerkey", "not base64!"}}) == wrong);
  CHECK(refusal({{"region", "r"}, {"customerkey", key}, {"encrypt", "true"}}) ==
        "customerkey excludes encrypt and keyid: an object has one encryption key");
  CHECK(refusal({{"regionendpoint", "http://ceph.local"}, {"customerkey", key}}) ==
        "customerkey requires https, because each request contains the key");
  CHECK(refusal({{"regionendpoint", "http://127.ceph.local"}, {"customerkey", key}}) ==
        "customerkey requires https, because each request contains the key");
  CHECK(refusal({{"regionendpoint", "http://127.1.2.3"}, {"customerkey", key}}).empty());
  CHECK(refusal({{"regionendpoint", "http://[::1]:80"}, {"customerkey", key}}).empty());
  CHECK(refusal({{"regionendpoint", "https://ceph.local"}, {"customerkey", key}}).empty());
}

TEST_CASE("sizes and numbers have the service's limits, which the host checks") {
  const auto limits = [](std::string_view key) {
    for (const sdk::Param& row : s3::parameter_rows)
      if (row.key == key) return std::pair(row.minimum, row.maximum);
    return std::pair(int64_t{-1}, int64_t{-1});
  };
  constexpr int64_t mib = 1 << 20;
  CHECK(limits("chunksize") == std::pair(5 * mib, 5 * 1024 * mib));
  CHECK(limits("multipartcopychunksize") == std::pair(5 * mib, 5 * 1024 * mib));
  CHECK(limits("multipartcopythresholdsize") == std::pair(int64_t{0}, 5 * 1024 * mib));
  CHECK(limits("multipartcopymaxconcurrency").first == 1);
  CHECK(limits("uploadconcurrency").first == 1);
  CHECK(limits("maxretries").first == 0);
}

TEST_CASE("redirectendpoint has a scheme and a host only") {
  CHECK(refusal({{"region", "r"}, {"redirectendpoint", "cdn.example"}}) ==
        "redirectendpoint must begin with http:// or https://");
  CHECK(refusal({{"region", "r"}, {"redirectendpoint", "https://cdn.example/x"}}) ==
        "redirectendpoint must have a scheme and a host only, no path and no query");
}

TEST_CASE("credentials in an endpoint are refused and not shown") {
  const std::string text = refusal({{"regionendpoint", "http://user:hush@127.0.0.1:1"}});
  CHECK_FALSE(text.empty());
  CHECK(text.find("hush") == std::string::npos);
}

TEST_CASE("all of Amazon's hosts name one bucket, whatever the region") {
  const std::string bucket = "s3://amazonaws.com/bucket";
  CHECK(identity({{"region", "eu-west-1"}}) == bucket);
  CHECK(identity({{"region", "us-east-1"}, {"usedualstack", "true"}}) == bucket);
  CHECK(identity({{"region", "us-east-1"}, {"accelerate", "true"}}) == bucket);
  for (const char* host : {"s3.amazonaws.com", "s3-us-west-2.amazonaws.com", "S3.amazonaws.com.",
                           "vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"})
    CHECK(identity({{"regionendpoint", std::string("https://") + host}}) == bucket);
}

TEST_CASE("the names of buckets are unique in each of Amazon's partitions") {
  CHECK(identity({{"region", "cn-north-1"}}) == "s3://amazonaws.com.cn/bucket");
  CHECK(identity({{"region", "us-gov-west-1"}}) == "s3://us-gov.amazonaws.com/bucket");
}

TEST_CASE("a virtual machine or load balancer at Amazon is not Amazon S3") {
  CHECK(identity({{"regionendpoint", "http://ec2-1-2-3-4.compute-1.amazonaws.com:9000"}}) ==
        "s3://ec2-1-2-3-4.compute-1.amazonaws.com:9000/bucket");
  CHECK(identity({{"regionendpoint", "http://s3-mine-1.elb.eu-west-1.amazonaws.com"}}) ==
        "s3://s3-mine-1.elb.eu-west-1.amazonaws.com:80/bucket");
}

TEST_CASE("the place of a store is its bucket, then the components of its root directory") {
  const auto store = test::open_driver<s3::S3Driver>({{"regionendpoint", "http://gateway:7480"},
                                                      {"bucket", "archive"},
                                                      {"accesskey", "a"},
                                                      {"secretkey", "s"},
                                                      {"rootdirectory", "/2026"}});
  CHECK(store->place() == "s3://gateway:7480/archive\t\ns3://gateway:7480/archive/2026\t2026\n");
}
