// SPDX-License-Identifier: Apache-2.0
//
// The driver `s3`: one bucket, in the registry's layout.
#pragma once

#include <berth/driver.hpp>
#include <string>

#include "bucket/driver.hpp"
#include "settings.hpp"

namespace berth::s3 {

class S3Driver final : public bucket::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Objects in a bucket of Amazon S3 or a compatible service"};
  static constexpr auto& parameters = parameter_rows;
  static void init();

  S3Driver(const sdk::Parameters& parameters, const sdk::Call& call);

  std::string place() const override { return place_; }

 private:
  explicit S3Driver(const Settings& settings);

  const std::string place_;
};

}  // namespace berth::s3
