// SPDX-License-Identifier: Apache-2.0
//
// Memory that is accessible while a call uses it, and not afterwards.
#include <cerrno>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "binding/call_pages.hpp"

using berth::binding::CallPages;
using berth::binding::LentCall;

namespace {

// Whether the kernel can read at the address, which answers EFAULT where we would crash.
bool is_readable(const void* address) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const bool readable = ::write(ends[1], address, 1) == 1;
  if (!readable) CHECK(errno == EFAULT);
  ::close(ends[0]);
  ::close(ends[1]);
  return readable;
}

}  // namespace

TEST_CASE("a page is accessible until it is returned") {
  CallPages pages(-1);
  LentCall* const lent = pages.lend();
  REQUIRE(lent != nullptr);
  lent->call.deadline_ns = 7;
  CHECK(is_readable(&lent->call));
  pages.take_back(lent);
  CHECK_FALSE(is_readable(&lent->call));
  CHECK_FALSE(is_readable(&lent->error));
}

TEST_CASE("calls in progress have pages of their own, and the others work again after a return") {
  CallPages pages(-1);
  std::set<LentCall*> lent;
  for (std::size_t i = 0; i < CallPages::count; ++i) lent.insert(pages.lend());
  CHECK(lent.size() == CallPages::count);
  CHECK(lent.count(nullptr) == 0);
  CHECK(pages.lend() == nullptr);
  pages.take_back(*lent.begin());
  CHECK(pages.lend() == *lent.begin());
}

TEST_CASE("a page is not given to the next call") {
  CallPages pages(-1);
  LentCall* const first = pages.lend();
  pages.take_back(first);
  CHECK(pages.lend() != first);
}

TEST_CASE("pages in a file show the other process what a call does") {
  const int file = ::memfd_create("test", MFD_CLOEXEC);
  REQUIRE(file >= 0);
  CallPages pages(file);
  LentCall* const lent = pages.lend();
  lent->doing = {'p', 'u', 't', '\0'};
  char seen[4];
  CHECK(::pread(file, seen, sizeof seen, 0) == sizeof seen);
  CHECK(std::string(seen) == "put");
  pages.take_back(lent);
  CHECK(::pread(file, seen, sizeof seen, 0) == sizeof seen);
  CHECK(std::string(seen).empty());
  ::close(file);
}
