// SPDX-License-Identifier: Apache-2.0
//
// Collects the bytes of a new version, which no reader sees before commit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "content.hpp"
#include "tree.hpp"

namespace berth::inmemory {

class MemoryWriter final : public sdk::Writer {
 public:
  // attributes: of the object that is written. The others are as the tree gave or gets them.
  MemoryWriter(Tree& tree, std::string_view path, OpenedWriter opened, AttributesPtr attributes,
               Conditions conditions);
  ~MemoryWriter() override;

  void expect(std::uint64_t bytes) noexcept { content_.expect(bytes); }

  void write(std::string_view bytes, const sdk::Call& call) override;
  std::uint64_t size() const noexcept override { return content_.size(); }
  void commit(const sdk::CommitOptions& options, const sdk::Call& call) override;
  void cancel(const sdk::Call& call) override;
  void keep(const sdk::Call& call) override;

 private:
  Tree& tree_;
  const std::string path_;
  const TicketPtr ticket_;
  ContentBuilder content_;
  const AttributesPtr attributes_;
  const Conditions conditions_;
};

}  // namespace berth::inmemory
