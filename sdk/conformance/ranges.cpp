// SPDX-License-Identifier: Apache-2.0
//
// read_ranges: by the driver, or composed by the host from the driver's readers.
#include <algorithm>
#include <memory>

#include "tests.hpp"

namespace berth::conformance {
namespace {

// Ranges with memory of their own, and how often each was reported.
class RangeSet {
 public:
  void add(std::uint64_t offset, std::uint64_t length) {
    memory_.push_back(std::make_unique<char[]>(length + 1));
    memory_.back()[length] = guard;
    ranges_.push_back({offset, length, memory_.back().get()});
    reported_.push_back(0);
  }

  std::optional<FileInfo> read(Context& t, const std::string& path, RangesOptions options = {}) {
    const auto done = options.done;
    options.done = [this, &done](std::size_t index) {
      ++reported_.at(index);
      if (done) done(index);
    };
    return t.store().read_ranges(path, ranges_, options);
  }

  // Each range has its bytes of the content, was reported once, and nothing after it is touched.
  void expect(std::string_view content) const {
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      const Range& range = ranges_[i];
      const std::string what = "range " + std::to_string(i) + ", " + std::to_string(range.length) +
                               " bytes from " + std::to_string(range.offset);
      const std::size_t begin = std::min<std::uint64_t>(range.offset, content.size());
      expect_bytes(what, content.substr(begin, range.length),
                   std::string_view(memory_[i].get(), range.got));
      expect_number(what + ": how often it was reported", 1, reported_[i]);
      conformance::expect(memory_[i][range.length] == guard, what + ": written beyond its memory");
    }
  }

 private:
  static constexpr char guard = '\x5a';

  std::vector<std::unique_ptr<char[]>> memory_;
  std::vector<Range> ranges_;
  std::vector<std::uint64_t> reported_;
};

void any_ranges(Context& t) {
  const std::string content = t.random().bytes(100 * kib);
  const std::string path = t.put("object", content);
  RangeSet set;
  set.add(90 * kib, 5 * kib);  // in any order
  set.add(0, 1);
  set.add(10 * kib, 20 * kib);
  set.add(15 * kib, 30 * kib);  // overlapping
  set.add(15 * kib, 30 * kib);  // twice
  set.add(50 * kib, 0);         // empty
  set.add(100 * kib - 1, 10);   // across the end
  set.add(100 * kib, 10);       // at the end
  set.add(std::uint64_t(1) << 40, 10);
  const auto info = set.read(t, path);
  set.expect(content);
  if (info) expect_number("size of the object", content.size(), info->size);
}

void joined(Context& t) {
  const std::string content = t.random().bytes(64 * kib);
  const std::string path = t.put("object", content);
  for (const std::uint64_t gap : {0, 100, 1000, 65536})
    for (const std::uint64_t largest : {1, 5000, 1000000}) {
      RangeSet set;
      for (std::uint64_t at = 0; at < 60 * kib; at += 700 + t.random().below(3000))
        set.add(at, t.random().below(1500));
      set.read(t, path, {.join_gap = gap, .largest_request = largest, .parallel = 4});
      set.expect(content);
    }
}

void large_object(Context& t) {
  const std::string content = t.random().bytes((t.quick() ? 3 : 30) * mib);
  const std::string path = t.path("object");
  write_object(t.store(), path, content);
  RangeSet set;
  for (int i = 0; i < 200; ++i)
    set.add(t.random().below(content.size()), t.random().below(64 * kib));
  set.read(t, path);
  set.expect(content);
}

void empty_object(Context& t) {
  const std::string path = t.put("object", "");
  RangeSet set;
  set.add(0, 10);
  set.add(5, 1);
  set.read(t, path);
  set.expect("");
}

void missing(Context& t) {
  t.put("there");
  const std::string path = t.path("missing");
  t.expect_missing("read_ranges of a missing object", path, [&] {
    RangeSet set;
    set.add(0, 10);
    set.add(mib, 10);
    set.read(t, path);
  });
}

// Either version as a whole, or an error.
void replaced(Context& t) {
  const std::string old_content(8 * mib, 'o'), new_content(8 * mib, 'n');
  const std::string path = t.put("object", old_content);
  RangeSet set;
  for (std::uint64_t i = 0; i < 64; ++i) set.add(i * 128 * kib, 100);
  bool replaced = false;
  try {
    set.read(t, path, {.join_gap = 0, .parallel = 2, .done = [&](std::size_t) {
                         if (!replaced) t.store().put_content(path, new_content);
                         replaced = true;
                       }});
  } catch (const PreconditionFailedError&) {
    return;
  }
  set.expect(old_content);
}

void if_match(Context& t) {
  const std::string path = t.put("object", "first content");
  const std::string etag = t.store().stat(path).etag;
  if (etag.empty()) skip("the driver reports no etag");
  RangeSet same;
  same.add(0, 5);
  same.read(t, path, {.if_match = etag});
  same.expect("first content");
  t.store().put_content(path, "second content");
  expect_error<PreconditionFailedError>("read_ranges with the etag of a replaced object", [&] {
    RangeSet other;
    other.add(0, 5);
    other.read(t, path, {.if_match = etag});
  });
}

constexpr Test tests[] = {
    {"ranges/any", "read_ranges",
     "Ranges in any order get their bytes: overlapping, empty, at and after the end.", any_ranges},
    {"ranges/joined", "berth_ranges_options", "The options do not change the bytes.", joined},
    {"ranges/large-object", "read_ranges", "200 ranges of a large object.", large_object},
    {"ranges/empty-object", "read_ranges", "Ranges of an empty object are empty.", empty_object},
    {"ranges/missing", "read_ranges", "Ranges of a missing object are PATH_NOT_FOUND.", missing},
    {"ranges/replaced", "read_ranges",
     "All ranges are of one version of an object that is replaced meanwhile.", replaced},
    {"ranges/if-match", "berth_ranges_options", "if_match names the version to read.", if_match},
};

}  // namespace

std::span<const Test> range_tests() {
  return tests;
}

}  // namespace berth::conformance
