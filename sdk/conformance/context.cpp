// SPDX-License-Identifier: Apache-2.0
//
// Calls and checks that many tests share.
#include "context.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace berth::conformance {

Context::Context(std::string_view test, Store store, const MakeStore& make_store,
                 const Options& options, std::string directory)
    : store_(std::move(store)),
      make_store_(make_store),
      options_(options),
      caps_(store_.capabilities()),
      directory_(std::move(directory)),
      random_(mix(options.seed, test)) {}

bool Context::shared() {
  if (!shared_) {
    const std::string probe = put("shared-probe", "probe");
    Store other = make_store_();
    shared_ = exists(other, probe);
    store_.remove(probe);
  }
  return *shared_;
}

Store Context::another() {
  return shared() ? make_store_() : store_;
}

std::string Context::top(std::string_view name) {
  const auto slash = directory_.find('/', 1);
  tops_.push_back(directory_.substr(0, slash) + "-" + std::string(name));
  return tops_.back();
}

std::string Context::put(std::string_view name, std::string_view bytes) {
  std::string path = this->path(name);
  store_.put_content(path, bytes);
  return path;
}

void Context::put_all(std::initializer_list<std::string_view> names) {
  for (const auto name : names) put(name);
}

void Context::expect_content(const std::string& path, std::string_view bytes) {
  const std::string what = "get_content(" + path + ")";
  try {
    expect_bytes(what, bytes, store_.get_content(path));
  } catch (const Error& error) {
    fail(what + ": expected " + std::to_string(bytes.size()) + " bytes, got " + described(error));
  }
}

void Context::expect_kept(std::initializer_list<std::string_view> names) {
  for (const auto name : names) expect_content(path(name), name);
}

void Context::expect_gone(const std::string& path) {
  expect_missing("get_content(" + path + ")", path, [&] { (void)store_.get_content(path); });
  expect_missing("reader(" + path + ")", path, [&] { (void)store_.reader(path); });
  expect_missing("stat(" + path + ")", path, [&] { (void)store_.stat(path); });
}

void Context::expect_fields(const std::string& what, const std::string& path,
                            const ErrorDetail& detail) {
  expect(detail.driver == store_.driver(), what + ": expected an error of driver " +
                                               shown(store_.driver()) + ", got " +
                                               shown(detail.driver));
  expect(detail.path == path,
         what + ": expected an error about " + shown(path) + ", got " + shown(detail.path));
}

void write_object(Store& store, const std::string& path, std::string_view bytes, std::size_t piece,
                  const WriterOptions& options) {
  Writer writer = store.writer(path, options);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    writer.write(bytes.substr(0, piece));
  writer.commit();
  writer.close();
}

void write_unfinished(Store& store, const std::string& path, std::string_view bytes,
                      const WriterOptions& options) {
  Writer writer = store.writer(path, options);
  writer.write(bytes);
  writer.close();
}

std::string drain(Reader& reader, std::size_t piece) {
  std::string out;
  std::string buffer(piece, '\0');
  while (const std::size_t got = reader.read(buffer.data(), buffer.size())) {
    expect(got <= piece, "reader_read with a capacity of " + std::to_string(piece) +
                             " bytes delivered " + std::to_string(got) + " bytes");
    out.append(buffer, 0, got);
  }
  return out;
}

void expect_stream(const std::string& what, std::string_view expected, Reader& reader) {
  std::string buffer(mib, '\0');
  std::size_t at = 0;
  while (const std::size_t got = reader.read(buffer.data(), buffer.size())) {
    const std::string_view seen = std::string_view(buffer).substr(0, got);
    expect_bytes(what + ", from byte " + std::to_string(at), expected.substr(at, got), seen);
    at += got;
  }
  expect_number(what + ": number of bytes", expected.size(), at);
}

void write_random(Store& store, const std::string& path, std::uint64_t seed, std::uint64_t size) {
  Random random(seed);
  Writer writer = store.writer(path);
  for (std::uint64_t at = 0; at < size; at += mib)
    writer.write(random.bytes(std::min<std::uint64_t>(mib, size - at)));
  writer.commit();
  writer.close();
}

void expect_random(Store& store, const std::string& path, std::uint64_t seed, std::uint64_t size) {
  Random random(seed);
  Reader reader = store.reader(path);
  std::string block(mib, '\0');
  for (std::uint64_t at = 0; at < size; at += mib) {
    block.resize(std::min<std::uint64_t>(mib, size - at));
    for (std::size_t have = 0; have < block.size();) {
      const std::size_t got = reader.read(block.data() + have, block.size() - have);
      if (got == 0)
        fail("reader(" + path + "): expected " + std::to_string(size) +
             " bytes, got the end after " + std::to_string(at + have));
      have += got;
    }
    expect_bytes(path + " from byte " + std::to_string(at), random.bytes(block.size()), block);
  }
  expect_number("reader(" + path + "): bytes after the end", 0,
                reader.read(block.data(), block.size()));
}

UnnameableVisitor refuse_unnameable(const std::string& call) {
  return [call](std::string_view name) {
    fail(call + ": the driver reported " + shown(name) +
         ", which breaks the path grammar, but no such name was stored (driver.h, list: keys that "
         "only mark a directory are not reported)");
  };
}

Paths walked(Store& store, const std::string& from, const WalkOptions& options) {
  WalkOptions strict = options;
  if (!strict.unnameable) strict.unnameable = refuse_unnameable("walk(" + from + ")");
  Paths paths;
  store.walk(
      from,
      [&](const Entry& entry) {
        paths.emplace_back(entry.path);
        return Visit::carry_on;
      },
      strict);
  return paths;
}

std::string walk_key(std::string_view path, bool directory) {
  return std::string(path) + (directory ? "/" : "");
}

bool exists(Store& store, const std::string& path) {
  try {
    (void)store.stat(path);
    return true;
  } catch (const PathNotFoundError&) {
    return false;
  }
}

void in_parallel(unsigned count, const std::function<void(unsigned)>& body) {
  std::mutex mutex;
  std::exception_ptr first;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < count; ++i)
      threads.emplace_back([&, i] {
        try {
          body(i);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!first) first = std::current_exception();
        }
      });
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace berth::conformance
