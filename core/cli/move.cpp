// SPDX-License-Identifier: Apache-2.0
//
// berth mv: files and folders from store to store, and within one.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/copier.hpp"
#include "cli/moved_file.hpp"
#include "cli/overlap.hpp"
#include "cli/session.hpp"

namespace berth::cli {
namespace {

struct MoveOptions {
  std::vector<std::string> places;  // sources, then the destination
  unsigned jobs = 8;
};

// Moves what one source holds, several files at once.
class Mover {
 public:
  Mover(Session& session, FileTree& from, FileTree& to, unsigned jobs, Tally& tally)
      : session_(session), from_(from), to_(to), tally_(tally), queue_(jobs, [this](CopyJob& job) {
          work(job);
        }) {}

  void file(CopyJob job) {
    tally_.progress().expect(job.size);
    queue_.add(std::move(job));
  }

  void tree(const std::string& source, const std::string& target) {
    in_tree_ = true;
    const auto cursor = from_.cursor(source, issues_of(tally_, from_));
    for (FileInfo entry; cursor->next(entry);) {
      const auto relative = below(source, entry.path);
      if (entry.is_directory) continue;
      if (!is_safe_relative(relative)) {
        tally_.failed(from_.show(entry.path), "its name leaves the folder it is in");
      } else {
        file({entry.path, join(target, relative), entry.size});
      }
    }
  }

  void finish() {
    tally_.progress().all_known();
    queue_.finish();
    remove_late();
  }

 private:
  void work(const CopyJob& job) {
    if (session_.stop().stop_requested()) return;
    attempt(job, [&] {
      MovedFile file(from_, job.source, to_, job.destination, session_.stop());
      const auto bytes = move(file, job);
      tally_.done(from_.show(job.source), to_.show(job.destination), bytes);
    });
  }

  // In a tree, the files below the name of a file are moved too, by other threads.
  std::uint64_t move(MovedFile& file, const CopyJob& job) {
    try {
      return file.move(job.size, [this](std::uint64_t bytes) { tally_.progress().moved(bytes); });
    } catch (const AlsoFolderError&) {
      if (!in_tree_) throw;
      const std::lock_guard lock(mutex_);
      late_.emplace(job.source, Late{job, std::move(file)});
      return job.size;
    }
  }

  // Backwards: what is below a name goes before the file of that name.
  void remove_late() {
    for (auto late = late_.rbegin(); late != late_.rend(); ++late) {
      attempt(late->second.job, [&] { late->second.file.remove_source(); });
    }
  }

  template <class Action>
  void attempt(const CopyJob& job, const Action& action) {
    try {
      action();
    } catch (const std::exception& error) {
      tally_.failed(from_.show(job.source), error);
    }
  }

  struct Late {
    CopyJob job;
    MovedFile file;
  };

  Session& session_;
  FileTree& from_;
  FileTree& to_;
  Tally& tally_;
  bool in_tree_ = false;
  std::mutex mutex_;
  std::map<std::string, Late> late_;  // copied; their names are also folders
  WorkQueue<CopyJob> queue_;          // the last member: its threads use the others
};

class MoveVerb {
 public:
  MoveVerb(Session& session, const MoveOptions& options)
      : session_(session),
        options_(options),
        destination_(parse_store_place(options.places.back())),
        to_(session.files(destination_)),
        tally_(session, "moved") {}

  int run() {
    for (std::size_t i = 0; i + 1 < options_.places.size(); ++i) {
      try {
        source(parse_store_place(options_.places[i]));
      } catch (const Error& error) {
        tally_.failed(options_.places[i], error);
      }
    }
    return tally_.finish();
  }

 private:
  void source(const Place& place) {
    const auto from = session_.files(place);
    const auto info = from->stat(place.path);
    const bool several = options_.places.size() > 2;
    const auto target = target_of(place, info.is_directory, destination_, several, *to_);
    refuse_overlap(*from, place.path, *to_, target,
                   info.is_directory ? Overlap::of_folders : Overlap::of_files);
    Mover mover(session_, *from, *to_, options_.jobs, tally_);
    if (info.is_directory) {
      mover.tree(place.path, target);
    } else {
      mover.file({place.path, target, info.size});
    }
    mover.finish();
  }

  Session& session_;
  const MoveOptions& options_;
  Place destination_;
  std::unique_ptr<FileTree> to_;
  Tally tally_;
};

}  // namespace

void add_mv(Command& root, Session& session) {
  Command command =
      root.add_command("mv", "Move files and folders within a store or between stores");
  auto options = std::make_shared<MoveOptions>();
  command.add("PLACES", options->places, "One or more sources, then the destination")
      .required()
      .count(2, 1 << 20)
      .type("SOURCE... DESTINATION");
  command.add("-j,--jobs", options->jobs, "Number of files copied at the same time")
      .show_default()
      .type("N")
      .within(1, 256);
  command.footer(
      "A folder is moved to the destination, or into it when that ends with a slash or there are\n"
      "several sources; file by file, so an interrupted mv leaves part of the folder in each\n"
      "place.\n\n"
      "Between stores a file is copied. Its source is removed when the copy is there in full size\n"
      "and the source is still the version that was read; else it stays, and counts as failed. "
      "Two\n"
      "names of the config for one place are recognised: nothing is copied then.");
  command.action([&session, options] {
    for (const auto& place : options->places) static_cast<void>(parse_store_place(place));
    return MoveVerb(session, *options).run();
  });
}

}  // namespace berth::cli
