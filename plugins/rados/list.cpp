// SPDX-License-Identifier: Apache-2.0
//
// Lists page by page. A walk requests the sizes of the next files while the caller handles the
// current one.
#include "list.hpp"

#include <algorithm>
#include <utility>

#include "layout.hpp"

namespace berth::rados {
namespace {

constexpr std::uint64_t page_size = 512;
constexpr std::size_t files_ahead = 32;

}  // namespace

// ---- Order

void WalkOrder::push(OmapEntry entry) {
  passed_ = std::max(passed_, entry.key);
  std::string key = entry.value.empty() ? entry.key + '/' : entry.key;
  if (key <= after_) return;
  waiting_.insert_or_assign(std::move(key), Child{std::move(entry.key), std::move(entry.value)});
}

std::optional<Child> WalkOrder::pop() {
  // Names that were not pushed yet sort after passed_, as files and as directories.
  if (waiting_.empty() || (!finished_ && waiting_.begin()->first > passed_)) return std::nullopt;
  Child child = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  return child;
}

std::vector<std::string> WalkOrder::early_names() const {
  std::vector<std::string> names;
  for (std::size_t size = 1; size < after_.size(); ++size)
    if (static_cast<unsigned char>(after_[size]) < '/') names.push_back(after_.substr(0, size));
  return names;
}

Children::Children(const Directories& directories, std::string directory, std::string after)
    : directories_(directories), directory_(std::move(directory)), order_(after) {
  after_ = std::move(after);
}

void Children::fetch(const sdk::Call& call) {
  if (!begun_) {
    begun_ = true;
    const auto names = order_.early_names();
    if (!names.empty())
      for (OmapEntry& entry : directories_.entries(directory_, names, call))
        if (entry.value.empty()) order_.push(std::move(entry));
  }
  auto page = directories_.page(directory_, after_, page_size, call);
  done_ = !page || !page->more || page->next.empty();
  if (page) {
    for (OmapEntry& entry : page->entries) order_.push(std::move(entry));
    if (!page->next.empty()) after_ = page->next;
  }
  if (done_) order_.finish();
}

std::optional<Child> Children::next(const sdk::Call& call) {
  for (;;) {
    if (auto child = order_.pop()) return child;
    if (done_) return std::nullopt;
    fetch(call);
  }
}

Start start_in(const Directories& directories, const std::string& directory,
               const std::string& start_after, const sdk::Call& call) {
  const std::string prefix = directory == "/" ? directory : directory + '/';
  if (start_after <= prefix) return {};
  if (!start_after.starts_with(prefix)) return {true, {}, {}};
  const std::string rest = start_after.substr(prefix.size());
  const std::size_t slash = rest.find('/');
  const std::string name = rest.substr(0, slash);
  if (slash != rest.npos) return {false, name + '/', name};
  const auto found = directories.find(start_after, call);
  // A directory sorts just before its contents.
  if (found && found->empty()) return {false, name + '/', name};
  return {false, name, {}};
}

// ---- Walking

void Walk::push(const std::string& directory, const std::string& after, bool reported) {
  levels_.push_back(
      std::unique_ptr<Level>(new Level{Children(directories_, directory, after), {}, reported}));
}

void Walk::enter(const std::string& directory, const std::string& start_after,
                 const sdk::Call& call) {
  const Start start = start_in(directories_, directory, start_after, call);
  if (start.nothing) return;
  push(directory, start.after, true);
  if (!start.inside.empty()) enter(join(directory, start.inside), start_after, call);
}

void Walk::run(const std::string& directory, const std::string& start_after, const sdk::Sink& sink,
               const sdk::Call& call) {
  enter(directory, start_after, call);
  while (!levels_.empty()) {
    call.check();
    if (!step(sink, call)) return;
  }
}

void Walk::read_ahead(Level& level, const sdk::Call& call) {
  if (level.ahead.size() > files_ahead / 2) return;
  while (level.ahead.size() < files_ahead) {
    auto child = level.children.next(call);
    if (!child) return;
    std::unique_ptr<ReadOperation> info;
    if (!child->directory()) info = blobs_.start_info(child->blob);
    level.ahead.push_back({std::move(*child), std::move(info)});
  }
}

// Reports the next entry. False: the caller stops the walk.
bool Walk::step(const sdk::Sink& sink, const sdk::Call& call) {
  Level& level = *levels_.back();
  read_ahead(level, call);
  const bool something = !level.ahead.empty();
  if (something && !level.reported) {  // an empty directory is not reported
    level.reported = true;
    const std::string shown = show_(level.children.directory());
    const sdk::Visit visit = sink({shown, true, {}, {}, {}});
    if (visit == sdk::Visit::stop) return false;
    if (visit == sdk::Visit::skip_directory) return levels_.pop_back(), true;
  }
  if (!something) return levels_.pop_back(), true;
  Item item = std::move(level.ahead.front());
  level.ahead.pop_front();
  const std::string path = join(level.children.directory(), item.child.name);
  if (!item.child.directory()) return report_file(path, item, sink, call);
  push(path, "", false);
  return true;
}

bool Walk::report_file(const std::string& path, Item& item, const sdk::Sink& sink,
                       const sdk::Call& call) {
  std::string blob = item.child.blob;
  std::optional<BlobInfo> info;
  try {
    info = blobs_.await_info(*item.info, call);
    while (!info && !(info = files_.empty_file(path, blob, call))) {
      const auto now = directories_.find(path, call);
      if (!now || now->empty()) return true;  // removed meanwhile
      blob = *now;
      info = blobs_.info(blob, call);
    }
  } catch (const sdk::Error& error) {
    if (error.status() != BERTH_STATUS_CORRUPT) throw;
    const std::string shown = show_(path);  // a damaged file is reported without its size
    return sink({shown, false, {}, {}, blob}) != sdk::Visit::stop;
  }
  const std::string shown = show_(path);
  return sink({shown, false, info->size, info->mtime_ns, blob}) != sdk::Visit::stop;
}

}  // namespace berth::rados
