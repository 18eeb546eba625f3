// SPDX-License-Identifier: Apache-2.0
//
// What a test uses: the store, a second store, a directory of its own, random numbers, and the
// calls and checks that many tests share.
#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <berth/store.hpp>

#include "check.hpp"
#include "conformance.hpp"
#include "random.hpp"

namespace berth::conformance {

inline constexpr std::size_t kib = std::size_t(1) << 10;
inline constexpr std::size_t mib = std::size_t(1) << 20;
inline constexpr std::uint64_t gib = std::uint64_t(1) << 30;

class Context final {
 public:
  Context(std::string_view test, Store store, const MakeStore& make_store, const Options& options,
          std::string directory);

  Store& store() noexcept { return store_; }
  // A second store, opened as another process would; the first one if stores do not share data.
  Store another();
  bool shared();  // whether a second store sees the data of the first

  const Options& options() const noexcept { return options_; }
  bool quick() const noexcept { return options_.quick; }
  const Capabilities& caps() const noexcept { return caps_; }
  Random& random() noexcept { return random_; }

  const std::string& directory() const noexcept { return directory_; }
  // A path below the directory of the test: path("a/b").
  std::string path(std::string_view name) const { return directory_ + "/" + std::string(name); }
  // A path in "/" itself, removed after the test.
  std::string top(std::string_view name);
  const Paths& tops() const noexcept { return tops_; }

  // Short forms for objects below the directory.
  std::string put(std::string_view name, std::string_view bytes);  // the path
  std::string put(std::string_view name) { return put(name, name); }
  void put_all(std::initializer_list<std::string_view> names);  // content: the name
  void expect_content(const std::string& path, std::string_view bytes);
  void expect_kept(std::initializer_list<std::string_view> names);  // as put_all left them

  // The call must fail with PathNotFoundError, and the error must name the driver and `path`.
  template <class Call>
  void expect_missing(const std::string& what, const std::string& path, Call&& call) {
    expect_fields(what, path, expect_error<PathNotFoundError>(what, std::forward<Call>(call)));
  }
  void expect_gone(const std::string& path);  // for get, reader and stat
  // The error must name the driver of this store and `path`.
  void expect_fields(const std::string& what, const std::string& path, const ErrorDetail& detail);

 private:
  Store store_;
  const MakeStore& make_store_;
  const Options& options_;
  const Capabilities caps_;
  const std::string directory_;
  Paths tops_;
  std::optional<bool> shared_;
  Random random_;
};

// Writes a whole object through a writer, in pieces of `piece` bytes.
void write_object(Store& store, const std::string& path, std::string_view bytes,
                  std::size_t piece = 64 * kib, const WriterOptions& options = {});
// Writes through a writer and closes it without commit.
void write_unfinished(Store& store, const std::string& path, std::string_view bytes,
                      const WriterOptions& options = {});
// Everything a reader delivers, by reads into a buffer of `piece` bytes.
[[nodiscard]] std::string drain(Reader& reader, std::size_t piece = 64 * kib);
// Reads everything and compares it piece by piece, so that the content is in memory only once.
void expect_stream(const std::string& what, std::string_view expected, Reader& reader);

// Writes, or reads and compares, `size` random bytes of a seed, one block at a time: the content is
// never in memory as a whole.
void write_random(Store& store, const std::string& path, std::uint64_t seed, std::uint64_t size);
void expect_random(Store& store, const std::string& path, std::uint64_t seed, std::uint64_t size);

// Fails the test: a driver reports a name that breaks the path grammar although none was planted.
[[nodiscard]] UnnameableVisitor refuse_unnameable(const std::string& call);
// The paths that walk reports. Names that break the path grammar fail the test unless
// options.unnameable takes them.
[[nodiscard]] Paths walked(Store& store, const std::string& from, const WalkOptions& options = {});
// The key by which walk sorts: of a directory, the path followed by "/".
[[nodiscard]] std::string walk_key(std::string_view path, bool directory);

[[nodiscard]] bool exists(Store& store, const std::string& path);

// Sets the flag at the end of its scope, also when an exception leaves it.
class Done final {
 public:
  explicit Done(std::atomic<bool>& flag) noexcept : flag_(flag) {}
  ~Done() { flag_ = true; }
  Done(const Done&) = delete;
  Done& operator=(const Done&) = delete;

 private:
  std::atomic<bool>& flag_;
};

// Runs body(0) ... body(count-1), each in a thread of its own; throws the first exception of a
// thread.
void in_parallel(unsigned count, const std::function<void(unsigned)>& body);

}  // namespace berth::conformance
