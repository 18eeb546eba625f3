// SPDX-License-Identifier: Apache-2.0
//
// The operations of the driver `inmemory`. List and walk copy a few hundred entries at a time out
// of the index, so that no lock is held while the caller looks at them.
#include "memory_driver.hpp"

#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "content.hpp"
#include "streams.hpp"
#include "tree.hpp"

namespace berth::inmemory {
namespace {

constexpr std::size_t batch_size = 256;

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::string prefix_of(std::string_view directory) {
  return directory == "/" ? std::string("/") : std::string(directory) + '/';
}

// The first key behind everything that lies below `prefix`, which ends in "/".
std::string behind(std::string_view prefix) {
  std::string key(prefix);
  key.back() = '/' + 1;
  return key;
}

sdk::Entry entry_of(const Item& item) {
  if (item.directory) return {item.path, true, {}, {}, {}};
  return {item.path, false, item.size, item.mtime_ns, {}};
}

// Where to begin behind `start_after`: a directory of that name stands just before its content.
std::string first_key(const Tree& tree, std::string_view prefix, std::string_view start_after) {
  if (start_after <= prefix) return std::string(prefix);
  if (tree.is_directory(start_after)) return std::string(start_after) + '/';
  return std::string(start_after) + '\0';
}

// One walk: objects come in order, and directories are told from the change of their paths.
class Walk {
 public:
  Walk(const Tree& tree, std::string prefix, std::string_view start_after, const sdk::Sink& sink,
       const sdk::Call& call)
      : tree_(tree), prefix_(std::move(prefix)), sink_(sink), call_(call) {
    next_ = first_key(tree, prefix_, start_after);
    entered_ = next_.starts_with(prefix_) ? next_ : prefix_;
  }

  void run() {
    std::vector<Item> batch;
    do {
      call_.check();
      batch.clear();
      tree_.objects(prefix_, next_, batch_size, batch);
      for (const Item& item : batch)
        if (item.path >= next_ && !report(item)) return;
    } while (batch.size() == batch_size);
  }

 private:
  // False: the caller has seen enough.
  bool report(const Item& item) {
    std::size_t slash = common_directory(item.path);
    while ((slash = item.path.find('/', slash + 1)) != item.path.npos) {
      const std::string_view directory = std::string_view(item.path).substr(0, slash);
      const sdk::Visit visit = sink_({directory, true, {}, {}, {}});
      if (visit == sdk::Visit::stop) return false;
      if (visit == sdk::Visit::skip_directory) return skip(item.path.substr(0, slash + 1));
    }
    entered_ = item.path;
    next_ = item.path + '\0';
    return sink_(entry_of(item)) != sdk::Visit::stop;
  }

  bool skip(std::string directory) {
    next_ = behind(directory);
    entered_ = std::move(directory);
    return true;
  }

  // Index of the last slash up to which path agrees with what was reported before.
  std::size_t common_directory(std::string_view path) const {
    std::size_t slash = prefix_.size() - 1;
    for (std::size_t i = prefix_.size(); i < path.size() && i < entered_.size(); ++i) {
      if (path[i] != entered_[i]) break;
      if (path[i] == '/') slash = i;
    }
    return slash;
  }

  const Tree& tree_;
  const std::string prefix_;
  const sdk::Sink& sink_;
  const sdk::Call& call_;
  std::string next_;     // the first key that is still wanted
  std::string entered_;  // the directories of this path were reported
};

}  // namespace

MemoryDriver::MemoryDriver(const sdk::Parameters&, const sdk::Call&)
    : tree_(std::make_unique<Tree>()), number_(next_number()) {}

MemoryDriver::~MemoryDriver() = default;

// A store shares its objects with no other: the process and a number identify it.
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
  const std::string prefix = prefix_of(path);
  if (!tree_->is_directory(path)) throw sdk::path_not_found();
  std::string next = first_key(*tree_, prefix, options.start_after);
  // A directory that holds start_after stands before it.
  if (const std::size_t slash = next.find('/', prefix.size());
      slash != next.npos && next.starts_with(prefix))
    next = behind(std::string_view(next).substr(0, slash + 1));
  std::vector<Item> batch;
  do {
    call.check();
    batch.clear();
    tree_->children(prefix, next, batch_size, batch);
    for (const Item& item : batch)
      if (sink(entry_of(item)) == sdk::Visit::stop) return;
    if (!batch.empty())
      next = batch.back().path + (batch.back().directory ? static_cast<char>('/' + 1) : '\0');
  } while (batch.size() == batch_size);
}

void MemoryDriver::walk(std::string_view path, const sdk::ListOptions& options,
                        const sdk::Sink& sink, const sdk::Call& call) {
  if (!tree_->is_directory(path)) throw sdk::path_not_found();
  Walk(*tree_, prefix_of(path), options.start_after, sink, call).run();
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
