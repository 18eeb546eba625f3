// SPDX-License-Identifier: Apache-2.0
//
// The driver `s3`: one bucket, keys as the registry lays them out.
#ifndef BERTH_S3_S3_DRIVER_HPP
#define BERTH_S3_S3_DRIVER_HPP

#include <berth/driver.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "bucket.hpp"
#include "common/key_tree.hpp"
#include "settings.hpp"

namespace berth::s3 {

class S3Driver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Objects in a bucket of Amazon S3 or a compatible service"};
  static constexpr auto& parameters = parameter_rows;
  static void init();

  S3Driver(const sdk::Parameters& parameters, const sdk::Call& call);

  sdk::Capabilities capabilities() const noexcept override;
  void get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) override;
  void put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call) override;
  sdk::Stat stat(std::string_view path, const sdk::Call& call) override;
  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void move(std::string_view source, std::string_view destination, const sdk::Call& call) override;
  void copy(std::string_view source, std::string_view destination, const sdk::Call& call) override;
  void remove(std::string_view path, const sdk::Call& call) override;
  std::string url_for(std::string_view path, const sdk::UrlOptions& options,
                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;

 private:
  [[nodiscard]] std::string key(std::string_view path) const { return tree_.keys().key(path); }

  Bucket bucket_;
  common::KeyTree tree_;
};

}  // namespace berth::s3

#endif  // BERTH_S3_S3_DRIVER_HPP
