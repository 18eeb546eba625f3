// SPDX-License-Identifier: Apache-2.0
//
// The driver `azure`: one container, blob names as the registry lays them out.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "common/key_tree.hpp"
#include "container.hpp"
#include "settings.hpp"
#include "signed_urls.hpp"

namespace berth::azure {

class AzureDriver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Blobs in a container of Azure Storage"};
  static constexpr auto& parameters = parameter_rows;
  static void init();

  AzureDriver(const sdk::Parameters& parameters, const sdk::Call& call);

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
  std::string place() const override;

 private:
  [[nodiscard]] std::string blob(std::string_view path, const sdk::Call& call);
  [[nodiscard]] common::KeyTree tree(Listing listing);
  [[nodiscard]] common::Lookup::SizeOf size_lookup();

  Container container_;
  SignedUrls urls_;
  common::KeyTree shown_;
  common::KeyTree deleted_;
};

}  // namespace berth::azure
