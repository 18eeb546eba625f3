// SPDX-License-Identifier: Apache-2.0
//
// The driver `inmemory` stores objects in the memory of this process, for the life of the store. It
// is for tests and caches, and a model for other drivers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

namespace berth::inmemory {

class Tree;

class MemoryDriver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Stores objects in the memory of this process"};
  static constexpr std::array<sdk::Param, 0> parameters{};

  MemoryDriver(const sdk::Parameters& parameters, const sdk::Call& call);
  ~MemoryDriver() override;

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
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;
  std::string place() const override;

 private:
  std::unique_ptr<Tree> tree_;
  const std::uint64_t number_;  // of this store in the process
};

}  // namespace berth::inmemory
