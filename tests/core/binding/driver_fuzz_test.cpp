// SPDX-License-Identifier: Apache-2.0
//
// A driver whose every answer is random: lengths, contents, counts, statuses, handles, and
// callbacks at odd times. Whatever it does, the host answers with a result that keeps the contract
// or with a berth::Error. Worth most in the build with AddressSanitizer.
//
//   BERTH_FUZZ_SEED=N repeats a run whose seed a failure printed.
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <berth/driver.h>
#include <berth/berth.hpp>

#include "model/log.hpp"
#include "model/path.hpp"
#include "model/utf8.hpp"

namespace {

using berth::Entry;
using berth::Store;
using berth::Visit;

constexpr int calls = 100000;
constexpr int calls_a_store = 100;

// ---- The source of every answer -----------------------------------------------------------------

class Chance {
 public:
  void seed(std::uint64_t seed) { random_.seed(seed); }

  std::uint64_t number() { return random_(); }
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(from.size())];
  }

 private:
  std::mt19937_64 random_;
};

Chance chance;

// Bytes that strings point into: random, and long enough for every limit.
const std::string& noise() {
  static const std::string bytes = [] {
    std::mt19937_64 random(1);
    std::string all(BERTH_MAX_NAME_BYTES + 4096, '\0');
    for (char& c : all) c = static_cast<char>(random());
    return all;
  }();
  return bytes;
}

berth_str random_text() {
  const std::size_t size = chance.one_in(50)
                               ? chance.pick<std::size_t>({65537, BERTH_MAX_NAME_BYTES + 1})
                               : chance.pick<std::size_t>({0, 1, 7, 300, 1024, 1025, 9000});
  if (chance.one_in(20)) return {nullptr, size};
  return {noise().data() + chance.below(noise().size() - size + 1), size};
}

berth_status random_status() {
  if (!chance.one_in(3)) return BERTH_STATUS_OK;
  if (chance.one_in(5)) return static_cast<berth_status>(chance.number());
  return static_cast<berth_status>(chance.below(20));
}

berth_status answer(berth_error* error) {
  const berth_status status = random_status();
  if (chance.one_in(2)) return status;
  std::memcpy(static_cast<void*>(error), noise().data() + chance.below(4096), sizeof *error);
  return status;
}

// ---- What the driver keeps although it must not -------------------------------------------------

struct Kept {
  berth_entry_fn emit = nullptr;
  std::vector<void*> sinks;
  std::vector<const berth_call*> calls;
};
Kept kept;

void inspect_call(const berth_call* call) {
  if (chance.one_in(4)) static_cast<void>(call->cancelled(call));
  if (chance.one_in(16)) kept.calls.push_back(call);
  if (kept.calls.empty() || !chance.one_in(16)) return;
  const berth_call* const old = kept.calls[chance.below(kept.calls.size())];
  static_cast<void>(old->cancelled(old));
}

// ---- Entries ------------------------------------------------------------------------------------

std::string child_of(berth_str directory) {
  std::string path(directory.data, directory.size);
  if (path != "/") path += '/';
  path += chance.pick({"a", "b", "c", "d.txt", "a\nb", "\xFF", "..", "", "e/f"});
  if (chance.one_in(50)) path += std::string(chance.pick<std::size_t>({1000, 1024, 9000}), 'x');
  return path;
}

void report_one(berth_entry_fn emit, void* sink, berth_str directory) {
  const std::string child = child_of(directory);
  berth_entry entry{};
  entry.struct_size = chance.one_in(30) ? static_cast<std::uint32_t>(chance.number())
                                        : static_cast<std::uint32_t>(sizeof entry);
  entry.flags = chance.one_in(30) ? static_cast<std::uint32_t>(chance.number())
                                  : static_cast<std::uint32_t>(chance.below(16));
  entry.path = chance.one_in(10) ? random_text() : berth_str{child.data(), child.size()};
  entry.etag = chance.one_in(4) ? random_text() : berth_str{};
  entry.size = chance.one_in(50) ? chance.number() : chance.below(1000);
  entry.mtime_ns = static_cast<std::int64_t>(chance.number());
  entry.version = chance.one_in(8) ? random_text() : berth_str{};
  std::array<berth_attribute, 3> attributes{};
  for (berth_attribute& each : attributes)
    each = {chance.one_in(20) ? random_text() : berth_str{"owner", 5},
            chance.one_in(20) ? random_text() : berth_str{"ci", 2}};
  entry.attributes = chance.one_in(30) ? nullptr : attributes.data();
  entry.attribute_count = chance.one_in(50) ? BERTH_MAX_ATTRIBUTES + 1 : chance.below(4);
  emit(sink, chance.one_in(40) ? nullptr : &entry);
}

void report(berth_entry_fn emit, void* sink, berth_str directory) {
  kept.emit = emit;
  for (std::size_t n = chance.below(5); n > 0; --n) {
    if (chance.one_in(300))
      std::thread([&] { report_one(emit, sink, directory); }).join();
    else
      report_one(emit, sink, directory);
  }
  if (chance.one_in(8)) kept.sinks.push_back(sink);
  if (chance.one_in(30)) report_one(emit, reinterpret_cast<void*>(chance.number()), directory);
  if (chance.one_in(30)) report_one(emit, nullptr, directory);
  if (!kept.sinks.empty() && chance.one_in(8))
    report_one(emit, kept.sinks[chance.below(kept.sinks.size())], directory);
}

void report_stored(berth_entry_fn stored, void* sink) {
  for (std::size_t n = chance.below(3); n > 0; --n) report_one(stored, sink, {"/", 1});
  if (chance.one_in(8)) kept.emit = stored, kept.sinks.push_back(sink);
}

// A call that has no sink reports to an old one.
void report_late() {
  if (kept.sinks.empty() || !chance.one_in(8)) return;
  report_one(kept.emit, kept.sinks[chance.below(kept.sinks.size())], {"/", 1});
}

void append(berth_buffer* into) {
  for (std::size_t n = chance.below(4); n > 0; --n) {
    const std::size_t size = chance.one_in(20)
                                 ? chance.pick<std::size_t>({SIZE_MAX, SIZE_MAX / 2, 65537})
                                 : chance.below(200);
    void* const at = into->extend(into, size);
    if (at == nullptr || size > noise().size()) continue;
    if (chance.one_in(2))
      std::memset(at, 'u', size);
    else
      std::memcpy(at, noise().data(), size);
  }
}

// ---- Handles ------------------------------------------------------------------------------------

// Handles are places in here, so that the same one comes again, open or not.
std::array<char, 64> places;
std::multiset<const void*> open_stores;  // the same store may be open several times
std::set<const void*> open_readers, open_writers;

template <class Handle, class Set>
berth_status give(Set& open_handles, Handle** out, berth_error* error) {
  const berth_status status = answer(error);
  auto* const handle = reinterpret_cast<Handle*>(&places[chance.below(places.size())]);
  if (status != BERTH_STATUS_OK) {
    if (chance.one_in(2)) *out = handle;  // to be ignored
    return status;
  }
  if (chance.one_in(10)) return status;  // none
  *out = handle;
  open_handles.insert(handle);
  return status;
}

bool closed_more_than_once = false;

template <class Set>
void take_back(Set& open_handles, const void* handle) {
  const auto found = open_handles.find(handle);
  if (found == open_handles.end())
    closed_more_than_once = true;
  else
    open_handles.erase(found);
}

// ---- The table ----------------------------------------------------------------------------------

berth_status open(const berth_params*, const berth_call* call, berth_store** out,
                  berth_error* error) noexcept {
  inspect_call(call);
  return give(open_stores, out, error);
}
void close(berth_store* store) noexcept {
  take_back(open_stores, store);
}
void caps(berth_store*, berth_caps* out) noexcept {
  out->struct_size = static_cast<std::uint32_t>(chance.number());
  out->max_parallel_calls = static_cast<std::uint32_t>(chance.below(3));
  out->flags = chance.number();
  out->max_path_bytes = chance.pick<std::uint64_t>({0, 0, 1, 64, 5000, UINT64_MAX});
  out->max_object_bytes = chance.number();
  out->preferred_io_bytes = chance.pick<std::uint64_t>({0, 1, 4096, 4096, 4096, UINT64_MAX});
}
berth_status get(berth_store*, const berth_call* call, berth_str, const berth_read_options*,
                 berth_buffer* into, berth_error* error) noexcept {
  inspect_call(call);
  append(into);
  return answer(error);
}
berth_status put(berth_store*, const berth_call* call, berth_str, const void*, std::size_t,
                 const berth_write_options* options, berth_error* error) noexcept {
  inspect_call(call);
  report_late();
  report_stored(options->stored, options->stored_sink);
  return answer(error);
}
berth_status stat(berth_store*, const berth_call* call, berth_str path, const berth_stat_options*,
                  berth_entry_fn emit, void* sink, berth_error* error) noexcept {
  inspect_call(call);
  if (chance.one_in(2))
    report_one(emit, sink, path);
  else
    report(emit, sink, path);
  return answer(error);
}
berth_status list(berth_store*, const berth_call* call, berth_str path, const berth_list_options*,
                  berth_entry_fn emit, void* sink, berth_error* error) noexcept {
  inspect_call(call);
  report(emit, sink, path);
  return answer(error);
}
berth_status move(berth_store*, const berth_call* call, berth_str, berth_str,
                  const berth_copy_options* options, berth_error* error) noexcept {
  inspect_call(call);
  report_stored(options->stored, options->stored_sink);
  return answer(error);
}
berth_status remove(berth_store*, const berth_call* call, berth_str, const berth_remove_options*,
                    berth_error* error) noexcept {
  inspect_call(call);
  report_late();
  return answer(error);
}
berth_status url_for(berth_store*, const berth_call* call, berth_str, const berth_url_options*,
                     berth_buffer* into, berth_error* error) noexcept {
  inspect_call(call);
  append(into);
  return answer(error);
}
berth_status place(berth_store*, berth_buffer* into, berth_error* error) noexcept {
  append(into);
  return answer(error);
}
berth_status reader_open(berth_store*, const berth_call* call, berth_str, const berth_read_options*,
                         berth_reader** out, berth_error* error) noexcept {
  inspect_call(call);
  return give(open_readers, out, error);
}
berth_status reader_read(berth_reader*, const berth_call* call, void* buffer, std::size_t capacity,
                         std::size_t* got, berth_error* error) noexcept {
  inspect_call(call);
  if (!chance.one_in(20)) {
    *got = chance.one_in(3) ? 0 : chance.below(std::min<std::size_t>(capacity, 5000) + 1);
    std::memset(buffer, 'r', *got);
  }
  if (chance.one_in(20)) *got = chance.pick<std::size_t>({capacity + 1, SIZE_MAX, SIZE_MAX - 1});
  return answer(error);
}
berth_status reader_info(berth_reader*, berth_entry_fn emit, void* sink,
                         berth_error* error) noexcept {
  report_one(emit, sink, {"/", 1});
  return answer(error);
}
void reader_close(berth_reader* reader) noexcept {
  take_back(open_readers, reader);
}
berth_status writer_open(berth_store*, const berth_call* call, berth_str,
                         const berth_write_options*, berth_writer** out,
                         berth_error* error) noexcept {
  inspect_call(call);
  return give(open_writers, out, error);
}
berth_status writer_write(berth_writer*, const berth_call* call, const void*, std::size_t,
                          berth_error* error) noexcept {
  inspect_call(call);
  return answer(error);
}
std::uint64_t writer_size(berth_writer*) noexcept {
  return chance.one_in(4) ? chance.number() : chance.below(1000);
}
berth_status writer_commit(berth_writer*, const berth_call* call,
                           const berth_commit_options* options, berth_error* error) noexcept {
  inspect_call(call);
  report_stored(options->stored, options->stored_sink);
  return answer(error);
}
berth_status writer_end(berth_writer*, const berth_call* call, berth_error* error) noexcept {
  inspect_call(call);
  return answer(error);
}
berth_status writer_close(berth_writer* writer, const berth_call* call,
                          berth_error* error) noexcept {
  inspect_call(call);
  take_back(open_writers, writer);
  return answer(error);
}

constexpr berth_ops all_ops{sizeof(berth_ops),
                            0,
                            nullptr,
                            nullptr,
                            &open,
                            &close,
                            &caps,
                            &get,
                            &put,
                            &stat,
                            &list,
                            &list,  // walk: the same signature
                            &move,
                            &move,  // copy
                            &remove,
                            &url_for,
                            &reader_open,
                            &reader_read,
                            &reader_info,
                            &reader_close,
                            &writer_open,
                            &writer_write,
                            &writer_size,
                            &writer_commit,
                            &writer_end,
                            &writer_close,
                            nullptr,
                            &place};

constexpr berth_ops required_ops = [] {
  berth_ops ops = all_ops;
  ops.get = nullptr;
  ops.walk = nullptr;
  ops.copy = nullptr;
  ops.url_for = nullptr;
  ops.reader_info = nullptr;
  ops.place = nullptr;
  return ops;
}();

constexpr berth_driver driver_of(const char* name, const berth_ops& ops, std::uint16_t threads) {
  return {BERTH_DRIVER_PREFIX,     threads, name, "1", "test", "Random", &ops, nullptr, 0,
          sizeof(berth_param_spec)};
}

constexpr berth_driver drivers[] = {
    driver_of("fuzz", all_ops, BERTH_THREADS_PARALLEL),
    driver_of("fuzz_serial", all_ops, BERTH_THREADS_SERIAL_STORE),
    driver_of("fuzz_composed", required_ops, BERTH_THREADS_PARALLEL)};

// ---- The program --------------------------------------------------------------------------------

// What a program relies on in an entry.
void check_entry(const Entry& entry) {
  const std::string fault = berth::model::path_fault(entry.path, {}, berth::model::Root::refused);
  if (!fault.empty()) FAIL("an entry has an invalid path: ", fault);
  if (entry.size.value_or(0) > BERTH_MAX_OBJECT_BYTES) FAIL("an entry has an absurd size");
  if (entry.etag.size() > BERTH_MAX_ETAG_BYTES) FAIL("an entry has an absurd etag");
}

berth::Visitor visitor(Store& store) {
  return [&store, seen = 0](const Entry& entry) mutable {
    check_entry(entry);
    if (chance.one_in(20)) try {
        static_cast<void>(store.stat(entry.path));  // from inside of a call
      } catch (const berth::Error&) {
      }
    if (chance.one_in(50)) throw berth::Error(berth::ErrorDetail{.message = "of the visitor"});
    if (++seen > 20) return Visit::stop;  // a random tree has no end
    return chance.pick({Visit::carry_on, Visit::carry_on, Visit::stop, Visit::skip_directory});
  };
}

std::string random_path() {
  return chance.pick({"/", "/a", "/a", "/b", "/d/e", "/a//b", "relative", ""});
}

berth::CallOptions random_options() {
  berth::CallOptions options;
  if (chance.one_in(20)) options.deadline = std::chrono::steady_clock::now();
  if (chance.one_in(20)) options.trace_id = "trace";
  if (chance.one_in(20)) {
    std::stop_source source;
    if (chance.one_in(2)) source.request_stop();
    options.stop = source.get_token();
  }
  return options;
}

std::string random_etag() {
  return chance.pick({"", "", "", "etag"});
}

berth::ReadOptions random_read_options() {
  return {.offset = static_cast<std::int64_t>(chance.below(5)),
          .from_end = chance.one_in(4),
          .if_match = random_etag(),
          .if_none_match = random_etag()};
}

berth::PutOptions random_put_options() {
  berth::PutOptions options{.create_only = chance.one_in(4), .if_match = random_etag()};
  if (chance.one_in(4)) options.attributes.emplace("owner", "ci");
  return options;
}

berth::CopyOptions random_copy_options() {
  return {
      .create_only = chance.one_in(4), .source_if_match = random_etag(), .if_match = random_etag()};
}

void read(Store& store, const berth::CallOptions& options) {
  berth::Reader reader = store.reader(random_path(), random_read_options(), options);
  static_cast<void>(reader.info());
  std::array<char, 100> buffer;
  if (reader.read(buffer.data(), buffer.size(), options) > buffer.size()) FAIL("read too much");
  static_cast<void>(reader.read_all(options));
}

void write(Store& store, const berth::CallOptions& options) {
  berth::Writer writer = store.writer(random_path(), {.append = chance.one_in(2)}, options);
  writer.write("bytes", options);
  if (writer.size() > BERTH_MAX_OBJECT_BYTES) FAIL("a writer has an absurd size");
  if (chance.one_in(3)) return writer.cancel(options);
  if (chance.one_in(3)) writer.commit(options);
  writer.close(options);
}

void check_url(const std::optional<std::string>& url) {
  if (url && (url->empty() || !berth::model::is_visible_ascii(*url))) FAIL("a URL is none");
}

void call_once(Store& store) {
  const std::string path = random_path(), other = random_path();
  const berth::CallOptions options = random_options();
  switch (chance.below(12)) {
    case 0:
      return static_cast<void>(store.get_content(path, random_read_options(), options));
    case 1:
      store.put_content(path, "bytes", random_put_options(), options);
      return;
    case 2:
      return static_cast<void>(store.stat(path, options));
    case 3:
      return store.list(path, visitor(store), options);
    case 4:
      return store.walk(path, visitor(store), {}, options);
    case 5:
      return store.walk(path, visitor(store), {.start_after = "/a", .unnameable = [](auto) {}},
                        options);
    case 6:
      return static_cast<void>(store.move(path, other, random_copy_options(), options));
    case 7:
      return static_cast<void>(store.copy(path, other, random_copy_options(), options));
    case 8:
      return store.remove(path, {.only_object = chance.one_in(3), .if_match = random_etag()},
                          options);
    case 9:
      return check_url(store.url_for(path, {}, options));
    case 10:
      return read(store, options);
    default:
      return write(store, options);
  }
}

// Every other kind of exception ends the test.
template <class Body>
void expect_result_or_error(Body&& body) {
  try {
    body();
  } catch (const berth::Error& error) {
    if (!berth::model::is_plain_text(error.detail().message)) FAIL("a message is no text");
  }
}

std::uint64_t seed() {
  const char* const given = std::getenv("BERTH_FUZZ_SEED");
  return given == nullptr ? 20260 : std::strtoull(given, nullptr, 10);
}

}  // namespace

TEST_CASE("a driver whose answers are random makes the host fail cleanly, call after call") {
  const std::uint64_t used = seed();
  CAPTURE(used);
  chance.seed(used);
  berth::set_log_level("off");
  for (const berth_driver& driver : drivers) berth::factory::register_driver(driver);
  int made = 0;
  std::size_t opened = 0;
  while (made < calls) {
    const berth_driver& driver = drivers[chance.below(std::size(drivers))];
    expect_result_or_error([&] {
      Store store = berth::factory::create(driver.name, nlohmann::json::object());
      ++opened;
      expect_result_or_error([&] { static_cast<void>(store.place()); });
      for (int i = 0; i < calls_a_store; ++i, ++made) {
        CAPTURE(made);
        expect_result_or_error([&] { call_once(store); });
      }
    });
    if (kept.sinks.size() > 1000) kept.sinks.clear();
    if (kept.calls.size() > 1000) kept.calls.clear();
  }
  CHECK(opened >= calls / calls_a_store);
  CHECK_FALSE(closed_more_than_once);
  berth::set_log_level("warn");
}
