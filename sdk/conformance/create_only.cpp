// SPDX-License-Identifier: Apache-2.0
//
// Put-if-absent: one of many wins, and the winner's object stays.
#include <atomic>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void needs_create_only(Context& t) {
  if (!t.caps().create_only) skip("the store does not promise put-if-absent (create_only)");
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

// At open or at commit, as the service can.
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
  expect_exists_already(t, "commit with create_only after another put", path,
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
      // One of the others was first.
    }
  });
  expect_number("creators of 16 that won", 1, winners);
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
    {"create-only/put", "Put-if-absent does not replace.", put},
    {"create-only/over-empty", "An empty object is an object.", over_empty},
    {"create-only/writer", "A writer refuses at open or at commit.", writer},
    {"create-only/writer-loses-race", "What came meanwhile stays.", writer_loses_race},
    {"create-only/parallel-put", "Of 16 puts at once exactly one wins.", parallel_put},
    {"create-only/parallel-writers", "Of 16 writers at once exactly one wins.", parallel_writers},
    {"create-only/with-append", "What is there cannot be wanted and not wanted.", with_append},
};

}  // namespace

std::span<const Test> create_only_tests() {
  return tests;
}

}  // namespace berth::conformance
