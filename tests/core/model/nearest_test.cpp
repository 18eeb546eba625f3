// SPDX-License-Identifier: Apache-2.0
//
// Edit distance and suggestions.
#include "model/nearest.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using berth::model::edit_distance;

TEST_CASE("the distance counts edits and swaps, without case") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("region", "regoin") == 1);
  CHECK(edit_distance("Bucket", "bucket") == 0);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("only a near name is suggested") {
  const std::vector<std::string> known{"s3", "azure", "filesystem"};
  CHECK(berth::model::nearest_name("filesytem", known) == "filesystem");
  CHECK(berth::model::nearest_name("s4", known) == "s3");
  CHECK(berth::model::nearest_name("gcs", known).empty());
  CHECK(berth::model::did_you_mean("azur", known) == " (did you mean \"azure\"?)");
}
