// SPDX-License-Identifier: Apache-2.0
//
// Reads the index in batches, and continues after the last entry of a batch.
#include "list.hpp"

#include <string>
#include <utility>
#include <vector>

namespace berth::inmemory {
namespace {

constexpr std::size_t batch_size = 256;

std::string prefix_of(std::string_view directory) {
  return directory == "/" ? std::string("/") : std::string(directory) + '/';
}

// The first key after everything below `prefix`, which ends in "/".
std::string key_after(std::string_view prefix) {
  std::string key(prefix);
  key.back() = '/' + 1;
  return key;
}

sdk::Entry entry_of(const Item& item) {
  if (item.directory) return {item.path, true, {}, {}, {}};
  return {item.path, false, item.size, item.mtime_ns, item.etag};
}

// The first key to list after `start_after`. A directory sorts just before its contents.
std::string first_key(const Tree& tree, std::string_view prefix, std::string_view start_after) {
  if (start_after <= prefix) return std::string(prefix);
  if (tree.is_directory(start_after)) return std::string(start_after) + '/';
  return std::string(start_after) + '\0';
}

// One walk. Objects are read in order, and a directory is reported when the path of an object
// enters it.
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
  // False: the caller stops the walk.
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
    next_ = key_after(directory);
    entered_ = std::move(directory);
    return true;
  }

  // Index of the slash after the last directory of path that was already reported.
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
  std::string next_;     // the first key that was not handled yet
  std::string entered_;  // the directories of this path were already reported
};

}  // namespace

void list_directory(const Tree& tree, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call) {
  const std::string prefix = prefix_of(path);
  if (!tree.is_directory(path)) throw sdk::path_not_found();
  std::string next = first_key(tree, prefix, start_after);
  // The directory that contains start_after sorts before it.
  if (const std::size_t slash = next.find('/', prefix.size());
      slash != next.npos && next.starts_with(prefix))
    next = key_after(std::string_view(next).substr(0, slash + 1));
  std::vector<Item> batch;
  do {
    call.check();
    batch.clear();
    tree.children(prefix, next, batch_size, batch);
    for (const Item& item : batch)
      if (sink(entry_of(item)) == sdk::Visit::stop) return;
    if (!batch.empty())
      next = batch.back().path + (batch.back().directory ? static_cast<char>('/' + 1) : '\0');
  } while (batch.size() == batch_size);
}

void walk_directory(const Tree& tree, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call) {
  if (!tree.is_directory(path)) throw sdk::path_not_found();
  Walk(tree, prefix_of(path), start_after, sink, call).run();
}

}  // namespace berth::inmemory
