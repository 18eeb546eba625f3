// SPDX-License-Identifier: Apache-2.0
//
// Signatures made with Python's hmac module over strings written after the
// documentation.
#include "sas.hpp"

#include <doctest/doctest.h>

#include "common/crypto.hpp"

using namespace berth;

namespace {
const std::string emulator_key = *common::from_base64(
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UV"
    "ErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==");
const common::Time end{std::chrono::seconds(1795579200)};  // 2026-11-25T04:00:00Z
}  // namespace

TEST_CASE("a signature with plus and slash is percent-encoded in the query") {
  const azure::Grant grant{"acct", "cont", "docs/a b+1.txt", "r", end, true};
  CHECK(azure::blob_sas(grant, emulator_key) ==
        "sv=2021-08-06&spr=https&se=2026-11-25T04%3A00%3A00Z&sr=b&sp=r&"
        "sig=eo5%2B0PRas%2F6l32wwobzwca%2BJiiXC%2F38DsgXq10yj3wQ%3D");
}

TEST_CASE("a delegation key is named in the query and in what is signed") {
  const azure::Grant grant{"acct", "cont", "/docker/x", "cw", end, false};
  const azure::DelegationKey key{
      "oid", "tid",        "2026-11-24T00:00:00Z", "2026-11-30T00:00:00Z",
      "b",   "2021-08-06", emulator_key,           {}};
  CHECK(azure::blob_sas(grant, key) ==
        "sv=2021-08-06&spr=https%2Chttp&se=2026-11-25T04%3A00%3A00Z&sr=b&sp=cw&"
        "skoid=oid&sktid=tid&"
        "skt=2026-11-24T00%3A00%3A00Z&ske=2026-11-30T00%3A00%3A00Z&sks=b&skv="
        "2021-08-06&"
        "sig=1t6thfIoDb5KLD7%2BJHZVcTbpxNA5z0jSXg0z1u8sVuY%3D");
}
