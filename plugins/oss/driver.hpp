// SPDX-License-Identifier: Apache-2.0
//
// The driver `oss`: one bucket, in the registry's layout.
#pragma once

#include <berth/driver.hpp>
#include <string>

#include "bucket/driver.hpp"
#include "settings.hpp"

namespace berth::oss {

class OssDriver final : public bucket::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Objects in a bucket of Alibaba Cloud OSS"};
  static constexpr auto& parameters = parameter_rows;
  static void init();

  OssDriver(const sdk::Parameters& parameters, const sdk::Call& call);

  std::string place() const override { return place_; }

 private:
  explicit OssDriver(const Settings& settings);

  const std::string place_;
};

}  // namespace berth::oss
