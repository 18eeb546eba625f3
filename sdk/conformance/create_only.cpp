// SPDX-License-Identifier: Apache-2.0
//
// create_only: of many writers exactly one succeeds, and its object stays.
#include <atomic>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void needs_create_only(Context& t) {
  if (!t.caps().create_only) skip("the store does not declare BERTH_CAP_CREATE_ONLY");
}

template <class Call>
void expect_exists_already(Context& t, const std::string& what, const std::string& path,
                           Call&& call) {
  t.expect_fields(what, path, expect_error<AlreadyExistsError>(what, std::forward<Call>(call)));
}

void put(Context& t) {
  needs_create_only(t);
  const std::string path = t.path("object");
  t.store().put_content(path, "first", {.create_only = true});
  expect_exists_already(t, "put_content with create_only over an object", path,
                        [&] { t.store().put_content(path, "second", {.create_only = true}); });
  t.expect_content(path, "first");
  t.put("object", "replaced");
  t.expect_content(path, "replaced");
  t.store().remove(path);
  t.store().put_content(path, "again", {.create_only = true});
  t.expect_content(path, "again");
}

void over_empty(Context& t) {
  needs_create_only(t);
  const std::string path = t.put("object", "");
  expect_exists_already(t, "put_content with create_only over an empty object", path,
                        [&] { t.store().put_content(path, "x", {.create_only = true}); });
  t.expect_content(path, "");
}

// The driver may refuse at open or at commit.
void write_create_only(Store& store, const std::string& path, const std::string& bytes) {
  Writer writer = store.writer(path, {.create_only = true});
  writer.write(bytes);
  try {
    writer.commit();
  } catch (const Error&) {
    writer.close();
    throw;
  }
  writer.close();
}

void writer(Context& t) {
  needs_create_only(t);
  const std::string path = t.path("object");
  write_create_only(t.store(), path, "first");
  t.expect_content(path, "first");
  expect_exists_already(t, "writer with create_only over an object", path,
                        [&] { write_create_only(t.store(), path, "second"); });
  t.expect_content(path, "first");
}

void writer_loses_race(Context& t) {
  needs_create_only(t);
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path, {.create_only = true});
  writer.write("slow");
  t.put("object", "quick");
  expect_exists_already(t, "commit with create_only after a put to the same path", path,
                        [&] { writer.commit(); });
  writer.close();
  t.expect_content(path, "quick");
}

void expect_one_winner(Context& t, const std::function<void(Store&, const std::string&)>& create) {
  constexpr unsigned threads = 16;
  std::atomic<unsigned> winners{0};
  std::atomic<unsigned> winner{0};
  in_parallel(threads, [&](unsigned i) {
    Store store = t.store();
    try {
      create(store, std::to_string(i));
      ++winners;
      winner = i;
    } catch (const AlreadyExistsError&) {
      // Another thread was first.
    }
  });
  expect_number("16 parallel calls with create_only: number that succeeded", 1, winners);
  t.expect_content(t.path("object"), std::to_string(winner));
  t.store().remove(t.path("object"));
}

void parallel_put(Context& t) {
  needs_create_only(t);
  for (int round = 0; round < (t.quick() ? 10 : 40); ++round)
    expect_one_winner(t, [&](Store& store, const std::string& bytes) {
      store.put_content(t.path("object"), bytes, {.create_only = true});
    });
}

void parallel_writers(Context& t) {
  needs_create_only(t);
  for (int round = 0; round < (t.quick() ? 5 : 20); ++round)
    expect_one_winner(t, [&](Store& store, const std::string& bytes) {
      write_create_only(store, t.path("object"), bytes);
    });
}

void with_append(Context& t) {
  const std::string path = t.put("object", "there");
  expect_error<InvalidParametersError>("writer with append and create_only", [&] {
    static_cast<void>(t.store().writer(path, {.append = true, .create_only = true}));
  });
  t.expect_content(path, "there");
}

constexpr Test tests[] = {
    {"create-only/put", "BERTH_CAP_CREATE_ONLY", "Put with create_only does not replace an object.",
     put},
    {"create-only/over-empty", "BERTH_CAP_CREATE_ONLY",
     "Put with create_only does not replace an empty object.", over_empty},
    {"create-only/writer", "BERTH_CAP_CREATE_ONLY",
     "A writer with create_only does not replace an object.", writer},
    {"create-only/writer-loses-race", "BERTH_CAP_CREATE_ONLY",
     "A commit with create_only keeps an object stored after the open.", writer_loses_race},
    {"create-only/parallel-put", "BERTH_CAP_CREATE_ONLY",
     "Of 16 parallel puts with create_only, exactly one succeeds.", parallel_put},
    {"create-only/parallel-writers", "BERTH_CAP_CREATE_ONLY",
     "Of 16 parallel writers with create_only, exactly one succeeds.", parallel_writers},
    {"create-only/with-append", "BERTH_WRITE_CREATE_ONLY",
     "append and create_only exclude each other.", with_append},
};

}  // namespace

std::span<const Test> create_only_tests() {
  return tests;
}

}  // namespace berth::conformance
