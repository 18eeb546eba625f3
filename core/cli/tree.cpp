// SPDX-License-Identifier: Apache-2.0
//
// berth tree, berth du: a tree drawn, and a tree weighed.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/each_place.hpp"
#include "cli/entry_json.hpp"
#include "cli/omissions.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

struct TreeOptions {
  std::vector<std::string> places;
  unsigned depth = 0;  // 0: all of it
};

std::size_t depth_below(std::string_view root, std::string_view path) {
  const auto relative = below(root, path);
  return 1 + static_cast<std::size_t>(std::count(relative.begin(), relative.end(), '/'));
}

// Draws when the walk is over: only what follows an entry tells how its line ends.
class Drawing {
 public:
  Drawing(Session& session, const TreeOptions& options, const Place& place)
      : session_(session), options_(options), root_(place.path) {}

  Visit add(const Entry& entry) {
    const auto depth = depth_below(root_, entry.path);
    pending_.push_back({depth, std::string(entry.path), entry.is_directory});
    (entry.is_directory ? directories_ : files_) += 1;
    const bool deep_enough = options_.depth != 0 && depth >= options_.depth;
    return deep_enough && entry.is_directory ? Visit::skip_directory : Visit::carry_on;
  }

  void draw() {
    find_last_ones();
    for (const auto& line : pending_) session_.out.line(prefix(line) + name(line));
    session_.out.line("");
    session_.out.line(folders() + ", " + count_of(files_, "file"));
  }

 private:
  struct Line {
    std::size_t depth = 1;
    std::string path;
    bool is_directory = false;
    bool last = false;  // of its folder
  };

  // From the end: the first line met of a depth, since a shallower one, is the last of its folder.
  void find_last_ones() {
    std::vector<bool> met;
    for (auto line = pending_.rbegin(); line != pending_.rend(); ++line) {
      const bool seen = line->depth < met.size() && met[line->depth];
      line->last = !seen;
      met.resize(line->depth + 1);
      met[line->depth] = true;
    }
  }

  std::string prefix(const Line& line) {
    open_.resize(line.depth);
    std::string text;
    for (std::size_t i = 1; i < line.depth; ++i) text += open_[i] ? "│   " : "    ";
    open_.push_back(!line.last);
    return text + (line.last ? "└── " : "├── ");
  }

  std::string name(const Line& line) const {
    return session_.out.name(base_name(line.path)) + (line.is_directory ? "/" : "");
  }

  std::string folders() const {
    return std::to_string(directories_) + (directories_ == 1 ? " directory" : " directories");
  }

  Session& session_;
  const TreeOptions& options_;
  std::string root_;
  std::vector<Line> pending_;
  std::vector<bool> open_;  // by depth: whether more of that folder is to come
  std::uint64_t directories_ = 0, files_ = 0;
};

FileInfo info_of(const Entry& entry) {
  return {.path = std::string(entry.path),
          .is_directory = entry.is_directory,
          .size = entry.size.value_or(0),
          .modified = entry.modified};
}

int tree(Session& session, const TreeOptions& options) {
  return for_each_place(session, options.places, [&](const Place& place) {
    const auto files = session.files(place);
    Drawing drawing(session, options, place);
    Omissions omissions(*files);
    const auto visit = [&](const Entry& entry) {
      if (session.globals.json) session.out.json(entry_json(info_of(entry)));
      return drawing.add(entry);
    };
    try {
      files->walk(place.path, visit, omissions.sink());
    } catch (const PathNotFoundError&) {  // also what a walk of a file says
      if (files->stat(place.path).is_directory) throw;
      throw UsageError(to_string(place) + " is a file; tree draws folders");
    }
    if (!session.globals.json) {
      session.out.line(session.out.name(to_string(place)));
      drawing.draw();
    }
    omissions.check();
  });
}

struct Weight {
  std::uint64_t bytes = 0, files = 0;
};

// Sums by folder, down to a depth. Folders above it are kept in the map; it has one entry a folder.
class Weighing {
 public:
  Weighing(std::string root, unsigned depth) : root_(std::move(root)), depth_(depth) {}

  void add(std::string_view path, std::uint64_t size) {
    add_to(root_, size);
    const auto relative = below(root_, path);
    std::size_t end = 0;
    for (unsigned level = 0; level < depth_; ++level) {
      end = relative.find('/', end);
      if (end == std::string_view::npos) return;
      add_to(join(root_, relative.substr(0, end)), size);
      ++end;
    }
  }

  std::map<std::string, Weight>& sums() noexcept { return sums_; }

 private:
  void add_to(const std::string& folder, std::uint64_t size) {
    auto& sum = sums_[folder];
    sum.bytes += size;
    ++sum.files;
  }

  std::string root_;
  unsigned depth_;
  std::map<std::string, Weight> sums_;
};

void print_weight(Session& session, const std::string& place, const Weight& weight) {
  if (session.globals.json) {
    return session.out.json({{"place", place}, {"bytes", weight.bytes}, {"files", weight.files}});
  }
  auto size = human_size(weight.bytes);
  size.insert(0, size.size() < 10 ? 10 - size.size() : 0, ' ');
  auto files = std::to_string(weight.files);
  files.insert(0, files.size() < 9 ? 9 - files.size() : 0, ' ');
  session.out.line(size + files + (weight.files == 1 ? " file   " : " files  ") +
                   session.out.name(place));
}

int du(Session& session, const TreeOptions& options) {
  return for_each_place(session, options.places, [&](const Place& place) {
    const auto files = session.files(place);
    const auto info = files->stat(place.path);
    if (!info.is_directory) {
      return print_weight(session, files->show(place.path), {info.size, 1});
    }
    Weighing weighing(place.path, options.depth);
    weighing.sums()[place.path];
    const auto visit = [&](const Entry& entry) {
      if (!entry.is_directory) weighing.add(entry.path, entry.size.value_or(0));
      return Visit::carry_on;
    };
    Omissions omissions(*files);
    files->walk(place.path, visit, omissions.sink());
    for (const auto& [folder, weight] : weighing.sums()) {
      print_weight(session, files->show(folder), weight);
    }
    omissions.check();
  });
}

}  // namespace

void add_tree(Command& root, Session& session) {
  Command command = root.add_command("tree", "Show a folder's contents as a tree");
  auto options = std::make_shared<TreeOptions>();
  command.add("PLACE", options->places, "STORE:/path or a local folder");
  command.add("-L,--level", options->depth, "Maximum depth").type("N");
  command.action([&session, options] {
    if (options->places.empty()) options->places.emplace_back(":/");
    return tree(session, *options);
  });
}

void add_du(Command& root, Session& session) {
  Command command =
      root.add_command("du", "Show the total size and number of files below a folder");
  auto options = std::make_shared<TreeOptions>();
  command.add("PLACE", options->places, "STORE:/path or a local folder");
  command.add("-d,--depth", options->depth, "Also show folders down to this depth").type("N");
  command.action([&session, options] {
    if (options->places.empty()) options->places.emplace_back(":/");
    return du(session, *options);
  });
}

}  // namespace berth::cli
