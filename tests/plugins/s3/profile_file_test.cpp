// SPDX-License-Identifier: Apache-2.0
//
// The expected values are those that the aws command (2.9) reads from the same file.
#include "credentials/profile_file.hpp"

#include <doctest/doctest.h>

using namespace berth::s3;

TEST_CASE("blanks, carriage returns, colons and comments are read as the aws command reads them") {
  const Profiles profiles = parse_profiles(
      "# top comment\r\n[default]\r\naws_access_key_id = \"QUOTED\"\r\n"
      "aws_secret_access_key=plain ; not a comment\r\n; another\r\nregion   =   eu-west-1   "
      "\r\n\r\n"
      "[profile two]\r\naws_access_key_id: COLON\r\naws_secret_access_key = a#b=c\r\n");
  CHECK(profiles.at("default").at("aws_access_key_id") == "\"QUOTED\"");
  CHECK(profiles.at("default").at("aws_secret_access_key") == "plain ; not a comment");
  CHECK(profiles.at("default").at("region") == "eu-west-1");
  CHECK(profiles.at("two").at("aws_access_key_id") == "COLON");
  CHECK(profiles.at("two").at("aws_secret_access_key") == "a#b=c");
}

TEST_CASE("nested blocks do not leak into the profile") {
  const Profiles profiles = parse_profiles(
      "[default]\ns3 =\n  aws_access_key_id = NESTED\n  addressing_style = path\nregion = x\n");
  CHECK(profiles.at("default").count("aws_access_key_id") == 0);
  CHECK(profiles.at("default").at("region") == "x");
}

TEST_CASE("a profile's name may be quoted, with a blank in it") {
  CHECK(parse_profiles("[profile \"three four\"]\nregion = x\n").count("three four") == 1);
}

TEST_CASE("in the credentials file the whole section is the profile's name") {
  const Profiles profiles = parse_profiles("[three four]\nregion = x\n[profile y]\nregion = z\n",
                                           ProfileFile::credentials);
  CHECK(profiles.count("three four") == 1);
  CHECK(profiles.count("profile y") == 1);
}

TEST_CASE("sections of other kinds are not profiles") {
  const Profiles profiles = parse_profiles("[sso-session a]\nregion = x\n[b]\nregion = y\n");
  CHECK(profiles.size() == 1);
  CHECK(profiles.at("b").at("region") == "y");
}
