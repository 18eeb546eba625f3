// SPDX-License-Identifier: Apache-2.0
//
// The driver of a service with buckets: what paths mean there. A driver derives from it, says which
// parameters it takes, and brings its BucketService.
#ifndef BERTH_COMMON_BUCKET_DRIVER_HPP
#define BERTH_COMMON_BUCKET_DRIVER_HPP

#include <berth/driver.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/bucket/bucket.hpp"
#include "common/key_tree.hpp"

namespace berth::common {

class BucketDriver : public sdk::Driver {
 public:
  using MakeService = std::function<std::unique_ptr<BucketService>(http::Clock&)>;

  BucketDriver(http::ClientOptions client, BucketOptions options, const MakeService& make_service);

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
  [[nodiscard]] Lookup lookup();
  [[nodiscard]] std::string key(std::string_view path) const { return tree_.keys().key(path); }

  http::Client client_;
  http::Clock clock_;
  const std::unique_ptr<BucketService> service_;
  Bucket bucket_;
  const KeyTree tree_;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_BUCKET_DRIVER_HPP
