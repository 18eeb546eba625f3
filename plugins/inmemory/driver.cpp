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

AttributesPtr attributes_of(const sdk::WriteOptions& options) {
  if (options.attributes.empty()) return nullptr;
  return std::make_shared<const std::vector<sdk::Attribute>>(options.attributes.copy());
}

void check_conditions(const Object& object, const sdk::ReadOptions& options) {
  if (options.if_match.empty() && options.if_none_match.empty()) return;
  const std::string etag = stat_of(object).etag;
  if (!options.if_match.empty() && options.if_match != etag)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     "the object is not the version that if_match names");
  if (options.if_none_match == etag) throw sdk::Error(BERTH_STATUS_NOT_MODIFIED);
}

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
                       BERTH_CAP_LIST_ORDERED | BERTH_CAP_FORK | BERTH_CAP_IF_MATCH |
                       BERTH_CAP_ATTRIBUTES | BERTH_CAP_READ_CONDITIONS | BERTH_CAP_READ_FROM_END |
                       BERTH_CAP_COPY_CREATE_ONLY | BERTH_CAP_COPY_SOURCE_IF_MATCH |
                       BERTH_CAP_COPY_IF_MATCH | BERTH_CAP_REMOVE_IF_MATCH |
                       BERTH_CAP_REMOVE_ONLY_OBJECT;
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
  const Object object =
      tree_->put(path, {std::make_shared<const Content>(bytes), attributes_of(options)},
                 {options.create_only, std::string(options.if_match)});
  options.stored(stat_of(object));
}

sdk::Stat MemoryDriver::stat(std::string_view path, const sdk::Call& call) {
  call.check();
  if (const std::optional<Object> object = tree_->find(path)) return stat_of(*object);
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
                        const sdk::CopyOptions& options, const sdk::Call& call) {
  call.check();
  const std::optional<Object> object =
      tree_->move(source, destination, options.source_if_match,
                  {options.create_only, std::string(options.if_match)});
  if (object) options.stored(stat_of(*object));
}

void MemoryDriver::copy(std::string_view source, std::string_view destination,
                        const sdk::CopyOptions& options, const sdk::Call& call) {
  call.check();
  options.stored(stat_of(tree_->copy(source, destination, options.source_if_match,
                                     {options.create_only, std::string(options.if_match)})));
}

void MemoryDriver::remove(std::string_view path, const sdk::RemoveOptions& options,
                          const sdk::Call& call) {
  call.check();
  if (options.only_object || !options.if_match.empty())
    tree_->remove_object(path, options.if_match);
  else
    tree_->remove(path);
}

std::unique_ptr<sdk::Reader> MemoryDriver::reader(std::string_view path,
                                                  const sdk::ReadOptions& options,
                                                  const sdk::Call& call) {
  call.check();
  std::optional<Object> object = tree_->find(path);
  if (!object) throw sdk::path_not_found();
  check_conditions(*object, options);
  return std::make_unique<MemoryReader>(std::move(*object), options);
}

std::unique_ptr<sdk::Writer> MemoryDriver::writer(std::string_view path,
                                                  const sdk::WriteOptions& options,
                                                  const sdk::Call& call) {
  call.check();
  const Conditions conditions{options.create_only, std::string(options.if_match)};
  OpenedWriter opened = tree_->open_writer(path, options.append, conditions);
  AttributesPtr attributes = attributes_of(options);
  if (!attributes) attributes = opened.base.attributes;
  auto writer = std::make_unique<MemoryWriter>(*tree_, path, std::move(opened),
                                               std::move(attributes), conditions);
  writer->expect(options.size_hint.value_or(0));
  return writer;
}

}  // namespace berth::inmemory

BERTH_DRIVER(inmemory, berth::inmemory::MemoryDriver);
