// SPDX-License-Identifier: Apache-2.0
//
// berth sync, verify: make two trees the same, and check whether they are.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/copier.hpp"
#include "cli/exit_code.hpp"
#include "cli/merge.hpp"
#include "cli/overlap.hpp"
#include "cli/place.hpp"
#include "cli/replacement.hpp"
#include "cli/sameness.hpp"
#include "cli/session.hpp"
#include "cli/sync_plan.hpp"
#include "cli/text.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

struct SyncOptions {
  std::string source, destination;
  bool content = false;    // sync: compare bytes where sizes are equal
  bool size_only = false;  // read nothing to compare
  bool remove = false;
  bool allow_empty = false;
  bool follow = false;
  unsigned jobs = 8;
};

Comparison comparison_of(const SyncOptions& options) {
  if (options.content) return Comparison::content;
  return options.size_only ? Comparison::size_only : Comparison::automatic;
}

class SyncVerb {
 public:
  SyncVerb(Session& session, const SyncOptions& options)
      : session_(session),
        options_(options),
        source_(parse_place(options.source)),
        destination_(parse_place(options.destination)),
        from_(session.files(source_, options.follow)),
        to_(session.files(destination_)),
        tally_(session, "synced") {
    if (source_.local && destination_.local) {
      throw UsageError("both places are local; write STORE:/path for the one in a store");
    }
  }

  int run() {
    require_folder();
    refuse_overlap(*from_, source_.path, *to_, destination_.path,
                   options_.remove ? Overlap::with_removal : Overlap::of_folders);
    if (options_.remove) {
      mirror();
    } else {
      copy_what_differs();
    }
    return tally_.finish();
  }

 private:
  void require_folder() {
    try {
      if (from_->stat(source_.path).is_directory) return;
    } catch (const PathNotFoundError&) {
      if (options_.allow_empty) return;
      throw;
    }
    throw UsageError(options_.source + " is a file; sync works on folders, cp on files");
  }

  void copy_what_differs() {
    Copier copier(session_, *from_, *to_, options_.jobs, tally_);
    merge({.file = [&](const Pair& pair) {
      if (pair.left) copy(copier, pair);
    }});
    copier.finish();
  }

  // Three steps, each only if the ones before were complete: copy what has room, replace files by
  // folders and the reverse, remove what the source does not have.
  void mirror() {
    Copier copier(session_, *from_, *to_, options_.jobs, tally_);
    SyncPlan plan([&](const Pair& pair) { copy(copier, pair); });
    merge({.file = [&](const Pair& pair) { plan.file(pair); },
           .directory = [&](const Pair& pair) { plan.directory(pair); }});
    plan.finish();
    copier.finish();
    if (!may_remove(plan) || !replace(plan.conflicts())) return;
    remove_extras(plan.extras());
  }

  void merge(const MergeVisitor& visitor) {
    merge_trees({*from_, source_.path, noting(*from_), options_.allow_empty},
                {*to_, destination_.path, noting(*to_), true}, visitor);
  }

  // REQUIRES: the source has it.
  void copy(Copier& copier, const Pair& pair) {
    ++source_files_;
    if (!is_safe_relative(pair.name)) {
      return note(from_->show(pair.left->path), "its name leaves the folder it is in");
    }
    CopyJob job{pair.left->path, target(pair.name), pair.left->size};
    if (pair.right) job.is_same = [this, pair] { return is_same(pair); };
    copier.file(std::move(job));
  }

  bool is_same(const Pair& pair) {
    try {
      return are_same(*from_, *pair.left, *to_, *pair.right, comparison_of(options_));
    } catch (const ChangedError&) {  // the copy takes the file as it is now, or fails
      return false;
    } catch (const PathNotFoundError&) {  // one was removed meanwhile
      return false;
    }
  }

  std::string target(const std::string& name) const { return join(destination_.path, name); }

  // A file of the source that could not be read or copied may be what is to be removed, under
  // another name.
  bool may_remove(const SyncPlan& plan) {
    if (session_.stop().stop_requested()) return false;
    if (plan.extras().empty() && plan.conflicts().empty()) return false;
    if (incomplete_) return refuse("a name could not be read or expressed");
    if (tally_.failures() > 0) return refuse("not every file could be copied");
    if (source_files_ > 0 || !plan.conflicts().empty() || options_.allow_empty) return true;
    return refuse("the source has no files; with --allow-empty all of the destination's go");
  }

  bool refuse(const std::string& reason) {
    tally_.failed(to_->show(destination_.path), "nothing was removed: " + reason);
    return false;
  }

  // All of them, or none. False: none.
  bool replace(const std::vector<Conflict>& conflicts) {
    if (conflicts.empty()) return true;
    const auto cleanup = unstoppable_destination();
    auto replacements = replacements_of(conflicts, *cleanup);
    if (set_aside(replacements) && write(conflicts)) {
      discard(replacements);
    } else {
      restore(replacements, conflicts);
      return false;
    }
    return tally_.failures() == 0;
  }

  // Once content is set aside, it is moved back also after the command was asked to stop.
  std::unique_ptr<FileTree> unstoppable_destination() {
    if (to_->store() == nullptr) return make_local_tree(false, {});
    return make_store_tree(*to_->store(), destination_.store, {});
  }

  std::vector<Replacement> replacements_of(const std::vector<Conflict>& conflicts,
                                           FileTree& files) {
    std::vector<Replacement> replacements;
    for (const auto& conflict : conflicts) {
      std::vector<std::string> old_files;
      for (const auto& name : conflict.old_files) old_files.push_back(target(name));
      replacements.emplace_back(files, target(conflict.name), conflict.was_folder,
                                std::move(old_files));
    }
    return replacements;
  }

  bool set_aside(std::vector<Replacement>& replacements) {
    for (auto& replacement : replacements) {
      const auto action = [&] { replacement.set_aside(); };
      if (!attempt(replacement, action)) return false;
    }
    return true;
  }

  bool write(const std::vector<Conflict>& conflicts) {
    Copier copier(session_, *from_, *to_, options_.jobs, tally_);
    for (const auto& conflict : conflicts) {
      for (const auto& pair : conflict.new_files) copy(copier, pair);
    }
    copier.finish();
    return tally_.failures() == 0 && !session_.stop().stop_requested();
  }

  void discard(std::vector<Replacement>& replacements) {
    for (auto& replacement : replacements) {
      const auto action = [&] { replacement.discard(); };
      if (!attempt(replacement, action)) continue;
      for (const auto& file : replacement.old_files()) tally_.removed(to_->show(file));
    }
  }

  void restore(std::vector<Replacement>& replacements, const std::vector<Conflict>& conflicts) {
    for (std::size_t i = 0; i < replacements.size(); ++i) {
      std::vector<std::string> new_files;
      for (const auto& pair : conflicts[i].new_files) new_files.push_back(target(pair.name));
      const auto action = [&] { replacements[i].restore(new_files); };
      static_cast<void>(attempt(replacements[i], action));
    }
    if (!session_.stop().stop_requested()) refuse("not every file could be copied");
  }

  template <class Action>
  bool attempt(const Replacement& replacement, const Action& action) {
    try {
      action();
      return true;
    } catch (const Error& error) {
      tally_.failed(to_->show(replacement.path()), error);
      return false;
    }
  }

  // Backwards, so that what is below a name goes before a file of that name.
  void remove_extras(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      if (session_.stop().stop_requested()) return;
      if (is_skipped(*name)) continue;
      const auto path = target(*name);
      try {
        remove_one(path);
        tally_.removed(to_->show(path));
      } catch (const PathNotFoundError&) {  // another process removed it
      } catch (const Error& error) {
        tally_.failed(to_->show(path), error);
      }
    }
  }

  // Where the name is also a folder, the file is renamed first: remove takes what is below, too.
  void remove_one(const std::string& path) {
    try {
      to_->remove_file(path);
    } catch (const AlsoFolderError&) {
      const auto aside = aside_name(path);
      to_->rename_file(path, aside);
      to_->remove_file(aside);
    }
  }

  // A link, pipe or device of the source is there, though sync does not copy it: what the
  // destination has under its name may be its content from before.
  bool is_skipped(std::string_view name) const {
    for (;;) {
      if (skipped_.find(name) != skipped_.end()) return true;
      const auto slash = name.rfind('/');
      if (slash == std::string_view::npos) return false;
      name = name.substr(0, slash);
    }
  }

  void note(const std::string& what, const std::string& reason) {
    incomplete_ = true;
    tally_.failed(what, reason);
  }

  IssueSink noting(FileTree& files) {
    return [this, &files](const Issue& issue) {
      if (issue.failed) return note(files.show(issue.path), issue.reason);
      if (issue.leftover && &files == to_.get()) return files.remove_leftover(issue.path);
      if (&files == from_.get()) skipped_.emplace(below(source_.path, issue.path));
      tally_.skipped(files.show(issue.path), issue.reason);
    };
  }

  Session& session_;
  const SyncOptions& options_;
  Place source_, destination_;
  std::unique_ptr<FileTree> from_, to_;
  Tally tally_;
  std::uint64_t source_files_ = 0;
  std::set<std::string, std::less<>> skipped_;  // names of the source
  bool incomplete_ = false;  // a name of either tree is missing from the comparison
};

class VerifyVerb {
 public:
  VerifyVerb(Session& session, const SyncOptions& options)
      : session_(session),
        options_(options),
        left_place_(parse_place(options.source)),
        right_place_(parse_place(options.destination)),
        left_(session.files(left_place_, options.follow)),
        right_(session.files(right_place_, options.follow)),
        queue_(options.jobs, [this](Pair& pair) { compare(pair); }) {}

  int run() {
    require_folder(*left_, left_place_);  // a wrong name is no difference
    require_folder(*right_, right_place_);
    merge_trees({*left_, left_place_.path, issues_of(*left_)},
                {*right_, right_place_.path, issues_of(*right_), true},
                {.file = [this](const Pair& pair) { visit(pair); }});
    queue_.finish();
    summary();
    return different_ == 0 ? exit_ok : exit_failed;
  }

 private:
  static void require_folder(FileTree& files, const Place& place) {
    if (files.stat(place.path).is_directory) return;
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
      complain(count_of(same_, "file") + (same_ == 1 ? " is" : " are") + " the same, " +
               std::to_string(different_) + (different_ == 1 ? " differs" : " differ"));
    }
  }

  IssueSink issues_of(const FileTree& files) {
    return [this, &files](const Issue& issue) {
      if (issue.failed) return difference(printable(files.show(issue.path)), issue.reason);
      complain(files.show(issue.path) + " " + issue.reason + "; left out");
    };
  }

  Session& session_;
  const SyncOptions& options_;
  Place left_place_, right_place_;
  std::unique_ptr<FileTree> left_, right_;
  std::atomic<std::uint64_t> same_{0}, different_{0};
  WorkQueue<Pair> queue_;
};

std::shared_ptr<SyncOptions> add_common(Command& command) {
  auto options = std::make_shared<SyncOptions>();
  command.add("SOURCE", options->source, "STORE:/path or a local folder").required();
  command.add("DESTINATION", options->destination, "STORE:/path or a local folder").required();
  command.add_flag("--follow", options->follow, "Follow symbolic links to files");
  command.add("-j,--jobs", options->jobs, "Number of files copied at the same time")
      .show_default()
      .type("N")
      .within(1, 256);
  return options;
}

}  // namespace

void add_sync(Command& root, Session& session) {
  Command command =
      root.add_command("sync", "Copy files that are missing or differ from folder to folder");
  auto options = add_common(command);
  const Option content = command.add_flag("--content", options->content,
                                          "Read all files of equal size to compare them");
  command.add_flag("--size-only", options->size_only, "Treat files of equal size as the same")
      .excludes(content);
  command.add_flag("--delete", options->remove, "Remove files that are not in the source");
  command.add_flag("--allow-empty", options->allow_empty,
                   "With --delete, accept a source that is empty or missing");
  command.footer(
      "Files are the same when their sizes are equal and the store's MD5 of the content (the ETag\n"
      "of s3, oss and swift) matches; where there is none, both are read and compared. The time "
      "at\n"
      "which a service stored an object decides nothing. --size-only reads nothing, and misses a\n"
      "change that keeps the size.\n\n"
      "--delete removes nothing when a file could not be copied, a name could not be read or\n"
      "expressed, or the source has no files. Names that the source has as a symbolic link, pipe "
      "or\n"
      "device stay in the destination. A file that becomes a folder, or the reverse, keeps\n"
      "its old content until the new is complete. A local file gets the time of its source.");
  command.action([&session, options] { return SyncVerb(session, *options).run(); });
}

void add_verify(Command& root, Session& session) {
  Command command = root.add_command("verify", "List the files that differ between two folders");
  auto options = add_common(command);
  command.add_flag("--size-only", options->size_only, "Compare names and sizes, read nothing");
  command.action([&session, options] { return VerifyVerb(session, *options).run(); });
}

}  // namespace berth::cli
