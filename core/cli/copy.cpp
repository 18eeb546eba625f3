// SPDX-License-Identifier: Apache-2.0
//
// berth cp, mv: files and trees between stores and the local disk, in either direction.
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <berth/errors.hpp>

#include "cli/copier.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"
#include "cli/verbs.hpp"

namespace berth::cli {
namespace {

struct CopyOptions {
  std::vector<std::string> places;  // sources, then the destination
  bool recursive = false;
  bool follow = false;
  bool move = false;
  unsigned jobs = 8;
};

class CopyVerb {
 public:
  CopyVerb(Session& session, const CopyOptions& options)
      : session_(session),
        options_(options),
        destination_(parse_place(options.places.back())),
        to_(session.side(destination_)),
        tally_(session, options.move ? "moved" : "copied") {}

  int run() {
    for (std::size_t i = 0; i + 1 < options_.places.size(); ++i) {
      const auto& text = options_.places[i];
      try {
        source(parse_place(text));
      } catch (const Error& error) {
        tally_.failed(text, error);
      }
    }
    return tally_.finish();
  }

 private:
  void source(const Place& place) {
    if (place.local && destination_.local) {
      throw UsageError("both places are local files; write STORE:/path for the one in a store");
    }
    const auto from = session_.side(place, options_.follow);
    const auto info = from->stat(place.path);
    if (info.is_directory && !options_.recursive && !options_.move) {
      throw UsageError(to_string(place) + " is a folder; copy it with -r");
    }
    const bool several = options_.places.size() > 2;
    const auto target = target_of(place, info.is_directory, destination_, several, *to_);
    refuse_overlap(*from, place.path, *to_, target,
                   info.is_directory ? Overlap::of_folders : Overlap::of_files);
    if (options_.move && are_same_store(*from, *to_)) return rename(*from, place, info, target);
    transfer(*from, place, info, target);
  }

  void transfer(Side& from, const Place& place, const FileInfo& info, const std::string& target) {
    const auto after = [&](const CopyJob& job) { remove_source(from, job, info.is_directory); };
    Copier copier(session_, from, *to_, options_.jobs, tally_,
                  options_.move ? Copier::After(after) : Copier::After());
    if (info.is_directory) {
      copier.tree(place.path, target);
    } else {
      copier.file({place.path, target, info.size});
    }
    copier.finish();
    remove_late(from);
  }

  // In a tree, what lies below the name of a file is on its way too.
  void remove_source(Side& from, const CopyJob& job, bool in_tree) {
    try {
      from.remove_file(job.source);
    } catch (const AlsoFolderError&) {
      if (!in_tree) throw;
      const std::lock_guard lock(late_mutex_);
      late_.insert(job.source);
    }
  }

  // Backwards: what lies below first.
  void remove_late(Side& from) {
    for (auto path = late_.rbegin(); path != late_.rend(); ++path) {
      try {
        from.remove_file(*path);
      } catch (const Error& error) {
        tally_.failed(from.show(*path), error);
      }
    }
    late_.clear();
  }

  // A store moves objects; a folder is moved one file after the other.
  void rename(Side& from, const Place& place, const FileInfo& info, const std::string& target) {
    if (!info.is_directory) return rename_file(from, place.path, target, info.size);
    const auto cursor = from.cursor(place.path, tell(tally_, from));
    WorkQueue<CopyJob> queue(options_.jobs, [&](CopyJob& job) {
      rename_file(from, job.source, job.destination, job.size);
    });
    for (FileInfo entry; cursor->next(entry);) {
      if (entry.is_directory) continue;
      queue.add({entry.path, join(target, below(place.path, entry.path)), entry.size});
    }
    queue.finish();
  }

  void rename_file(Side& side, const std::string& source, const std::string& target,
                   std::uint64_t size) {
    if (session_.stop().stop_requested()) return;
    try {
      side.store()->move(source, target, session_.call());
      tally_.done(side.show(source), side.show(target), size);
    } catch (const std::exception& error) {
      tally_.failed(side.show(source), error);
    }
  }

  Session& session_;
  const CopyOptions& options_;
  Place destination_;
  std::unique_ptr<Side> to_;
  Tally tally_;
  std::mutex late_mutex_;
  std::set<std::string> late_;  // copied, to be removed when nothing lies below them any more
};

void add_places(CLI::App& verb, const std::shared_ptr<CopyOptions>& options) {
  verb.add_option("PLACES", options->places, "One or more sources, then the destination")
      ->required()
      ->expected(2, 1 << 20)
      ->type_name("SOURCE... DESTINATION");
  verb.add_option("-j,--jobs", options->jobs, "Files in flight")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 256));
}

}  // namespace

void add_cp(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("cp", "Copy files and trees; one of the places is in a store");
  auto options = std::make_shared<CopyOptions>();
  add_places(*verb, options);
  verb->add_flag("-r,--recursive", options->recursive, "Copy folders with all that lies below");
  verb->add_flag("--follow", options->follow, "Copy the files that symbolic links point at");
  verb->footer(
      "A folder is copied to the destination, or into it when that ends with a slash or there are\n"
      "several sources. Symbolic links, pipes and devices are skipped, told and counted.\n\n"
      "Examples:\n"
      "  berth cp -r /usr/share/doc archive:/doc    archive:/doc holds what is in doc\n"
      "  berth cp -r /usr/share/doc archive:/usr/   it lies in archive:/usr/doc\n"
      "  berth cp -r /usr/share/doc archive:/       it lies in archive:/doc; archive: has no "
      "slash\n"
      "  berth cp -r -j 32 archive:/doc cloud:/doc  from store to store");
  verb->callback([&session, options] {
    session.verb = [&session, options] { return CopyVerb(session, *options).run(); };
  });
}

void add_mv(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("mv", "Move files and folders; each source goes once it is safe");
  auto options = std::make_shared<CopyOptions>();
  options->move = true;
  add_places(*verb, options);
  verb->footer(
      "A folder is moved to the destination, or into it when that ends with a slash or there are\n"
      "several sources.");
  verb->callback([&session, options] {
    session.verb = [&session, options] {
      for (const auto& place : options->places) static_cast<void>(parse_store_place(place));
      return CopyVerb(session, *options).run();
    };
  });
}

}  // namespace berth::cli
