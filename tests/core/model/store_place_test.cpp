// SPDX-License-Identifier: Apache-2.0
//
// Which path the root of one store has in another one.
#include <berth/store_place.hpp>

#include <optional>
#include <string>

#include <doctest/doctest.h>

using berth::path_inside;
using berth::StorePlace;

namespace {

const StorePlace bucket{{"s3://host/b", ""}};
const StorePlace deep{{"s3://host/b", ""}, {"s3://host/b/x", "x"}, {"s3://host/b/x/y", "y"}};

}  // namespace

TEST_CASE("a place is inside itself at its root, whatever comes before it") {
  CHECK(path_inside(bucket, bucket) == "/");
  CHECK(path_inside(deep, deep) == "/");
  const StorePlace mounted{{"file:1:2", ""}, {"file:8:77", "mnt"}};
  const StorePlace original{{"file:1:2", ""}, {"file:1:5", "srv"}, {"file:8:77", "data"}};
  CHECK(path_inside(mounted, original) == "/");
  CHECK(path_inside(original, mounted) == "/");
}

TEST_CASE("a place below another one has the names in between") {
  CHECK(path_inside(bucket, deep) == "/x/y");
  CHECK(path_inside(deep, bucket) == std::nullopt);
}

TEST_CASE("other places, and places that are not known, share nothing") {
  CHECK(path_inside({{"s3://host/c", ""}}, deep) == std::nullopt);
  CHECK(path_inside({}, deep) == std::nullopt);
  CHECK(path_inside(deep, {}) == std::nullopt);
  CHECK(path_inside({}, {}) == std::nullopt);
}
