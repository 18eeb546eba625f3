// SPDX-License-Identifier: Apache-2.0
//
// Moves, and the removal of blobs that no entry names any more.
#include "moves.hpp"

#include <cerrno>

#include <chrono>
#include <thread>
#include <utility>

#include "aftermath.hpp"
#include "layout.hpp"

namespace berth::rados {
namespace {

// A mark this old belongs to a process that is gone.
constexpr std::time_t stale_after = 60;

constexpr int patience = 500;

using Clock = std::chrono::steady_clock;

bool is_stale(const MoveMark& mark) {
  return std::time(nullptr) - mark.since > stale_after;
}

// A caller without a deadline is not kept for as long as a mark may take to become stale, which may
// be long if its maker's clock is ahead.
void wait_for(const MoveMark& other, Clock::time_point begun, const sdk::Call& call) {
  if (!call.has_deadline() && Clock::now() - begun > std::chrono::seconds(5))
    throw sdk::Error(BERTH_UNAVAILABLE,
                     "a move of " + other.source + " to " + other.destination +
                         " began a short while ago and has not ended; try again in a minute")
        .retryable();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

std::string unmarked(const std::string& blob) {
  return "for a minute " + blob + " cannot be moved";
}

bool is_about_one_blob(const sdk::Error& error) {
  return error.status() != BERTH_UNAVAILABLE && error.status() != BERTH_DEADLINE_EXCEEDED &&
         error.status() != BERTH_CANCELLED;
}

// What is wrong with one blob does not keep the others.
template <class Body>
void one_by_one(const std::string& blob, Body&& body) {
  try {
    body();
  } catch (const sdk::Error& error) {
    if (!is_about_one_blob(error)) throw;
    sdk::log(BERTH_LOG_WARN, orphaned(blob) + ": " + error.what());
  }
}

// The same move, of one whose mark may be taken away no more.
std::string renewed(const MoveMark& mark) {
  return encode_move({mark.token, std::time(nullptr), mark.source, mark.destination});
}

}  // namespace

std::string encode_move(const MoveMark& mark) {
  return mark.token + '\n' + std::to_string(mark.since) + '\n' + mark.source + '\n' +
         mark.destination;
}

std::optional<MoveMark> decode_move(std::string_view text) {
  std::string_view parts[4];
  for (int i = 0; i < 3; ++i) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) return std::nullopt;
    parts[i] = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  parts[3] = text;
  const auto since = parse_number(parts[1]);
  if (!since) return std::nullopt;
  return MoveMark{std::string(parts[0]), static_cast<std::time_t>(*since), std::string(parts[2]),
                  std::string(parts[3])};
}

// ---- Moving

void Moves::move(const std::string& source, const std::string& destination,
                 const sdk::Call& call) const {
  const Clock::time_point begun = Clock::now();
  for (;;) {
    call.check();
    const auto blob = directories_.find(source, call);
    if (!blob || blob->empty()) throw sdk::path_not_found();
    if (source == destination) return;
    auto info = blobs_.info(*blob, call);
    if (!info) {
      info = empty_file(source, *blob, call);
      if (!info) continue;
      make_object_0(*blob, *info, call);
    }
    const auto other = decode_move(info->move);
    if (other && complete(*other, *blob, *info, call)) {
      // It may have been this very move, whose end its caller was not told.
      if (other->source == source && other->destination == destination) return;
    } else if (other && !is_stale(*other)) {
      wait_for(*other, begun, call);
    } else if (try_move(source, destination, *blob, *info, call)) {
      return;
    }
  }
}

// The mark keeps every other move away. The source is looked at again behind it: before it, another
// move may have come and gone. Whether the mark is still there is asked once more when the
// destination has its entry: a mover that slept may have been taken for dead.
bool Moves::try_move(const std::string& source, const std::string& destination,
                     const std::string& blob, const BlobInfo& info, const sdk::Call& call) const {
  const MoveMark own{random_token(), std::time(nullptr), source, destination};
  std::string text = encode_move(own);
  const auto marked = mark(blob, info, info.move, text, call);
  if (!marked) return false;
  const auto stale = decode_move(info.move);
  if (stale && has_both_names(*stale, blob, call)) {  // not dead, and faster: it is to be completed
    if (!mark(blob, info, text, renewed(*stale), call, marked)) unmark(blob, info, text, call);
    return false;
  }
  const bool inside = place_of(source).directory == place_of(destination).directory;
  std::string replaced;
  bool moved = false;
  try {
    moved = inside ? directories_.rename(source, destination, blob, replaced, call)
                   : move_across(source, destination, blob, replaced, call);
  } catch (const sdk::Error& error) {
    if (certainly_not_linked(error)) unmark(blob, info, text, call);
    throw;
  }
  if (!moved) {
    quietly(unmarked(blob), [&] { unmark(blob, info, text, call); });
    return false;
  }
  if (inside) {
    quietly(unmarked(blob), [&] { end(blob, info, text, call); });
  } else if (!mark(blob, info, text, text, call)) {
    const Fate fate = fate_of(own, text, blob, info, call);
    if (fate == Fate::elsewhere) {
      take_back(destination, blob, replaced, call);
      return false;
    }
    if (fate == Fate::goes_on) leave_source(own, text, blob, info, true, call);
  } else {
    leave_source(own, text, blob, info, replaced == blob, call);
  }
  if (!replaced.empty() && replaced != blob)
    quietly(orphaned(replaced), [&] { let_go(replaced, destination, call); });
  return true;
}

bool Moves::move_across(const std::string& source, const std::string& destination,
                        const std::string& blob, std::string& replaced,
                        const sdk::Call& call) const {
  if (directories_.find(source, call) != blob) return false;
  replaced = directories_.link(destination, blob, {}, call);
  return true;
}

// The second half of a move, under the mark `text`. If somebody else took the source's entry out,
// he has to learn from the mark where the blob is.
bool Moves::leave_source(const MoveMark& move, const std::string& text, const std::string& blob,
                         const BlobInfo& info, bool shared, const sdk::Call& call) const {
  if (!directories_.unlink(move.source, blob, call)) return false;
  if (shared) enter_again(move.destination, text, blob, info, call);
  quietly(unmarked(blob), [&] { end(blob, info, text, call); });
  const std::string above = place_of(move.source).directory;
  quietly(unpruned(above), [&] { directories_.prune(above, call); });
  return true;
}

// Another mover had entered the destination too, and may have taken that back.
void Moves::enter_again(const std::string& destination, const std::string& text,
                        const std::string& blob, const BlobInfo& info,
                        const sdk::Call& call) const {
  if (directories_.find(destination, call) || !mark(blob, info, text, text, call)) return;
  LinkRule rule;
  rule.create_only = true;
  directories_.link(destination, blob, rule, call);
}

// What becomes of the destination's entry when this mover finds its mark gone; object 0 decides.
// Under the mark of another move to the same place this one goes on. One to another place is told,
// by the change of object 0, that it can complete this move no more; only then is the entry safe to
// take back.
Moves::Fate Moves::fate_of(const MoveMark& own, std::string& text, const std::string& blob,
                           const BlobInfo& info, const sdk::Call& call) const {
  for (;;) {
    call.check();
    // Asked first: who took the source's entry out has a mark from before that until it is ended.
    const bool at_source = directories_.find(own.source, call) == blob;
    const auto read = blobs_.ask(blob);
    const int code = read->wait(call);
    if (code == -ENOENT) return Fate::elsewhere;
    session_.check(code, "cannot read", read->object());
    read->collect();
    const std::string now = read->attribute(move_attribute);
    const auto other = decode_move(now.empty() ? read->attribute(moved_attribute) : now);
    const bool to_same_place = other && other->destination == own.destination;
    if (!now.empty() && to_same_place) {
      text = now;
      return Fate::goes_on;
    }
    if (now.empty() && at_source) {
      text = renewed(own);
      if (mark(blob, info, "", text, call)) return Fate::goes_on;
    } else if (now.empty()) {
      return to_same_place ? Fate::arrived : Fate::elsewhere;
    } else if (other && other->source == own.destination) {
      return Fate::arrived;  // and is on its way from there
    } else if (mark(blob, info, now, now, call)) {
      return Fate::elsewhere;
    }
  }
}

// What the destination had before comes back; what somebody else entered stays.
void Moves::take_back(const std::string& destination, const std::string& blob,
                      const std::string& replaced, const sdk::Call& call) const {
  if (replaced == blob) return;
  if (replaced.empty()) {
    directories_.unlink(destination, blob, call);
    const std::string above = place_of(destination).directory;
    quietly(unpruned(above), [&] { directories_.prune(above, call); });
    return;
  }
  try {
    directories_.link(destination, replaced, {false, blob, {}}, call);
  } catch (const sdk::Error& error) {
    if (!certainly_not_linked(error)) throw;
    quietly(orphaned(replaced), [&] { let_go(replaced, destination, call); });
  }
}

// The version of object 0 behind the change; nothing: it has another mark, or another version than
// is asked for.
std::optional<std::uint64_t> Moves::mark(const std::string& blob, const BlobInfo& info,
                                         const std::string& before, const std::string& after,
                                         const sdk::Call& call,
                                         std::optional<std::uint64_t> version) const {
  WriteOperation change;
  change.expect_attribute(move_attribute, before);
  if (version) change.expect_version(*version);
  change.set_attribute(move_attribute, after);
  if (!change_mark(change, blob, info, call)) return std::nullopt;
  return change.version();
}

// The move has not happened.
void Moves::unmark(const std::string& blob, const BlobInfo& info, const std::string& before,
                   const sdk::Call& call) const {
  WriteOperation change;
  change.expect_attribute(move_attribute, before).remove_attribute(move_attribute);
  change_mark(change, blob, info, call);
}

// It has; whoever had a part in it, and comes late, learns that.
void Moves::end(const std::string& blob, const BlobInfo& info, const std::string& before,
                const sdk::Call& call) const {
  WriteOperation change;
  change.expect_attribute(move_attribute, before)
      .remove_attribute(move_attribute)
      .set_attribute(moved_attribute, before);
  change_mark(change, blob, info, call);
}

// The time of the object stays: it is the time of the file.
bool Moves::change_mark(WriteOperation& change, const std::string& blob, const BlobInfo& info,
                        const sdk::Call& call) const {
  change.set_attribute(touch_attribute, std::to_string(std::time(nullptr)))
      .keep_time(info.object_mtime);
  const std::string object = chunk_name(blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) return false;
  session_.check(code, "cannot write", object);
  return true;
}

bool Moves::has_both_names(const MoveMark& other, const std::string& blob,
                           const sdk::Call& call) const {
  return directories_.find(other.destination, call) == blob &&
         directories_.find(other.source, call) == blob;
}

// Another move of this blob got to the destination, but not to its end. A mark that others take for
// stale is renewed first, so that none of them begins a move of his own meanwhile.
bool Moves::complete(const MoveMark& other, const std::string& blob, const BlobInfo& info,
                     const sdk::Call& call) const {
  if (!has_both_names(other, blob, call)) return false;
  std::string text = info.move;
  if (is_stale(other)) {
    text = renewed(other);
    if (!mark(blob, info, info.move, text, call)) return false;
  }
  return leave_source(other, text, blob, info, true, call);
}

// ---- Letting go

// While there is a mark, the bytes go only when it is certain that its other entry does not need
// them; what nobody needs then is an orphan that maintenance finds. Whoever took the source's entry
// out from under a move comes by here, and the mark stays until then: it tells where the blob is.
void Moves::let_go(const std::string& blob, const std::string& path, const sdk::Call& call,
                   std::unique_ptr<ReadOperation> asked) const {
  // An early answer is as good as a late one if it shows no mark: the removal asks for that again.
  if (asked) {
    const auto info = blobs_.remains(*asked, call);
    if (!info || (info->move.empty() && blobs_.remove(blob, *info, call))) return;
  }
  for (int attempt = 0; attempt < patience; ++attempt) {
    call.check();
    const auto info = blobs_.remains(*blobs_.ask(blob), call);
    if (!info) return;
    const auto other = decode_move(info->move);
    const bool to_here = other && path == other->destination;
    if (to_here && directories_.find(other->source, call) == blob) return;
    if (!other || to_here) {
      if (blobs_.remove(blob, *info, call)) return;
    } else if (directories_.find(other->destination, call) == blob) {
      end(blob, *info, info->move, call);
      return;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // on its way, or about to give up
    }
  }
}

void Moves::let_go_all(const std::string& directory, const std::vector<OmapEntry>& files,
                       const sdk::Call& call) const {
  std::vector<bool> done(files.size());
  try {
    let_go_all(directory, files, done, call);
  } catch (const sdk::Error& error) {
    for (std::size_t i = 0; i < files.size(); ++i)
      if (!done[i]) sdk::log(BERTH_LOG_WARN, orphaned(files[i].value) + ": " + error.what());
    throw;
  }
}

void Moves::let_go_all(const std::string& directory, const std::vector<OmapEntry>& files,
                       std::vector<bool>& done, const sdk::Call& call) const {
  std::vector<std::unique_ptr<ReadOperation>> asked;
  for (const OmapEntry& file : files) asked.push_back(blobs_.ask(file.value));
  struct Removal {
    std::size_t file;
    WriteOperation write;
  };
  Window<Removal> window(2 * stream_window);
  const auto settle = [&] {
    const auto oldest = window.pop();
    const OmapEntry& file = files[oldest->file];
    one_by_one(file.value, [&] {
      const int code = oldest->write.wait(call);
      if (code == -ENOENT) return;
      // A move has begun since it was looked at, and waits to hear of this.
      if (WriteOperation::guard_failed(code))
        return let_go(file.value, join(directory, file.key), call);
      session_.check(code, "cannot remove", oldest->write.object());
    });
    done[oldest->file] = true;
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& blob = files[i].value;
    bool removing = false;
    one_by_one(blob, [&] {
      const auto info = blobs_.remains(*asked[i], call);
      if (!info) return;
      if (!info->own || info->size > info->chunk_size || !info->move.empty())
        return let_go(blob, join(directory, files[i].key), call);
      if (window.full()) settle();
      auto removal = std::make_unique<Removal>();
      removal->file = i;
      removal->write.expect_attribute(move_attribute, "").remove_object();
      removal->write.start(session_, chunk_name(blob, 0));
      window.push(std::move(removal));
      removing = true;
    });
    if (!removing) done[i] = true;
  }
  while (!window.empty()) settle();
}

// ---- Empty files

// An entry is switched before its blob goes, so a blob that is not there under an entry that still
// names it is an empty file.
std::optional<BlobInfo> Moves::empty_file(const std::string& path, const std::string& blob,
                                          const sdk::Call& call) const {
  const std::time_t changed = directories_.mtime(place_of(path).directory, call);
  if (directories_.find(path, call) != blob) return std::nullopt;
  BlobInfo info;
  info.chunk_size = session_.settings().chunk_size;
  info.object_mtime = changed;
  info.mtime_ns = std::int64_t{changed} * second_ns;
  return info;
}

void Moves::make_object_0(const std::string& blob, const BlobInfo& info,
                          const sdk::Call& call) const {
  WriteOperation make;
  make.create_exclusive()
      .set_attribute(size_attribute, encode_size(0))
      .set_attribute(time_attribute, std::to_string(info.mtime_ns))
      .keep_time(info.object_mtime);
  const std::string object = chunk_name(blob, 0);
  const int code = make.run(session_, object, call);
  if (code != -EEXIST) session_.check(code, "cannot write", object);
}

}  // namespace berth::rados
