// SPDX-License-Identifier: Apache-2.0
//
// One thread walks, the others copy. Inside one store the service copies.
#include "cli/copier.hpp"

#include <utility>

#include <berth/errors.hpp>

#include "cli/overlap.hpp"
#include "cli/place.hpp"
#include "cli/transfer.hpp"

namespace berth::cli {
namespace {

bool is_directory_at(FileTree& files, const std::string& path) {
  try {
    return files.stat(path).is_directory;
  } catch (const PathNotFoundError&) {
    return false;
  }
}

}  // namespace

Copier::Copier(Session& session, FileTree& from, FileTree& to, unsigned jobs, Tally& tally)
    : session_(session),
      from_(from),
      to_(to),
      tally_(tally),
      same_store_(are_same_store(from, to)),
      queue_(jobs, [this](CopyJob& job) { work(job); }) {}

void Copier::file(CopyJob job) {
  tally_.progress().expect(job.size);
  queue_.add(std::move(job));
}

void Copier::tree(const std::string& source, const std::string& destination) {
  const auto cursor = from_.cursor(source, issues_of(tally_, from_));
  for (FileInfo entry; cursor->next(entry);) {
    const auto relative = below(source, entry.path);
    if (!is_safe_relative(relative)) {
      tally_.failed(from_.show(entry.path), "its name leaves the folder it is in");
    } else if (entry.is_directory) {
      directory(join(destination, relative));
    } else {
      file({entry.path, join(destination, relative), entry.size});
    }
  }
}

void Copier::finish() {
  tally_.progress().all_known();
  queue_.finish();
}

void Copier::directory(const std::string& destination) {
  try {
    to_.make_directory(destination);
  } catch (const Error& error) {
    tally_.failed(to_.show(destination), error);
  }
}

void Copier::work(const CopyJob& job) {
  if (session_.stop().stop_requested()) return;
  const auto source = from_.show(job.source);
  try {
    if (job.is_same && job.is_same()) {
      tally_.progress().moved(job.size);
      return tally_.same(to_.show(job.destination));
    }
    const auto bytes = copy(job);
    tally_.done(source, to_.show(job.destination), bytes);
  } catch (const std::exception& error) {
    tally_.failed(source, error);
  }
}

std::uint64_t Copier::copy(const CopyJob& job) {
  if (same_store_) {
    from_.store()->copy(job.source, job.destination, session_.call());
    tally_.progress().moved(job.size);
    return job.size;
  }
  return deliver([&] { return from_.read(job.source); }, to_, job.destination, {}, count_moved());
}

Moved Copier::count_moved() {
  return [this](std::uint64_t bytes) { tally_.progress().moved(bytes); };
}

bool is_safe_relative(std::string_view path) {
  for (;;) {
    const auto slash = path.find('/');
    const auto component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (component.find('\0') != std::string_view::npos) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

IssueSink issues_of(Tally& tally, const FileTree& files) {
  return [&tally, &files](const Issue& issue) {
    if (issue.failed) {
      tally.failed(files.show(issue.path), issue.reason);
    } else {
      tally.skipped(files.show(issue.path), issue.reason);
    }
  };
}

std::string target_of(const Place& source, bool source_is_directory, const Place& destination,
                      bool several, FileTree& to) {
  const bool into = several || destination.into || destination.path == "/" ||
                    (!source_is_directory && is_directory_at(to, destination.path));
  const bool whole_tree = source_is_directory && !several && !destination.into;
  if (!into || whole_tree) return destination.path;
  const auto name = base_name(source.path);
  return name.empty() || name == "." || name == ".." ? destination.path
                                                     : join(destination.path, name);
}

}  // namespace berth::cli
