// SPDX-License-Identifier: Apache-2.0
#include "common/part_plan.hpp"

#include <doctest/doctest.h>

#include <berth/driver.hpp>
#include <string>

namespace berth::common {
namespace {

constexpr uint64_t mib = uint64_t{1} << 20;
constexpr uint64_t gib = uint64_t{1} << 30;

// What all parts together hold, and how many there are.
struct Total {
  uint64_t bytes = 0;
  uint64_t largest = 0;
};
Total total(const PartPlan& plan) {
  Total sum;
  for (uint32_t n = 1; n <= plan.limits().max_parts && sum.bytes < plan.limits().max_object; ++n) {
    const uint64_t size = plan.size(n, sum.bytes);
    CHECK(size >= plan.chunk());
    sum.largest = std::max(sum.largest, size);
    sum.bytes += size;
  }
  return sum;
}

TEST_CASE("the parts of the service's largest object are enough, whatever the chunk") {
  const PartLimits of_azure{50'000, 4000 * mib, 64 * 1024 * gib};
  for (const PartLimits& limits : {PartLimits{}, of_azure, PartLimits{10'000, gib, 4096 * gib}})
    for (const uint64_t chunk : {5 * mib, uint64_t{5'000'000}, 10 * mib, 100 * mib, gib}) {
      const PartPlan plan(chunk, limits);
      const Total sum = total(plan);
      CHECK(sum.bytes >= limits.max_object);
      CHECK(sum.largest <= limits.max_part);
    }
}

TEST_CASE("the first half of the parts is exactly the chunk") {
  const PartPlan plan(10 * mib, {});
  CHECK(plan.size(1, 0) == 10 * mib);
  CHECK(plan.size(5000, 4999 * 10 * mib) == 10 * mib);
  CHECK(plan.size(5001, 5000 * 10 * mib) > 10 * mib);
}

TEST_CASE("a chunk that reaches the largest object never grows") {
  const PartPlan plan(600 * mib, {});
  CHECK(plan.size(8000, 7999 * 600 * mib) == 600 * mib);
}

TEST_CASE("a service with twenty parts is filled") {
  const PartPlan plan(10, {20, 1000, 5000});
  CHECK(total(plan).bytes >= 5000);
}

TEST_CASE("a chunk that can never reach the largest object is refused at once") {
  try {
    PartPlan(10, {20, 100, 5000});
    FAIL("nothing was thrown");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_INVALID_PARAMETERS);
    CHECK(error.message() ==
          "with a chunksize of 10 bytes, 20 parts cannot hold the service's largest object of 5000 "
          "bytes; make chunksize larger");
  }
}

TEST_CASE("a known size gets equal parts") {
  const PartPlan plan = PartPlan(10 * mib, {}).for_size(500 * gib);
  CHECK(plan.chunk() == 52 * mib);
  CHECK(plan.chunk() * 10'000 >= 500 * gib);
  CHECK(PartPlan(10 * mib, {}).for_size(gib).chunk() == 10 * mib);
}

TEST_CASE("a writer has equal parts if it is told the size of a new object") {
  sdk::WriteOptions options;
  CHECK(PartPlan(10 * mib, {}).for_writer(options).chunk() == 10 * mib);
  options.size_hint = 500 * gib;
  CHECK(PartPlan(10 * mib, {}).for_writer(options).chunk() == 52 * mib);
  options.append = true;
  CHECK(PartPlan(10 * mib, {}).for_writer(options).chunk() == 10 * mib);
}

template <typename F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_NO_SPACE);
    return error.message();
  }
  return "nothing was thrown";
}

TEST_CASE("an object larger than any is refused") {
  const PartPlan plan(10, {20, 1000, 5000});
  const std::string text = "the object is larger than the service's largest, 5000 bytes";
  CHECK(message_of([&] { (void)plan.for_size(5001); }) == text);
  CHECK(message_of([&] { (void)plan.size(20, 5000); }) == text);
}

TEST_CASE("an object that is too large for the chunksize is an error that tells what to change") {
  const PartPlan plan(10, {20, 1000, 5000, false});
  const std::string text =
      "the object is larger than 5000 bytes, the most that 20 parts hold with a chunksize of 10 "
      "bytes; make chunksize larger";
  CHECK(message_of([&] { (void)plan.for_size(5001); }) == text);
  CHECK(message_of([&] { (void)plan.size(20, 5000); }) == text);
}

TEST_CASE("part numbers that were used up by small parts are an error that tells what to change") {
  CHECK(message_of([] {
          (void)PartPlan(10, {20, 1000, 5000}).size(21, 210);
        }) ==
        "the object has 20 parts of 210 bytes together, and the service takes no more parts; "
        "written anew, with fewer appends or a larger chunksize, it may have 5000 bytes");
}

}  // namespace
}  // namespace berth::common
