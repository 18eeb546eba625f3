// SPDX-License-Identifier: Apache-2.0
//
// Reader and writer of the driver `inmemory`. A reader is a snapshot; a writer collects privately
// and publishes at commit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "content.hpp"
#include "tree.hpp"

namespace berth::inmemory {

class MemoryReader final : public sdk::Reader {
 public:
  MemoryReader(Object object, const sdk::ReadOptions& options);

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override;

 private:
  const Object object_;
  std::uint64_t position_;
  std::uint64_t end_;
};

class MemoryWriter final : public sdk::Writer {
 public:
  MemoryWriter(Tree& tree, std::string_view path, TicketPtr ticket, ContentBuilder content,
               bool create_only);
  ~MemoryWriter() override;

  void expect(std::uint64_t bytes) noexcept { content_.expect(bytes); }

  void write(std::string_view bytes, const sdk::Call& call) override;
  std::uint64_t size() const noexcept override { return content_.size(); }
  void commit(const sdk::Call& call) override;
  void cancel(const sdk::Call& call) override;
  void keep(const sdk::Call& call) override;

 private:
  Tree& tree_;
  const std::string path_;
  const TicketPtr ticket_;
  ContentBuilder content_;
  const bool create_only_;
};

}  // namespace berth::inmemory
