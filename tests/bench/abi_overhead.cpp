// SPDX-License-Identifier: Apache-2.0
//
// What the host adds to a call: the time of one stat through Store, of the same call directly
// through the driver's table, and of the path check. Prints one JSON object, in nanoseconds.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <berth/driver.h>
#include <berth/factory.hpp>

#include "model/path.hpp"

namespace {

constexpr int rounds = 3000;
constexpr int calls_a_round = 500;
constexpr std::string_view path = "/docker/registry/v2/blobs/data";

char handle;

berth_status open(const berth_params*, const berth_call*, berth_store** out,
                  berth_error*) noexcept {
  *out = reinterpret_cast<berth_store*>(&handle);
  return BERTH_STATUS_OK;
}
void close(berth_store*) noexcept {}
void caps(berth_store*, berth_caps*) noexcept {}

berth_status stat(berth_store*, const berth_call*, berth_str name, const berth_stat_options*,
                  berth_entry_fn emit, void* sink, berth_error*) noexcept {
  const berth_entry entry{sizeof entry, BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_MTIME, name, {}, 7,
                          1000};
  emit(sink, &entry);
  return BERTH_STATUS_OK;
}

// The other required functions, which are not called.
berth_status put(berth_store*, const berth_call*, berth_str, const void*, std::size_t,
                 const berth_write_options*, berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status list(berth_store*, const berth_call*, berth_str, const berth_list_options*,
                  berth_entry_fn, void*, berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status move(berth_store*, const berth_call*, berth_str, berth_str, const berth_copy_options*,
                  berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status remove(berth_store*, const berth_call*, berth_str, const berth_remove_options*,
                    berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status reader_open(berth_store*, const berth_call*, berth_str, const berth_read_options*,
                         berth_reader**, berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status reader_read(berth_reader*, const berth_call*, void*, std::size_t, std::size_t*,
                         berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
void reader_close(berth_reader*) noexcept {}
berth_status writer_open(berth_store*, const berth_call*, berth_str, const berth_write_options*,
                         berth_writer**, berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status writer_write(berth_writer*, const berth_call*, const void*, std::size_t,
                          berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
std::uint64_t writer_size(berth_writer*) noexcept {
  return 0;
}
berth_status writer_commit(berth_writer*, const berth_call*, const berth_commit_options*,
                           berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}
berth_status writer_end(berth_writer*, const berth_call*, berth_error*) noexcept {
  return BERTH_STATUS_UNKNOWN;
}

constexpr berth_ops ops{sizeof(berth_ops),
                        0,
                        nullptr,
                        nullptr,
                        &open,
                        &close,
                        &caps,
                        nullptr,
                        &put,
                        &stat,
                        &list,
                        nullptr,
                        &move,
                        nullptr,
                        &remove,
                        nullptr,
                        &reader_open,
                        &reader_read,
                        nullptr,
                        &reader_close,
                        &writer_open,
                        &writer_write,
                        &writer_size,
                        &writer_commit,
                        &writer_end,
                        &writer_end,
                        nullptr};
constexpr berth_driver driver{BERTH_DRIVER_PREFIX,
                              BERTH_THREADS_PARALLEL,
                              "nothing",
                              "1",
                              "test",
                              "Does nothing.",
                              &ops,
                              nullptr,
                              0,
                              0};

// The best round, so that other load on the machine matters little.
template <class Body>
double nanoseconds_a_call(Body&& body) {
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < calls_a_round; ++i) body();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
    best = std::min(best, time.count() / calls_a_round);
  }
  return best;
}

// The cost of the result alone: a FileInfo with its strings.
std::int32_t keep(void* sink, const berth_entry* entry) noexcept {
  auto& info = *static_cast<berth::FileInfo*>(sink);
  info.path.assign(entry->path.data, entry->path.size);
  info.size = entry->size;
  info.modified = berth::Time(std::chrono::nanoseconds(entry->mtime_ns));
  return BERTH_VISIT_CONTINUE;
}

double through_table() {
  volatile const berth_ops* table = &ops;
  const auto function = table->stat;
  return nanoseconds_a_call([&] {
    berth_call call{};
    berth_error error;
    berth::FileInfo info;
    constexpr berth_stat_options options{sizeof(berth_stat_options), 0};
    function(reinterpret_cast<berth_store*>(&handle), &call, {path.data(), path.size()}, &options,
             &keep, &info, &error);
    asm volatile("" : : "r"(&info) : "memory");
  });
}

double through_store() {
  berth::factory::register_driver(driver);
  berth::Store store = berth::factory::create("nothing", nlohmann::json::object());
  return nanoseconds_a_call([&] {
    const berth::FileInfo info = store.stat(path);
    asm volatile("" : : "r"(&info) : "memory");
  });
}

double path_check() {
  return nanoseconds_a_call([] {
    const std::string fault = berth::model::path_fault(path, {}, berth::model::Root::allowed);
    asm volatile("" : : "r"(&fault) : "memory");
  });
}

}  // namespace

int main() {
  const double table = through_table();
  const double store = through_store();
  const double grammar = path_check();
  std::printf(
      "{\"operation\": \"stat\", \"path_bytes\": %zu, \"table_ns\": %.1f, \"store_ns\": %.1f, "
      "\"added_ns\": %.1f, \"of_it_path_check_ns\": %.1f}\n",
      path.size(), table, store, store - table, grammar);
}
