// SPDX-License-Identifier: Apache-2.0
//
// The operations of the driver `inmemory`.
#include "driver.hpp"

#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>

#include "content.hpp"
#include "list.hpp"
#include "reader.hpp"
#include "tree.hpp"
#include "writer.hpp"

namespace berth::inmemory {
namespace {

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

MemoryDriver::MemoryDriver(const sdk::Parameters&, const sdk::Call&)
    : tree_(std::make_unique<Tree>()), number_(next_number()) {}

MemoryDriver::~MemoryDriver() = default;

// No other store has its objects, so the process and a number identify it.
std::string MemoryDriver::place() const {
  return sdk::PlaceLines("inmemory:" + std::to_string(::getpid()) + ':' + std::to_string(number_))
      .text();
}

sdk::Capabilities MemoryDriver::capabilities() const noexcept {
  sdk::Capabilities capabilities;
  capabilities.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_ATOMIC_MOVE | BERTH_CAP_CREATE_ONLY |
                       BERTH_CAP_LIST_ORDERED | BERTH_CAP_FORK;
  return capabilities;
}

void MemoryDriver::get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) {
  call.check();
  const std::optional<Object> object = tree_->find(path);
  if (!object) throw sdk::path_not_found();
  const auto size = static_cast<std::size_t>(object->content->size());
  if (size != 0) object->content->read(0, into.extend(size), size);
}

void MemoryDriver::put(std::string_view path, std::string_view bytes,
                       const sdk::WriteOptions& options, const sdk::Call& call) {
  call.check();
  tree_->put(path, std::make_shared<const Content>(bytes), options.create_only);
}

sdk::Stat MemoryDriver::stat(std::string_view path, const sdk::Call& call) {
  call.check();
  if (const std::optional<Object> object = tree_->find(path))
    return {false, object->content->size(), object->mtime_ns, {}};
  if (tree_->is_directory(path)) return {true, 0, {}, {}};
  throw sdk::path_not_found();
}

void MemoryDriver::list(std::string_view path, const sdk::ListOptions& options,
                        const sdk::Sink& sink, const sdk::Call& call) {
  list_directory(*tree_, path, options.start_after, sink, call);
}

void MemoryDriver::walk(std::string_view path, const sdk::ListOptions& options,
                        const sdk::Sink& sink, const sdk::Call& call) {
  walk_directory(*tree_, path, options.start_after, sink, call);
}

void MemoryDriver::move(std::string_view source, std::string_view destination,
                        const sdk::Call& call) {
  call.check();
  tree_->move(source, destination);
}

void MemoryDriver::copy(std::string_view source, std::string_view destination,
                        const sdk::Call& call) {
  call.check();
  tree_->copy(source, destination);
}

void MemoryDriver::remove(std::string_view path, const sdk::Call& call) {
  call.check();
  tree_->remove(path);
}

std::unique_ptr<sdk::Reader> MemoryDriver::reader(std::string_view path,
                                                  const sdk::ReadOptions& options,
                                                  const sdk::Call& call) {
  call.check();
  std::optional<Object> object = tree_->find(path);
  if (!object) throw sdk::path_not_found();
  return std::make_unique<MemoryReader>(std::move(*object), options);
}

std::unique_ptr<sdk::Writer> MemoryDriver::writer(std::string_view path,
                                                  const sdk::WriteOptions& options,
                                                  const sdk::Call& call) {
  call.check();
  OpenedWriter opened = tree_->open_writer(path, options.append, options.create_only);
  auto writer = std::make_unique<MemoryWriter>(
      *tree_, path, std::move(opened.ticket),
      opened.base ? ContentBuilder(*opened.base) : ContentBuilder(), options.create_only);
  writer->expect(options.size_hint.value_or(0));
  return writer;
}

}  // namespace berth::inmemory

BERTH_DRIVER(inmemory, berth::inmemory::MemoryDriver);
