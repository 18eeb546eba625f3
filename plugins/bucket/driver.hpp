// SPDX-License-Identifier: Apache-2.0
//
// The driver of a service with buckets: from paths to operations on keys. s3 and oss derive from it
// and supply their parameters and their Requests.
#pragma once

#include <berth/driver.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bucket/bucket.hpp"
#include "common/key_tree.hpp"

namespace berth::bucket {

class Driver : public sdk::Driver {
 public:
  using MakeRequests = std::function<std::unique_ptr<Requests>(http::Clock&)>;

  Driver(http::ClientOptions client, Settings settings, const MakeRequests& make_requests);

  sdk::Capabilities capabilities() const noexcept override;
  void get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) override;
  void put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call) override;
  sdk::Stat stat(std::string_view path, const sdk::Call& call) override;
  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void move(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override;
  void copy(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override;
  void remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) override;
  std::string url_for(std::string_view path, const sdk::UrlOptions& options,
                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  void read_ranges(std::string_view path, const sdk::RangeRead& read,
                   const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;

 private:
  [[nodiscard]] common::Lookup lookup();
  [[nodiscard]] std::string key(std::string_view path) const { return tree_.keys().key(path); }

  http::Client client_;
  http::Clock clock_;
  const std::unique_ptr<Requests> requests_;
  Bucket bucket_;
  const common::KeyTree tree_;
};

}  // namespace berth::bucket
