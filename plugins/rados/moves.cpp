// SPDX-License-Identifier: Apache-2.0
//
// The steps of a move; the numbers are those of README.md, "Moves".
#include "moves.hpp"

#include <cerrno>

#include <chrono>
#include <thread>
#include <utility>

#include "cleanup.hpp"

namespace berth::rados {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds wait_without_deadline{5};

// A call without a deadline does not wait until the mark is stale: that can take long if the clock
// of the other mover is ahead.
void wait_for(const MoveMark& other, Clock::time_point begun, const sdk::Call& call) {
  if (!call.has_deadline() && Clock::now() - begun > wait_without_deadline)
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "another move of this file, from " + other.source +
                                                   " to " + other.destination +
                                                   ", is in progress; try again in a minute")
        .retryable();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

std::string may_leave_mark(const std::string& blob) {
  return blob + " may not be movable for a minute";
}

}  // namespace

// Steps 1 and 2, and the choice between moving the file and completing another move.
void Moves::move(const std::string& source, const std::string& destination,
                 const sdk::Call& call) const {
  const Clock::time_point begun = Clock::now();
  for (;;) {
    call.check();
    const std::string blob = files_.blob_of(source, call);
    if (source == destination) return;
    auto info = blobs_.info(blob, call);
    if (!info) {
      info = files_.empty_file(source, blob, call);
      if (!info) continue;
      create_object_0(blob, *info, call);
    }
    const auto other = decode_move(info->move);
    if (other && complete(*other, blob, *info, call)) {
      // It may be the move of an earlier call whose success was not reported.
      if (other->source == source && other->destination == destination) return;
    } else if (other && !is_stale(*other)) {
      wait_for(*other, begun, call);
    } else if (try_move(source, destination, blob, *info, call)) {
      return;
    }
  }
}

// Steps 3 to 7. False: start again.
bool Moves::try_move(const std::string& source, const std::string& destination,
                     const std::string& blob, const BlobInfo& info, const sdk::Call& call) const {
  const MoveMark own{random_token(), std::time(nullptr), source, destination};
  const std::string text = encode_move(own);
  const auto version = marks_.set(blob, info, info.move, text, call);
  if (!version) return false;
  const auto stale = decode_move(info.move);
  if (stale && is_linked(*stale, blob, call)) {
    // Its mover is alive or reached the destination: restore its mark, so that it is completed.
    if (!marks_.set(blob, info, text, renewed(*stale), call, version))
      marks_.clear(blob, info, text, call);
    return false;
  }
  const bool in_one_directory = place_of(source).directory == place_of(destination).directory;
  std::string replaced;
  bool linked = false;
  try {
    linked = in_one_directory ? directories_.rename(source, destination, blob, replaced, call)
                              : link_destination(source, destination, blob, replaced, call);
  } catch (const sdk::Error& error) {
    if (certainly_not_linked(error)) marks_.clear(blob, info, text, call);
    throw;
  }
  if (!linked) {
    log_failure_of(may_leave_mark(blob), [&] { marks_.clear(blob, info, text, call); });
    return false;
  }
  if (in_one_directory) {
    log_failure_of(may_leave_mark(blob), [&] { marks_.finish(blob, info, text, call); });
  } else if (!leave_source(own, text, blob, info, replaced, call)) {
    return false;
  }
  if (!replaced.empty() && replaced != blob)
    log_failure_of(may_leave_orphans(replaced),
                   [&] { removal_.remove_blob(replaced, destination, call); });
  return true;
}

// The source is read again under the mark: before the mark was set, another move may have come and
// gone.
bool Moves::link_destination(const std::string& source, const std::string& destination,
                             const std::string& blob, std::string& replaced,
                             const sdk::Call& call) const {
  if (directories_.find(source, call) != blob) return false;
  replaced = directories_.link(destination, blob, {}, call);
  return true;
}

// Steps 5 and 6. Setting the mark again shows whether it was still there: if this mover was slow,
// another may have taken it for dead. False: the move was superseded and its entry undone.
bool Moves::leave_source(const MoveMark& own, std::string text, const std::string& blob,
                         const BlobInfo& info, const std::string& replaced,
                         const sdk::Call& call) const {
  if (marks_.set(blob, info, text, text, call)) {
    unlink_source(own, text, blob, info, replaced == blob, call);
    return true;
  }
  switch (outcome_of(own, text, blob, info, call)) {
    case MoveOutcome::proceed:
      unlink_source(own, text, blob, info, true, call);
      return true;
    case MoveOutcome::completed:
      return true;
    case MoveOutcome::superseded:
      undo_link(own.destination, blob, replaced, call);
      return false;
  }
  return false;
}

// Steps 6 and 7, under the mark `text`; `shared`: another process may work on the same move. If the
// source's entry is already gone, the process that removed it ends the move.
bool Moves::unlink_source(const MoveMark& move, const std::string& text, const std::string& blob,
                          const BlobInfo& info, bool shared, const sdk::Call& call) const {
  if (!directories_.unlink(move.source, blob, call)) return false;
  if (shared) relink_destination(move.destination, text, blob, info, call);
  log_failure_of(may_leave_mark(blob), [&] { marks_.finish(blob, info, text, call); });
  const std::string parent = place_of(move.source).directory;
  log_failure_of(may_leave_directory(parent), [&] { directories_.prune(parent, call); });
  return true;
}

// Another process that worked on the same move may have undone its link, which was the same entry.
void Moves::relink_destination(const std::string& destination, const std::string& text,
                               const std::string& blob, const BlobInfo& info,
                               const sdk::Call& call) const {
  if (directories_.find(destination, call) || !marks_.set(blob, info, text, text, call)) return;
  LinkRule rule;
  rule.create_only = true;
  directories_.link(destination, blob, rule, call);
}

// Step 5 for a mover whose mark is gone. Object 0 decides, in this order:
//
// - no object 0: the file was removed.
// - the mark of a move to the same destination: proceed under that mark.
// - no mark, and the source names the blob: set our mark again and proceed.
// - no mark, and the source does not name the blob: `berth.moved` says where the file went.
// - the mark of a move from our destination: our move is complete, and the file is moving on.
// - the mark of a move elsewhere: write the same mark again. That changes the version of object 0,
//   so the other mover can no longer restore our mark in step 3; only then may our entry be undone.
Moves::MoveOutcome Moves::outcome_of(const MoveMark& own, std::string& text,
                                     const std::string& blob, const BlobInfo& info,
                                     const sdk::Call& call) const {
  for (;;) {
    call.check();
    // The source is read before object 0: a process that removes the source's entry sets its mark
    // before that and removes it afterwards.
    const bool at_source = directories_.find(own.source, call) == blob;
    const auto read = blobs_.start_info(blob);
    const int code = read->wait(call);
    if (code == -ENOENT) return MoveOutcome::superseded;
    session_.check(code, "cannot read", read->object());
    read->collect();
    const std::string now = read->attribute(move_attribute);
    const auto other = decode_move(now.empty() ? read->attribute(moved_attribute) : now);
    const bool to_same_place = other && other->destination == own.destination;
    if (!now.empty() && to_same_place) {
      text = now;
      return MoveOutcome::proceed;
    }
    if (now.empty() && at_source) {
      text = renewed(own);
      if (marks_.set(blob, info, "", text, call)) return MoveOutcome::proceed;
    } else if (now.empty()) {
      return to_same_place ? MoveOutcome::completed : MoveOutcome::superseded;
    } else if (other && other->source == own.destination) {
      return MoveOutcome::completed;
    } else if (marks_.set(blob, info, now, now, call)) {
      return MoveOutcome::superseded;
    }
  }
}

// Restores the entry that the link replaced. An entry that another process made since stays.
void Moves::undo_link(const std::string& destination, const std::string& blob,
                      const std::string& replaced, const sdk::Call& call) const {
  if (replaced == blob) return;
  if (replaced.empty()) {
    directories_.unlink(destination, blob, call);
    const std::string parent = place_of(destination).directory;
    log_failure_of(may_leave_directory(parent), [&] { directories_.prune(parent, call); });
    return;
  }
  try {
    directories_.link(destination, replaced, {false, blob, {}}, call);
  } catch (const sdk::Error& error) {
    if (!certainly_not_linked(error)) throw;
    log_failure_of(may_leave_orphans(replaced),
                   [&] { removal_.remove_blob(replaced, destination, call); });
  }
}

// State 3: both entries name the blob.
bool Moves::is_linked(const MoveMark& move, const std::string& blob, const sdk::Call& call) const {
  return directories_.find(move.destination, call) == blob &&
         directories_.find(move.source, call) == blob;
}

// Completes the move of another process that is in state 3. A stale mark is renewed first, so that
// no third process begins a move of its own meanwhile.
bool Moves::complete(const MoveMark& other, const std::string& blob, const BlobInfo& info,
                     const sdk::Call& call) const {
  if (!is_linked(other, blob, call)) return false;
  std::string text = info.move;
  if (is_stale(other)) {
    text = renewed(other);
    if (!marks_.set(blob, info, info.move, text, call)) return false;
  }
  return unlink_source(other, text, blob, info, true, call);
}

void Moves::create_object_0(const std::string& blob, const BlobInfo& info,
                            const sdk::Call& call) const {
  WriteOperation make;
  make.create_exclusive()
      .set_attribute(size_attribute, encode_size(0))
      .set_attribute(time_attribute, std::to_string(info.mtime_ns))
      .set_mtime(info.object_mtime);
  const std::string object = chunk_name(blob, 0);
  const int code = make.run(session_, object, call);
  if (code != -EEXIST) session_.check(code, "cannot write", object);
}

}  // namespace berth::rados
