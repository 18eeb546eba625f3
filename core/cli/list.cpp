// SPDX-License-Identifier: Apache-2.0
//
// berth ls, berth stat: what is there.
#include <algorithm>
#include <memory>
#include <optional>
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

namespace berth::cli {
namespace {

struct ListOptions {
  std::vector<std::string> places;
  bool details = false;
  bool recursive = false;
};

// Prints the entries of one place. Those of one folder are sorted; a walk comes sorted.
class Listing {
 public:
  Listing(Session& session, const ListOptions& options, const Place& place)
      : session_(session),
        options_(options),
        place_(place),
        files_(session.files(place)),
        omissions_(*files_) {}

  void run() {
    if (options_.recursive) {
      recursive();
    } else {
      folder();
    }
    omissions_.check();
  }

 private:
  // A file answers "not found" to list, as a missing path does; stat tells them apart.
  void folder() {
    std::vector<FileInfo> entries;
    const auto visit = [&](const Entry& entry) {
      if (auto info = with_details(entry)) entries.push_back(*std::move(info));
      return Visit::carry_on;
    };
    try {
      files_->list(place_.path, visit, omissions_.sink());
    } catch (const PathNotFoundError&) {
      return file();
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    for (const auto& entry : entries) print(entry);
  }

  void recursive() {
    bool any = false;
    const auto visit = [&](const Entry& entry) {
      any = true;
      print(info_of(entry));
      return Visit::carry_on;
    };
    try {
      files_->walk(place_.path, visit, omissions_.sink());
    } catch (const PathNotFoundError&) {
      if (any) throw;
      file();
    }
  }

  void file() { print(files_->stat(place_.path)); }

  static FileInfo info_of(const Entry& entry) {
    return {.path = std::string(entry.path),
            .is_directory = entry.is_directory,
            .size = entry.size.value_or(0),
            .modified = entry.modified,
            .etag = std::string(entry.etag)};
  }

  // A list reports sizes and times only where they cost no request. nullopt: removed meanwhile.
  std::optional<FileInfo> with_details(const Entry& entry) {
    const bool wanted = options_.details || session_.globals.json;
    const bool complete = entry.size && entry.modified;
    if (!wanted || entry.is_directory || complete) return info_of(entry);
    try {
      return files_->stat(std::string(entry.path));
    } catch (const PathNotFoundError&) {
      return std::nullopt;
    }
  }

  void print(const FileInfo& info) {
    if (session_.globals.json) return session_.out.json(entry_json(info));
    std::string line;
    if (options_.details) {
      const auto size = info.is_directory ? "-" : std::to_string(info.size);
      line.append(size.size() < 14 ? 14 - size.size() : 0, ' ');
      line += size + "  " + padded(time_text(info.modified), 19) + "  ";
    }
    session_.out.line(line + session_.out.name(name_of(info)) + (info.is_directory ? "/" : ""));
  }

  static std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  }

  std::string name_of(const FileInfo& info) const {
    const auto relative = below(place_.path, info.path);
    return relative.empty() ? info.path : std::string(relative);
  }

  Session& session_;
  const ListOptions& options_;
  const Place& place_;
  std::unique_ptr<FileTree> files_;
  Omissions omissions_;
};

int list(Session& session, const ListOptions& options) {
  const bool several = options.places.size() > 1 && !session.globals.json;
  return for_each_place(session, options.places, [&](const Place& place) {
    if (several) session.out.line(session.out.name(to_string(place)) + ":");
    Listing(session, options, place).run();
    if (several) session.out.line("");
  });
}

void print_stat(Session& session, const std::string& shown, const FileInfo& info) {
  auto& out = session.out;
  if (session.globals.json) {
    auto object = entry_json(info);
    object["place"] = shown;
    return out.json(object);
  }
  out.line(out.name(shown));
  out.line(std::string("  type      ") + (info.is_directory ? "directory" : "file"));
  if (!info.is_directory) {
    out.line("  size      " + std::to_string(info.size) + " (" + human_size(info.size) + ")");
  }
  out.line("  modified  " + time_text(info.modified) + (info.modified ? " UTC" : ""));
  if (!info.etag.empty()) out.line("  etag      " + out.name(info.etag));
  if (!info.version.empty()) out.line("  version   " + out.name(info.version));
  for (const auto& [name, value] : info.attributes)
    out.line("  attribute " + out.name(name) + ": " + out.name(value));
}

int stat(Session& session, const std::vector<std::string>& places) {
  return for_each_place(session, places, [&](const Place& place) {
    const auto files = session.files(place);
    print_stat(session, to_string(place), files->stat(place.path));
  });
}

}  // namespace

void add_ls(Command& root, Session& session) {
  Command command = root.add_command("ls", "List a folder; without a place, the default store");
  auto options = std::make_shared<ListOptions>();
  command.add("PLACE", options->places, "STORE:/path or a local folder");
  command.add_flag("-l,--long", options->details, "Show size and time (UTC)");
  command.add_flag("-R,--recursive", options->recursive, "Include everything below");
  command.action([&session, options] {
    if (options->places.empty()) options->places.emplace_back(":/");
    return list(session, *options);
  });
}

void add_stat(Command& root, Session& session) {
  Command command = root.add_command("stat", "Show the metadata of a file or folder");
  auto places = std::make_shared<std::vector<std::string>>();
  command.add("PLACE", *places, "STORE:/path or a local file").required();
  command.action([&session, places] { return stat(session, *places); });
}

}  // namespace berth::cli
