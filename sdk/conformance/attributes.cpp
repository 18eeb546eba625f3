// SPDX-License-Identifier: Apache-2.0
//
// Attributes: written, reported, and kept by copy, move and append.
#include <utility>

#include "tests.hpp"

namespace berth::conformance {
namespace {

const Attributes all{{"content-type", "text/plain; charset=utf-8"},
                     {"cache-control", "max-age=60"},
                     {"content-encoding", "zstd"},
                     {"content-disposition", "attachment; filename=\"a.txt\""},
                     {"content-language", "de, en"},
                     {"owner", "ci"},
                     {"mtime", "1700000000.5"}};

void needs_attributes(Context& t) {
  if (!t.caps().attributes) skip("the store does not declare BERTH_CAP_ATTRIBUTES");
}

std::string shown(const Attributes& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes)
    text += (text.empty() ? "" : ", ") + name + '=' + conformance::shown(value);
  return "{" + text + "}";
}

void expect_attributes(Context& t, const std::string& what, const std::string& path,
                       const Attributes& expected) {
  const Attributes seen = t.store().stat(path).attributes;
  expect(seen == expected,
         what + ": expected the attributes " + shown(expected) + ", got " + shown(seen));
}

void put(Context& t) {
  needs_attributes(t);
  const std::string path = t.path("object");
  t.store().put_content(path, "content", {.attributes = all});
  expect_attributes(t, "put_content with attributes", path, all);
  t.expect_content(path, "content");
  t.store().put_content(path, "", {.attributes = {{"owner", "other"}}});
  expect_attributes(t, "put_content of no bytes with other attributes", path, {{"owner", "other"}});
  t.store().put_content(path, "x");
  expect_attributes(t, "put_content without attributes", path, {});
}

void writer(Context& t) {
  needs_attributes(t);
  const std::string path = t.path("object");
  for (const std::size_t size : {std::size_t(5), t.quick() ? 6 * mib : 20 * mib}) {
    write_object(t.store(), path, t.random().bytes(size), mib, {.attributes = all});
    expect_attributes(t, "writer with attributes, " + std::to_string(size) + " bytes", path, all);
    write_object(t.store(), path, t.random().bytes(size), mib);
    expect_attributes(t, "writer without attributes, " + std::to_string(size) + " bytes", path, {});
  }
}

void copied(Context& t) {
  needs_attributes(t);
  const std::string source = t.path("source"), path = t.put("object");
  t.store().put_content(source, "content", {.attributes = all});
  t.store().copy(source, path);
  expect_attributes(t, "copy", path, all);
  expect_attributes(t, "the source of a copy", source, all);
}

void moved(Context& t) {
  needs_attributes(t);
  const std::string source = t.path("source"), path = t.put("object");
  t.store().put_content(source, "content", {.attributes = all});
  t.store().move(source, path);
  expect_attributes(t, "move", path, all);
}

void append(Context& t) {
  needs_attributes(t);
  const std::string path = t.path("object");
  for (const std::size_t size : {std::size_t(5), t.quick() ? 6 * mib : 20 * mib}) {
    t.store().put_content(path, t.random().bytes(size), {.attributes = all});
    write_object(t.store(), path, "more", mib, {.append = true});
    expect_attributes(t, "append to " + std::to_string(size) + " bytes", path, all);
  }
  write_object(t.store(), path, "more", mib, {.append = true, .attributes = {{"owner", "other"}}});
  expect_attributes(t, "append with other attributes", path, {{"owner", "other"}});
}

// A service need not keep the attributes of an unfinished upload, so they are given again.
void resume(Context& t) {
  needs_attributes(t);
  for (const std::size_t size : {std::size_t(5), t.quick() ? 6 * mib : 20 * mib}) {
    const std::string path = t.path("object" + std::to_string(size));
    write_unfinished(t.store(), path, t.random().bytes(size), {.attributes = all});
    write_object(t.store(), path, "more", mib, {.append = true, .attributes = all});
    expect_attributes(t, "resumed upload of " + std::to_string(size) + " bytes", path, all);
  }
}

void odd_values(Context& t) {
  needs_attributes(t);
  const std::string path = t.path("object");
  const std::vector<std::pair<std::string, Attributes>> cases{
      {"UTF-8", {{"name", "Grüße, 世界"}}},
      {"an empty value", {{"empty", ""}, {"other", "x"}}},
      {"leading and trailing blanks", {{"blank", "  two before, one after "}}},
      {"quotes and percent signs", {{"odd", "\"a\" 100% =?utf-8?q?b?= \\"}}},
      {"a long value", {{"long", std::string(1800, 'v')}}},
      {"names with other characters", {{"a.b-c1", "x"}, {"x-y", "y"}}}};
  for (const auto& [what, attributes] : cases) {
    t.store().put_content(path, "content", {.attributes = attributes});
    expect_attributes(t, what, path, attributes);
    t.store().copy(path, t.path("copy"));
    expect_attributes(t, what + ", copied", t.path("copy"), attributes);
  }
}

constexpr Test tests[] = {
    {"attributes/put", "BERTH_CAP_ATTRIBUTES", "Put replaces all attributes of the object.", put},
    {"attributes/writer", "BERTH_CAP_ATTRIBUTES", "A writer stores attributes.", writer},
    {"attributes/copy", "BERTH_CAP_ATTRIBUTES", "Copy keeps the attributes.", copied},
    {"attributes/move", "BERTH_CAP_ATTRIBUTES", "Move keeps the attributes.", moved},
    {"attributes/append", "BERTH_CAP_ATTRIBUTES",
     "Append keeps the attributes unless others are given.", append},
    {"attributes/resume", "BERTH_CAP_ATTRIBUTES",
     "The commit of a resumed upload stores attributes.", resume},
    {"attributes/odd-values", "BERTH_CAP_ATTRIBUTES",
     "Names and values that the grammar allows are stored unchanged.", odd_values},
};

}  // namespace

std::span<const Test> attribute_tests() {
  return tests;
}

}  // namespace berth::conformance
