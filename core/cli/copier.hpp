// SPDX-License-Identifier: Apache-2.0
//
// Copies files and folders from one tree to another, several files at once.
#pragma once

#include <cstdint>
#include <string>

#include "cli/file_tree.hpp"
#include "cli/tally.hpp"
#include "cli/transfer.hpp"
#include "cli/work_queue.hpp"

namespace berth::cli {

struct CopyJob {
  std::string source, destination;
  std::uint64_t size = 0;
  // Whether the destination holds the same content already; then nothing is copied. May be empty,
  // and is called by one of the copying threads.
  std::function<bool()> is_same = {};
};

class Copier {
 public:
  Copier(Session& session, FileTree& from, FileTree& to, unsigned jobs, Tally& tally);

  void file(CopyJob job);  // waits when it is too far ahead
  void tree(const std::string& source, const std::string& destination);
  void finish();  // waits for all of it

 private:
  void work(const CopyJob& job);
  std::uint64_t copy(const CopyJob& job);
  void directory(const std::string& destination);
  Moved count_moved();

  Session& session_;
  FileTree& from_;
  FileTree& to_;
  Tally& tally_;
  bool same_store_;
  WorkQueue<CopyJob> queue_;
};

// Whether what a walk reported below a root may be used as a name below another: no empty, "." or
// ".." component.
bool is_safe_relative(std::string_view path);

// Counts in a tally what a walk leaves out and what it fails at.
IssueSink issues_of(Tally& tally, const FileTree& files);

// The folder or file that a copy of `source` to `destination` makes. Several sources, or a slash at
// the end, put it into the destination.
std::string target_of(const Place& source, bool source_is_directory, const Place& destination,
                      bool several, FileTree& to);

}  // namespace berth::cli
