// SPDX-License-Identifier: Apache-2.0
//
// The text of a mark, and its guarded changes.
#include "move_marks.hpp"

namespace berth::rados {
namespace {

constexpr std::time_t stale_after = 60;  // seconds

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

bool is_stale(const MoveMark& mark) {
  return std::time(nullptr) - mark.since > stale_after;
}

std::string renewed(const MoveMark& mark) {
  return encode_move({mark.token, std::time(nullptr), mark.source, mark.destination});
}

std::optional<std::uint64_t> MoveMarks::set(const std::string& blob, const BlobInfo& info,
                                            const std::string& before, const std::string& after,
                                            const sdk::Call& call,
                                            std::optional<std::uint64_t> version) const {
  WriteOperation write;
  write.expect_attribute(move_attribute, before);
  if (version) write.expect_version(*version);
  write.set_attribute(move_attribute, after);
  if (!change(write, blob, info, call)) return std::nullopt;
  return write.version();
}

void MoveMarks::clear(const std::string& blob, const BlobInfo& info, const std::string& before,
                      const sdk::Call& call) const {
  WriteOperation write;
  write.expect_attribute(move_attribute, before).remove_attribute(move_attribute);
  change(write, blob, info, call);
}

void MoveMarks::finish(const std::string& blob, const BlobInfo& info, const std::string& before,
                       const sdk::Call& call) const {
  WriteOperation write;
  write.expect_attribute(move_attribute, before)
      .remove_attribute(move_attribute)
      .set_attribute(moved_attribute, before);
  change(write, blob, info, call);
}

// The time of object 0 is the time of the file, so it stays. False: a guard failed.
bool MoveMarks::change(WriteOperation& change, const std::string& blob, const BlobInfo& info,
                       const sdk::Call& call) const {
  change.set_attribute(touch_attribute, std::to_string(std::time(nullptr)))
      .set_mtime(info.object_mtime);
  const std::string object = chunk_name(blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) return false;
  session_.check(code, "cannot write", object);
  return true;
}

}  // namespace berth::rados
