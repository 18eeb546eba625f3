// SPDX-License-Identifier: Apache-2.0
//
// berth sync, verify: make two trees the same, and see whether they are.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/copier.hpp"
#include "cli/exit_code.hpp"
#include "cli/merge.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"
#include "cli/verbs.hpp"

namespace berth::cli {
namespace {

struct SyncOptions {
  std::string source, destination;
  bool content = false;    // sync: compare bytes where sizes are equal
  bool size_only = false;  // verify: do not read
  bool remove = false;
  bool follow = false;
  unsigned jobs = 8;
};

class SyncVerb {
 public:
  SyncVerb(Session& session, const SyncOptions& options)
      : session_(session),
        options_(options),
        source_(parse_place(options.source)),
        destination_(parse_place(options.destination)),
        from_(session.side(source_, options.follow)),
        to_(session.side(destination_)),
        tally_(session, "synced") {
    if (source_.local && destination_.local) {
      throw UsageError("both places are local; write STORE:/path for the one in a store");
    }
  }

  int run() {
    if (!from_->stat(source_.path).is_directory) {
      throw UsageError(options_.source + " is a file; sync works on folders, cp on files");
    }
    refuse_overlap(*from_, source_.path, *to_, destination_.path,
                   options_.remove ? Overlap::with_removal : Overlap::of_folders);
    copy_what_differs();
    remove_extras();
    return tally_.finish();
  }

 private:
  void copy_what_differs() {
    Copier copier(session_, *from_, *to_, options_.jobs, tally_);
    const auto visit = [&](const Pair& pair) {
      if (!pair.left) {
        extras_.push_back(pair.right->path);
      } else if (!is_safe_relative(pair.name)) {
        note(from_->show(pair.left->path), "its name leaves the folder it is in");
      } else if (pair.right && same(*pair.left, *pair.right)) {
        tally_.same(to_->show(pair.right->path));
      } else {
        copier.file({pair.left->path, join(destination_.path, pair.name), pair.left->size});
      }
    };
    merge_files(*from_, source_.path, *to_, destination_.path, noting(*from_), noting(*to_), visit);
    copier.finish();
  }

  // A copy is made after its source was written, so one that is older holds something else.
  bool same(const FileInfo& left, const FileInfo& right) {
    if (left.size != right.size) return false;
    if (options_.content) return same_content(*from_, left.path, *to_, right.path);
    return left.modified && right.modified && *left.modified <= *right.modified;
  }

  // What could not be read in the source might be there: then nothing is removed.
  void remove_extras() {
    if (!options_.remove || session_.stop().stop_requested()) return;
    if (incomplete_) {
      return tally_.failed(to_->show(destination_.path),
                           "nothing is removed, for the source could not be read whole");
    }
    // Backwards, so that what lies below a name goes before a file of that name.
    for (auto path = extras_.rbegin(); path != extras_.rend(); ++path) {
      try {
        to_->remove_file(*path);
        tally_.removed(to_->show(*path));
      } catch (const Error& error) {
        tally_.failed(to_->show(*path), error);
      }
    }
  }

  void note(const std::string& what, const std::string& reason) {
    incomplete_ = true;
    tally_.failed(what, reason);
  }

  IssueSink noting(const Side& side) {
    return [this, &side](const Issue& issue) {
      if (issue.failed) return note(side.show(issue.path), issue.reason);
      tally_.skipped(side.show(issue.path), issue.reason);
    };
  }

  Session& session_;
  const SyncOptions& options_;
  Place source_, destination_;
  std::unique_ptr<Side> from_, to_;
  Tally tally_;
  std::vector<std::string> extras_;
  bool incomplete_ = false;
};

class VerifyVerb {
 public:
  VerifyVerb(Session& session, const SyncOptions& options)
      : session_(session),
        options_(options),
        left_place_(parse_place(options.source)),
        right_place_(parse_place(options.destination)),
        left_(session.side(left_place_, options.follow)),
        right_(session.side(right_place_, options.follow)),
        queue_(options.jobs, [this](Pair& pair) { compare(pair); }) {}

  int run() {
    require_folder(*left_, left_place_);  // a wrong name is no difference
    require_folder(*right_, right_place_);
    merge_files(*left_, left_place_.path, *right_, right_place_.path, told(*left_), told(*right_),
                [this](const Pair& pair) { visit(pair); });
    queue_.finish();
    summary();
    return different_ == 0 ? kOk : kFailed;
  }

 private:
  static void require_folder(Side& side, const Place& place) {
    if (side.stat(place.path).is_directory) return;
    throw UsageError(to_string(place) + " is a file; verify works on folders");
  }

  void visit(const Pair& pair) {
    if (!pair.right) return difference(pair.name, "only in " + options_.source);
    if (!pair.left) return difference(pair.name, "only in " + options_.destination);
    if (pair.left->size != pair.right->size) {
      return difference(pair.name, "sizes differ: " + std::to_string(pair.left->size) + " and " +
                                       std::to_string(pair.right->size) + " bytes");
    }
    if (options_.size_only) {
      ++same_;
    } else {
      queue_.add(pair);
    }
  }

  void compare(const Pair& pair) {
    if (session_.stop().stop_requested()) return;
    try {
      if (!same_content(*left_, pair.left->path, *right_, pair.right->path)) {
        return difference(pair.name, "the content differs");
      }
      ++same_;
    } catch (const Error& error) {
      if (!session_.stop().stop_requested()) difference(pair.name, error.what());
    }
  }

  void difference(const std::string& name, const std::string& what) {
    ++different_;
    if (session_.globals.json) {
      session_.out.json({{"event", "different"}, {"name", name}, {"text", what}});
    } else {
      session_.out.line(session_.out.name(name) + ": " + what);
    }
  }

  void summary() {
    if (session_.globals.json) {
      session_.out.json(
          {{"event", "summary"}, {"same", same_.load()}, {"different", different_.load()}});
    } else if (!session_.globals.quiet) {
      complain(std::to_string(same_) + " files are the same, " + std::to_string(different_) +
               " differ");
    }
  }

  IssueSink told(const Side& side) {
    return [this, &side](const Issue& issue) {
      if (issue.failed) return difference(side.show(issue.path), issue.reason);
      complain(side.show(issue.path) + " " + issue.reason + "; left out");
    };
  }

  Session& session_;
  const SyncOptions& options_;
  Place left_place_, right_place_;
  std::unique_ptr<Side> left_, right_;
  std::atomic<std::uint64_t> same_{0}, different_{0};
  WorkQueue<Pair> queue_;
};

std::shared_ptr<SyncOptions> add_common(CLI::App& verb) {
  auto options = std::make_shared<SyncOptions>();
  verb.add_option("SOURCE", options->source, "STORE:/path or a local folder")->required();
  verb.add_option("DESTINATION", options->destination, "STORE:/path or a local folder")->required();
  verb.add_flag("--follow", options->follow, "Take the files that symbolic links point at");
  verb.add_option("-j,--jobs", options->jobs, "Files in flight")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  return options;
}

}  // namespace

void add_sync(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("sync", "Copy what is missing or differs from folder to folder");
  auto options = add_common(*verb);
  verb->add_flag("--content", options->content, "Compare bytes where sizes are equal");
  verb->add_flag("--delete", options->remove, "Remove files that are not in the source");
  verb->footer(
      "Without --content a file is taken to be the same when its size is equal and it is not "
      "older\n"
      "than its source. Nothing is removed when the source could not be read whole.");
  verb->callback([&session, options] {
    session.verb = [&session, options] { return SyncVerb(session, *options).run(); };
  });
}

void add_verify(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("verify", "Tell in which files two folders differ");
  auto options = add_common(*verb);
  verb->add_flag("--size-only", options->size_only, "Compare names and sizes, read nothing");
  verb->callback([&session, options] {
    session.verb = [&session, options] { return VerifyVerb(session, *options).run(); };
  });
}

}  // namespace berth::cli
