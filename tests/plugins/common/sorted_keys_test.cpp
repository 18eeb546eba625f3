// SPDX-License-Identifier: Apache-2.0
#include "common/sorted_keys.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "support/driver_calls.hpp"
#include "support/variable.hpp"

using namespace berth;
using namespace berth::common;
using namespace berth::test;

namespace {

KeyEntry entry(const std::string& key) {
  return {key, key.back() == '/', key.size(), 7, "e" + key};
}

std::vector<std::string> keys_of(SortedKeys& sorted) {
  std::vector<std::string> keys;
  while (const KeyEntry* next = sorted.next()) keys.push_back(next->key);
  return keys;
}

// Keys 0 to count - 1 with leading zeros, in an order that is not sorted.
void add_shuffled(SortedKeys& sorted, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i * 7919 % count);
    sorted.add(entry(std::string(6 - number.size(), '0') + number));
  }
}

// The largest file that this process may write, as long as it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("keys come back in the order of their bytes, from memory and from a file") {
  for (const size_t memory : {size_t{1} << 30, size_t{20'000}}) {
    SortedKeys sorted({memory, 100'000});
    add_shuffled(sorted, 5'000);
    const auto keys = keys_of(sorted);
    REQUIRE(keys.size() == 5'000);
    CHECK(std::is_sorted(keys.begin(), keys.end()));
  }
}

TEST_CASE("an entry comes back from the file as it was added") {
  SortedKeys sorted({1, 100});
  sorted.add({"b", false, {}, {}, ""});
  sorted.add({"a/", true, 12, -5, "etag"});
  const KeyEntry first = *sorted.next();
  CHECK(first.key == "a/");
  CHECK(first.is_prefix);
  CHECK(first.size == 12);
  CHECK(first.mtime_ns == -5);
  CHECK(first.etag == "etag");
  const KeyEntry second = *sorted.next();
  CHECK_FALSE(second.size);
  CHECK_FALSE(second.mtime_ns);
  CHECK(sorted.next() == nullptr);
}

TEST_CASE("a key that was added several times comes back once") {
  for (const size_t memory : {size_t{1} << 30, size_t{1}}) {
    SortedKeys sorted({memory, 100});
    for (const char* key : {"b", "a", "b", "a", "a"}) sorted.add(entry(key));
    CHECK(keys_of(sorted) == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("nothing comes back of nothing") {
  SortedKeys sorted;
  CHECK(sorted.next() == nullptr);
}

TEST_CASE("more entries than the limit are refused with a sentence") {
  SortedKeys sorted({size_t{1} << 30, 2});
  sorted.add(entry("a"));
  sorted.add(entry("b"));
  CHECK(message_of([&] { sorted.add(entry("c")); }).find("more than 2 keys") != std::string::npos);
}

TEST_CASE("a temporary folder that is missing is an error that names it") {
  const Variable folder("TMPDIR", "/none/such");
  SortedKeys sorted({1, 100});
  const std::string message = message_of([&] { sorted.add(entry("a")); });
  CHECK(message.find("temporary file in /none/such: No such file") != std::string::npos);
}

TEST_CASE("a limit of file sizes is an error, not a signal") {
  const FileSizeLimit limit(10);
  SortedKeys sorted({1, 100});
  CHECK(status_of([&] { sorted.add(entry("a")); }) == BERTH_STATUS_NO_SPACE);
}
