// SPDX-License-Identifier: Apache-2.0
//
// The driver `swift`: one container of OpenStack Swift, objects as the registry lays them out.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "common/key_tree.hpp"
#include "container.hpp"
#include "large_objects.hpp"
#include "settings.hpp"
#include "temp_url.hpp"
#include "uploads.hpp"
#include "writer.hpp"

namespace berth::swift {

class SwiftDriver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Objects in a container of OpenStack Swift or a compatible "
                                  "service"};
  static constexpr auto& parameters = parameter_rows;
  static void init();

  SwiftDriver(const sdk::Parameters& parameters, const sdk::Call& call);

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
  std::string place() const override { return place_; }

 private:
  [[nodiscard]] std::string key(std::string_view path) const { return tree_.keys().key(path); }
  [[nodiscard]] sdk::Stat file_stat(const ObjectInfo& info, const sdk::Call& call);
  [[nodiscard]] common::Page page(const common::PageRequest& request, const sdk::Call& call);
  [[nodiscard]] common::Lookup::SizeOf size_lookup();
  void learn_sizes(std::vector<common::KeyEntry>& entries, const std::vector<size_t>& unknown,
                   const sdk::Call& call);
  void copy_plain(const std::string& source, const ObjectInfo& info, const std::string& target,
                  const sdk::Call& call);

  Container container_;
  LargeObjects large_;
  Uploads uploads_;
  TempUrls urls_;
  const SegmentPlans plans_;
  common::KeyTree tree_;
  const std::string place_;
};

}  // namespace berth::swift
