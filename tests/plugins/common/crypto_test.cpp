// SPDX-License-Identifier: Apache-2.0
#include "common/crypto.hpp"

#include <doctest/doctest.h>

using namespace berth::common;

TEST_CASE("digests match the published examples") {
  CHECK(hex(md5("abc")) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex(digest(Hash::sha1, "abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("keyed digests match RFC 2202 and RFC 4231") {
  CHECK(hex(hmac_sha1("Jefe", "what do ya want for nothing?")) ==
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a digest over pieces equals that of the whole and can be used again") {
  Digest digest(Hash::sha256);
  digest.update("a");
  digest.update("");
  digest.update("bc");
  CHECK(digest.finish() == sha256("abc"));
  digest.update("x");
  CHECK(digest.finish() == sha256("x"));
}

TEST_CASE("base64 pads, and reads back what it wrote") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(from_base64("Zg==") == "f");
  CHECK(from_base64("Zm8=") == "fo");
  CHECK(from_base64("Zm9v") == "foo");
}

TEST_CASE("text that is not base64 is refused") {
  CHECK_FALSE(from_base64("Zg="));
  CHECK_FALSE(from_base64("****"));
}

TEST_CASE("CRC-32C matches RFC 3720, in one go and in pieces") {
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c("56789", crc32c("1234")) == 0xE3069283);
  CHECK(base64(crc32c_bytes(crc32c("123456789"))) == "4waSgw==");
}

TEST_CASE("random bytes differ from call to call") {
  CHECK(random_bytes(16).size() == 16);
  CHECK(random_bytes(16) != random_bytes(16));
}
