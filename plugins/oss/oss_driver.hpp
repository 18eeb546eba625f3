// SPDX-License-Identifier: Apache-2.0
//
// The driver `oss`: one bucket, keys as the registry lays them out.
#ifndef BERTH_OSS_OSS_DRIVER_HPP
#define BERTH_OSS_OSS_DRIVER_HPP

#include <berth/driver.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "common/bucket.hpp"
#include "common/key_tree.hpp"
#include "service.hpp"
#include "settings.hpp"

namespace berth::oss {

class OssDriver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Objects in a bucket of Alibaba Cloud OSS"};
  static constexpr auto& parameters = parameter_rows;
  static void init();

  OssDriver(const sdk::Parameters& parameters, const sdk::Call& call);

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

  const Settings settings_;
  http::Client client_;
  http::Clock clock_;
  Service service_;
  common::Bucket bucket_;
  common::KeyTree tree_;
};

}  // namespace berth::oss

#endif  // BERTH_OSS_OSS_DRIVER_HPP
