// SPDX-License-Identifier: Apache-2.0
//
// What an error contains: kind, driver, path, operation, and a message of one line.
#include <algorithm>

#include "tests.hpp"

namespace berth::conformance {
namespace {

using Call = std::function<void(Store& store, const std::string& path)>;

struct Named {
  std::string what;
  std::vector<std::string>
      operations;  // names in berth_ops; also of what the host composes it from
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
         named.what + ": expected an error of operation \"" + wanted.front() + "\", got \"" +
             detail.operation + "\"");
}

void expect_text(const Context& t, const std::string& what, const Error& error,
                 const std::string& beginning) {
  const std::string text = error.what();
  (void)t;
  expect(text.starts_with(beginning), what + ": expected a message that begins with " +
                                          shown(beginning) + ", got " + shown(text));
  expect(text.find('\n') == text.npos,
         what + ": expected a message of one line, got " + shown(text));
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
      expect(!error.retryable(),
             named.what + " of a missing path: expected an error that is not retryable");
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
  expect(detail.operation == "put", "expected operation \"put\", got " + shown(detail.operation));
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
  expect(!detail.operation.empty(),
         "write after commit: expected an error with an operation, got none");
  writer.close();
}

void move_names_source(Context& t) {
  const std::string source = t.path("missing");
  const std::string destination = t.put("destination");
  t.expect_missing("move", source, [&] { t.store().move(source, destination); });
  t.expect_missing("copy", source, [&] { t.store().copy(source, destination); });
}

void store_still_works(Context& t) {
  for (const Named& named : calls_on_missing()) {
    try {
      named.call(t.store(), t.path("missing"));
    } catch (const Error&) {
      // The error itself is not checked here.
    }
    t.expect_content(t.put("object", named.what), named.what);
  }
}

constexpr Test tests[] = {
    {"errors/path-not-found", "berth_error",
     "PATH_NOT_FOUND comes with driver, path, operation and message.", path_not_found},
    {"errors/invalid-path", "berth_error",
     "INVALID_PATH comes with driver, path, operation and message.", invalid_path},
    {"errors/invalid-offset", "berth_error",
     "INVALID_OFFSET comes with driver, path, offset and message.", invalid_offset},
    {"errors/writer", "berth_error", "An error of a writer names its path.", writer_errors},
    {"errors/move-names-source", "move", "PATH_NOT_FOUND of a move or copy names the source.",
     move_names_source},
    {"errors/store-still-works", "berth_error", "A store still works after an error.",
     store_still_works},
};

}  // namespace

std::span<const Test> error_tests() {
  return tests;
}

}  // namespace berth::conformance
