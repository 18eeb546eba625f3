// SPDX-License-Identifier: Apache-2.0
#include "discovery/lock_file.hpp"

#include <sys/stat.h>

#include <string>

#include <doctest/doctest.h>

#include "core/discovery/plugin_bytes.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {
namespace {

using discovery::LockFile;

// FIPS 180-2, appendix B.1: the digest of "abc".
const std::string abc_digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// A lock file with a text, and what it says of a file named x.so whose content is "abc".
class Lock {
 public:
  explicit Lock(std::string_view text) { write_file(path(), text); }

  std::filesystem::path path() const { return folder_.path() / "lock.json"; }
  std::string mismatch(bool allow_untrusted = false) const {
    const MemoryFile plugin("abc");
    return LockFile(path(), allow_untrusted).mismatch("x.so", plugin.fd());
  }
  std::string problem() const {
    const std::string text = mismatch(), begin = "the lock file " + path().string() + " ";
    return text.starts_with(begin) ? text.substr(begin.size()) : "not expected: " + text;
  }

 private:
  TempDir folder_;
};

}  // namespace

TEST_CASE("the SHA-256 is that of the standard's example") {
  CHECK(discovery::sha256_of(MemoryFile("abc").fd()) == abc_digest);
}

TEST_CASE("a long file is digested whole, not from where it was read last") {
  const MemoryFile file(std::string(1'000'000, 'a'));  // FIPS 180-2, appendix B.3
  CHECK(discovery::sha256_of(file.fd()) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("without a lock file everything may be loaded") {
  CHECK(LockFile({}, false).mismatch("x.so", -1) == "");
}

TEST_CASE("a file with the digest of the lock file may be loaded") {
  CHECK(Lock("{\"x.so\": \"" + abc_digest + "\"}").mismatch() == "");
}

TEST_CASE("the digest in the lock file may be in capitals") {
  CHECK(Lock(R"({"x.so":"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"})")
            .mismatch() == "");
}

TEST_CASE("a file with another digest is told both") {
  const Lock lock("{\"x.so\": \"" + std::string(64, '0') + "\"}");
  CHECK(lock.mismatch() == "the file's SHA-256 is " + abc_digest + ", the lock file " +
                               lock.path().string() + " has " + std::string(64, '0'));
}

TEST_CASE("a file that the lock file does not name is refused") {
  CHECK(Lock("{\"y.so\": \"" + abc_digest + "\"}").problem() == "does not name the file");
}

TEST_CASE("a lock file that is missing or damaged allows nothing") {
  CHECK(LockFile("/nonexistent/lock.json", false).mismatch("x.so", -1) ==
        "the lock file /nonexistent/lock.json cannot be opened: No such file or directory");
  CHECK(Lock("[]").problem() == "is not a JSON object of file names and digests");
  CHECK(Lock("{\"x.so\":").problem() == "is not a JSON object of file names and digests");
  CHECK(Lock(R"({"x.so": "abc"})").problem() == "has no SHA-256 of 64 hex digits for x.so");
  CHECK(Lock(R"({"x.so": 7})").problem() == "has no SHA-256 of 64 hex digits for x.so");
  CHECK(Lock(std::string((1 << 20) + 1, ' ')).problem() == "is larger than 1 MiB");
}

TEST_CASE("a lock file that is a folder or a FIFO allows nothing") {
  const TempDir folder;
  CHECK(LockFile(folder.path(), false).mismatch("x.so", -1) ==
        "the lock file " + folder.string() + " is not a regular file");
  const auto fifo = folder.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(LockFile(fifo, false).mismatch("x.so", -1) ==
        "the lock file " + fifo.string() + " is not a regular file");
}

TEST_CASE("a lock file that others can change allows nothing unless that is allowed") {
  const Lock lock("{\"x.so\": \"" + abc_digest + "\"}");
  REQUIRE(::chmod(lock.path().c_str(), 0666) == 0);
  CHECK(lock.problem() ==
        "is not trusted: the lock file can be changed by everyone: run chmod go-w on it, or allow "
        "untrusted plugins");
  CHECK(lock.mismatch(/*allow_untrusted=*/true) == "");
}

}  // namespace berth::test
