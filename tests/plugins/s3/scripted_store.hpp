// SPDX-License-Identifier: Apache-2.0
//
// The driver over a scripted server: bucket "b", keys below no root, four repetitions as by
// default.
#ifndef BERTH_TESTS_S3_SCRIPTED_STORE_HPP
#define BERTH_TESTS_S3_SCRIPTED_STORE_HPP

#include "s3_driver.hpp"
#include "support/scripted_bucket.hpp"
#include "support/scripted_store.hpp"

namespace berth::test {

struct S3Defaults {
  using Driver = s3::S3Driver;
  static Given parameters(const std::string& url) {
    return {{"regionendpoint", url}, {"bucket", "b"}, {"accesskey", "a"}, {"secretkey", "s"}};
  }
};
using ScriptedStore = ScriptedStoreOf<S3Defaults>;

}  // namespace berth::test

#endif  // BERTH_TESTS_S3_SCRIPTED_STORE_HPP
