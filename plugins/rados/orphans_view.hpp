// SPDX-License-Identifier: Apache-2.0
//
// The store that `view: orphans` opens: one file per orphan, directly below "/". The files can be
// listed, read and removed, but not written.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "orphans.hpp"

namespace berth::rados {

class OrphansView final : public sdk::Driver {
 public:
  OrphansView(const Session& session, const Blobs& blobs, Orphans orphans)
      : session_(session), blobs_(blobs), orphans_(std::move(orphans)) {}

  sdk::Capabilities capabilities() const noexcept override { return {}; }
  void put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call) override;
  void get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) override;
  sdk::Stat stat(std::string_view path, const sdk::Call& call) override;
  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void move(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override;
  void remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) override;
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;

 private:
  using Found = Orphans::Found;
  std::shared_ptr<const Found> found(bool again, const sdk::Call& call);
  Orphan orphan(std::string_view path, const sdk::Call& call);
  BlobInfo info_of(const std::string& blob, const Orphan& orphan, const sdk::Call& call) const;
  std::uint64_t size_of(const std::string& blob, const Orphan& orphan, const sdk::Call& call) const;

  const Session& session_;
  const Blobs& blobs_;
  const Orphans orphans_;
  std::mutex lock_;
  std::shared_ptr<const Found> found_;
  std::chrono::steady_clock::time_point when_;
};

}  // namespace berth::rados
