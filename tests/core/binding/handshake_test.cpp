// SPDX-License-Identifier: Apache-2.0
//
// What the first look at a driver's object accepts, copies and refuses. The fakes of tests/fakes
// bring the same faults as files.
#include "binding/handshake.hpp"

#include <array>
#include <cstring>
#include <string>

#include <doctest/doctest.h>

#include "fake_driver.hpp"
#include "model/driver_name.hpp"

namespace {

using berth::binding::accept;
using berth::binding::Refused;

// A driver that passes, to be spoilt.
struct Sample {
  berth::test::FakeDriver fake;
  std::array<berth_param_spec, 2> rows{
      berth_param_spec{"a", BERTH_PARAM_INT, 0, "1", "A.", nullptr, 1, 9},
      berth_param_spec{"b", BERTH_PARAM_STRING, 0, nullptr, nullptr, nullptr, 0, 0}};
  berth_driver driver{BERTH_DRIVER_PREFIX,
                      BERTH_THREADS_PARALLEL,
                      "sample",
                      "1",
                      nullptr,
                      nullptr,
                      &fake.ops(),
                      rows.data(),
                      2,
                      sizeof rows[0]};

  std::string refusal(std::string_view name = "sample") {
    try {
      accept(&driver, name);
    } catch (const Refused& refused) {
      return refused.what();
    }
    return "accepted";
  }
};

}  // namespace

TEST_CASE("a good driver is copied, with empty texts for missing ones") {
  const Sample sample;
  const auto table = accept(&sample.driver, "sample");
  CHECK(std::string(table.driver.vendor).empty());
  CHECK(table.params.size() == 2);
  CHECK(std::string(table.params[1].key) == "b");
  CHECK(bool(table.ops.stat != nullptr));
}

TEST_CASE("a null object is refused") {
  CHECK_THROWS_AS(accept(nullptr, ""), Refused);
}

TEST_CASE("each fault of the object has its sentence") {
  Sample sample;
  sample.driver.magic = 7;
  CHECK(sample.refusal() == "its object begins with 0x00000007, not with Berth's magic number");
  sample.driver.magic = BERTH_MAGIC;
  sample.driver.abi_major = 2;
  CHECK(sample.refusal() == "it was made for major 2 of the driver ABI, this host has major 1");
  sample.driver.abi_major = 1;
  sample.driver.struct_size = 20;
  CHECK(sample.refusal() == "its object has 20 bytes, at least 72 are expected");
  sample.driver.struct_size = sizeof(berth_driver);
  sample.driver.min_host_minor = 3;
  CHECK(sample.refusal() == "it needs a host of ABI 1.3, this one has 1.0");
  sample.driver.min_host_minor = 0;
  sample.driver.thread_model = 9;
  CHECK(sample.refusal() == "its thread model 9 is not known");
}

TEST_CASE("the name must be the symbol's, and well formed") {
  Sample sample;
  CHECK(sample.refusal("other") == "its symbol says \"other\", its object says \"sample\"");
  sample.driver.name = "Sample";
  CHECK(sample.refusal() == "its name \"Sample\" is not of the form [a-z][a-z0-9_]{0,31}");
  sample.driver.name = nullptr;
  CHECK(sample.refusal() == "its object has no name");
}

TEST_CASE("missing functions are named, all of them") {
  Sample sample;
  sample.fake.ops().put = nullptr;
  sample.fake.ops().writer_close = nullptr;
  CHECK(sample.refusal() == "its table lacks required functions: put, writer_close");
  sample.fake.ops().struct_size = 16;
  CHECK(sample.refusal().find("its table of functions has 16 bytes") == 0);
  sample.driver.ops = nullptr;
  CHECK(sample.refusal() == "its object has no table of functions");
}

TEST_CASE("rows are stepped by the driver's own stride") {
  struct Longer {
    berth_param_spec row;
    std::uint64_t later;
  };
  Sample sample;
  const std::array<Longer, 2> rows{Longer{sample.rows[0], ~0ULL}, Longer{sample.rows[1], ~0ULL}};
  sample.driver.params = &rows[0].row;
  sample.driver.param_stride = sizeof(Longer);
  CHECK(std::string(accept(&sample.driver, "sample").params.at(1).key) == "b");
}

TEST_CASE("faulty rows are refused") {
  Sample sample;
  sample.rows[1].key = "";
  CHECK(sample.refusal() == "its parameter row 2 has no key");
  sample.driver.param_stride = 8;
  CHECK(sample.refusal().find("its parameter row has 8 bytes") == 0);
  sample.driver.param_count = 100000;
  CHECK(sample.refusal() == "it announces 100000 parameters");
  sample.driver.params = nullptr;
  CHECK(sample.refusal() == "it announces parameters but has none");
}

TEST_CASE("a string of a row that does not end is refused, and not read any further") {
  const std::string endless(8193, 'x');
  Sample sample;
  sample.rows[0].help = endless.c_str();
  CHECK(sample.refusal() == "its parameter row 1's help has more than 8192 bytes");
  sample.rows[0].choices = endless.c_str();
  sample.rows[0].help = nullptr;
  CHECK(sample.refusal() == "its parameter row 1's list of choices has more than 8192 bytes");
  sample.rows[0].key = endless.c_str();
  CHECK(sample.refusal() == "its parameter row 1's key has more than 128 bytes");
}

TEST_CASE("strings of the driver that do not end, or are no text, are refused") {
  const std::string endless(8193, 'x');
  Sample sample;
  sample.driver.summary = endless.c_str();
  CHECK(sample.refusal() == "its summary has more than 8192 bytes");
  sample.driver.vendor = "\xFF";
  CHECK(sample.refusal() == "its vendor is not UTF-8 without control characters");
  sample.driver.version = "1\n2";
  CHECK(sample.refusal() == "its version is not UTF-8 without control characters");
  sample.driver.name = endless.c_str();
  CHECK(sample.refusal() == "its name has more than 8192 bytes");
}

TEST_CASE("rows that no program can use are refused") {
  Sample sample;
  sample.rows[1].key = "b c";
  CHECK(sample.refusal() == "its parameter row 2's key is not visible ASCII");
  sample.rows[1].key = "A";
  CHECK(sample.refusal() == "its parameter \"A\" has two rows");
  sample.rows[0].minimum = 10;
  CHECK(sample.refusal() == "its parameter row 1 has a minimum above its maximum");
  sample.driver.param_stride = 5000;
  CHECK(sample.refusal() == "its parameter row has 5000 bytes, at most 4096 are expected");
}

TEST_CASE("what a newer driver appends is not seen") {
  struct Newer {
    berth_ops ops;
    void* later;
  };
  Sample sample;
  Newer newer{sample.fake.ops(), nullptr};
  newer.ops.struct_size = sizeof newer;
  sample.driver.ops = &newer.ops;
  sample.driver.abi_minor = 99;
  const auto table = accept(&sample.driver, "sample");
  CHECK(table.driver.abi_minor == 99);
  CHECK(bool(table.ops.open == newer.ops.open));
}

TEST_CASE("driver names") {
  using berth::model::is_driver_name;
  CHECK(is_driver_name("s3"));
  CHECK(is_driver_name("a_b2"));
  CHECK_FALSE(is_driver_name(""));
  CHECK_FALSE(is_driver_name("3s"));
  CHECK_FALSE(is_driver_name("s3+https"));
  CHECK_FALSE(is_driver_name(std::string(33, 'a')));
}
