// SPDX-License-Identifier: Apache-2.0
//
// What an error tells: kind, driver, path, operation, and a text for the person who reads it.
#include <algorithm>

#include "tests.hpp"

namespace berth::conformance {
namespace {

using Call = std::function<void(Store& store, const std::string& path)>;

struct Named {
  std::string what;
  std::vector<std::string> operations;  // as the table of driver.h calls it; composed ones have two
  Call call;
};

std::vector<Named> calls_on_missing() {
  return {
      {"get_content", {"get", "reader_open"}, [](Store& s, auto& p) { (void)s.get_content(p); }},
      {"reader", {"reader_open"}, [](Store& s, auto& p) { (void)s.reader(p); }},
      {"writer with append",
       {"writer_open"},
       [](Store& s, auto& p) { (void)s.writer(p, {.append = true}); }},
      {"stat", {"stat"}, [](Store& s, auto& p) { (void)s.stat(p); }},
      {"list", {"list"}, [](Store& s, auto& p) { (void)s.list(p); }},
      {"walk", {"walk", "list"}, [](Store& s, auto& p) { (void)walked(s, p); }},
      {"move", {"move"}, [](Store& s, auto& p) { s.move(p, p + "-to"); }},
      {"copy", {"copy", "reader_open"}, [](Store& s, auto& p) { s.copy(p, p + "-to"); }},
      {"remove", {"remove"}, [](Store& s, auto& p) { s.remove(p); }},
  };
}

void expect_operation(const Named& named, const ErrorDetail& detail) {
  const auto& wanted = named.operations;
  expect(std::find(wanted.begin(), wanted.end(), detail.operation) != wanted.end(),
         named.what + ": expected an error of operation \"" + wanted.front() + "\", saw \"" +
             detail.operation + "\"");
}

void expect_text(const Context& t, const std::string& what, const Error& error,
                 const std::string& beginning) {
  const std::string text = error.what();
  (void)t;
  expect(text.starts_with(beginning),
         what + ": expected a text that begins with " + shown(beginning) + ", saw " + shown(text));
  expect(text.find('\n') == text.npos, what + ": expected one line of text, saw " + shown(text));
}

void path_not_found(Context& t) {
  t.put("there");
  const std::string path = t.path("missing");
  for (const Named& named : calls_on_missing()) {
    try {
      named.call(t.store(), path);
    } catch (const PathNotFoundError& error) {
      t.expect_fields(named.what, path, error.detail());
      expect_operation(named, error.detail());
      expect_text(t, named.what, error, t.store().driver() + ": Path not found: " + path);
      expect(!error.retryable(), named.what + ": a missing path is not worth a retry");
      continue;
    }
    fail(named.what + " of a missing path: expected PathNotFoundError, but it succeeded");
  }
}

void invalid_path(Context& t) {
  const std::string path = "/not//a path";
  const auto detail = expect_error<InvalidPathError>("put_content(" + path + ")",
                                                     [&] { t.store().put_content(path, ""); });
  t.expect_fields("put_content(" + path + ")", path, detail);
  expect(detail.operation == "put", "expected operation \"put\", saw " + shown(detail.operation));
  try {
    (void)t.store().get_content(path);
  } catch (const Error& error) {
    expect_text(t, "get_content(" + path + ")", error,
                t.store().driver() + ": invalid path: " + path);
  }
}

void invalid_offset(Context& t) {
  const std::string path = t.put("object", "content");
  try {
    (void)t.store().reader(path, -7);
  } catch (const InvalidOffsetError& error) {
    t.expect_fields("reader from -7", path, error.detail());
    expect_text(t, "reader from -7", error,
                t.store().driver() + ": invalid offset: -7 for path: " + path);
    return;
  }
  fail("reader from -7: expected InvalidOffsetError, but it succeeded");
}

void writer_errors(Context& t) {
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path);
  writer.commit();
  const auto detail =
      expect_error<WrongStateError>("write after commit", [&] { writer.write("more"); });
  t.expect_fields("write after commit", path, detail);
  expect(!detail.operation.empty(), "write after commit: expected an operation in the error");
  writer.close();
}

void move_names_source(Context& t) {
  const std::string source = t.path("missing");
  const std::string destination = t.put("destination");
  t.expect_missing("move", source, [&] { t.store().move(source, destination); });
  t.expect_missing("copy", source, [&] { t.store().copy(source, destination); });
}

void store_goes_on(Context& t) {
  for (const Named& named : calls_on_missing()) {
    try {
      named.call(t.store(), t.path("missing"));
    } catch (const Error&) {
      // Only what comes after matters here.
    }
    t.expect_content(t.put("object", named.what), named.what);
  }
}

constexpr Test tests[] = {
    {"errors/path-not-found", "Driver, path, operation and text of a missing path.",
     path_not_found},
    {"errors/invalid-path", "Driver, path, operation and text of an invalid path.", invalid_path},
    {"errors/invalid-offset", "Offset and text of an invalid offset.", invalid_offset},
    {"errors/writer", "A writer's errors name its path.", writer_errors},
    {"errors/move-names-source", "A missing source is what the error names.", move_names_source},
    {"errors/store-goes-on", "An error does not harm the store.", store_goes_on},
};

}  // namespace

std::span<const Test> error_tests() {
  return tests;
}

}  // namespace berth::conformance
