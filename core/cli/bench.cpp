// SPDX-License-Identifier: Apache-2.0
//
// berth bench: how fast a store is from here. Makes its own objects below /bench and /bench-large,
// which must not be there before, and removes them.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/usage_error.hpp"
#include "cli/work_queue.hpp"

namespace berth::cli {
namespace {

constexpr std::array<const char*, 8> all_workloads{
    "put-small", "get-small", "stat", "list", "walk", "write-large", "read-large", "delete"};
constexpr const char* small_root = "/bench";
constexpr const char* large_root = "/bench-large";
constexpr const char* large_path = "/bench-large/blob";
constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20U;
constexpr unsigned folder_count = 16;

struct BenchOptions {
  std::string store;
  unsigned small = 1000;
  std::string size = "4KiB", large = "64MiB";
  unsigned threads = 8;
  std::string only;
};

struct Measured {
  std::string workload;
  std::uint64_t ops = 0, bytes = 0;
  double seconds = 0, cpu_seconds = 0, max_rss_mib = 0;
};

// User and system time of this process.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Makes the kernel forget the peak, so that each workload has its own.
void reset_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// Bytes that do not compress; xorshift, for they need not be good.
void fill_with_noise(char* bytes, std::uint64_t size) {
  std::uint64_t state = 0x9E3779B97F4A7C15U;
  for (std::uint64_t i = 0; i < size; ++i) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    bytes[i] = static_cast<char>(state >> 32U);
  }
}

std::string noise(std::uint64_t size) {
  std::string bytes(size, '\0');
  fill_with_noise(bytes.data(), size);
  return bytes;
}

std::string folder_of(unsigned folder) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%s/%02x", small_root, folder % folder_count);
  return text.data();
}

std::string small_path(unsigned number) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s/%02x/object-%07u", small_root, number % folder_count,
                number);
  return text.data();
}

// Memory for one piece, at the start of a page as the buffers of dd and of most programs are: the
// kernel copies from and to it a quarter faster than where a std::string happens to lie.
class Piece {
 public:
  Piece() : bytes_(static_cast<char*>(::operator new(piece_bytes, page_bytes))) {}
  ~Piece() { ::operator delete(bytes_, page_bytes); }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  char* data() noexcept { return bytes_; }
  std::string_view first(std::uint64_t size) const noexcept { return {bytes_, size}; }

 private:
  static constexpr std::align_val_t page_bytes{4096};
  char* const bytes_;
};

std::uint64_t size_option(const std::string& text) {
  const auto size = parse_size(text);
  if (!size) throw UsageError("\"" + text + "\" is no size; write it like 4096, 4KiB or 64MiB");
  return *size;
}

class Bench {
 public:
  Bench(Session& session, const BenchOptions& options, Store store)
      : session_(session),
        options_(options),
        store_(std::move(store)),
        size_(size_option(options.size)),
        large_(size_option(options.large)),
        content_(noise(size_)) {
    fill_with_noise(piece_.data(), piece_bytes);
    require_absent(small_root);
    require_absent(large_root);
  }
  ~Bench() {
    remove_quietly(small_root);
    remove_quietly(large_root);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void run(const std::function<void(const Measured&)>& report) {
    for (const char* workload : all_workloads) {
      if (!options_.only.empty() && options_.only != workload) continue;
      prepare(workload);
      report(measure(workload));
    }
  }

 private:
  struct Amount {
    std::uint64_t ops = 0, bytes = 0;
  };

  void require_absent(const std::string& path) {
    try {
      static_cast<void>(store_.stat(path, session_.call()));
    } catch (const PathNotFoundError&) {
      return;
    }
    throw UsageError(path +
                     " is there already; the measurement would overwrite and remove it. If "
                     "it is left from an earlier one: berth rm -r " +
                     store_.name() + ":" + path);
  }

  void remove_quietly(const std::string& path) noexcept {
    try {
      store_.remove(path);
    } catch (const std::exception&) {  // not there, or already reported by the workload
    }
  }

  // What a workload reads must be there also when its maker was not asked for.
  void prepare(const std::string& workload) {
    const bool large = workload == "read-large";
    const bool small = !large && workload != "put-small" && workload != "write-large";
    if (large && !large_there_) write_large();
    if (small && !small_there_) put_small();
  }

  Measured measure(const std::string& workload) {
    reset_peak_memory();
    const auto cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    const auto amount = perform(workload);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    return {workload,       amount.ops,          amount.bytes,
            passed.count(), cpu_seconds() - cpu, peak_memory_mib()};
  }

  Amount perform(const std::string& workload) {
    if (workload == "put-small") return put_small();
    if (workload == "get-small") return get_small();
    if (workload == "stat") return stat();
    if (workload == "list") return list();
    if (workload == "walk") return walk();
    if (workload == "write-large") return write_large();
    if (workload == "read-large") return read_large();
    return remove();
  }

  // Each thread takes the next number until none is left.
  void in_parallel(unsigned count, const std::function<void(unsigned)>& work) {
    std::atomic<unsigned> next{0};
    WorkQueue<unsigned> queue(options_.threads, [&](unsigned&) {
      for (unsigned i = next++; i < count; i = next++) work(i);
    });
    for (unsigned thread = 0; thread < options_.threads; ++thread) queue.add(thread);
    queue.finish();
  }

  Amount put_small() {
    in_parallel(options_.small, [this](unsigned i) {
      store_.put_content(small_path(i), content_, {}, session_.call());
    });
    small_there_ = true;
    return {options_.small, options_.small * size_};
  }

  Amount get_small() {
    std::atomic<std::uint64_t> bytes{0};
    in_parallel(options_.small, [&](unsigned i) {
      bytes += store_.get_content(small_path(i), session_.call()).size();
    });
    return {options_.small, bytes};
  }

  Amount stat() {
    in_parallel(options_.small, [this](unsigned i) {
      static_cast<void>(store_.stat(small_path(i), session_.call()));
    });
    return {options_.small, 0};
  }

  Amount list() {
    std::atomic<std::uint64_t> entries{0};
    in_parallel(std::min(folder_count, options_.small), [&](unsigned i) {
      const auto count = [&entries](const Entry&) { return ++entries, Visit::carry_on; };
      store_.list(folder_of(i), count, session_.call());
    });
    return {entries, 0};
  }

  Amount walk() {
    std::uint64_t files = 0;
    const auto count = [&files](const Entry& entry) {
      files += entry.is_directory ? 0 : 1;
      return Visit::carry_on;
    };
    store_.walk(small_root, count, {}, session_.call());
    return {files, 0};
  }

  Amount write_large() {
    auto writer = store_.writer(large_path, {.size_hint = large_}, session_.call());
    try {
      for (std::uint64_t done = 0; done < large_; done += piece_bytes) {
        const auto size = std::min(piece_bytes, large_ - done);
        writer.write(piece_.first(size), session_.call());
      }
      writer.commit(session_.call());
    } catch (...) {
      give_up(writer);
      throw;
    }
    large_there_ = true;
    return {1, large_};
  }

  static void give_up(Writer& writer) {
    try {
      writer.cancel();
    } catch (const Error&) {  // what went wrong before is the failure
    }
  }

  Amount read_large() {
    auto reader = store_.reader(large_path, 0, std::nullopt, session_.call());
    std::uint64_t bytes = 0;
    while (const auto got = reader.read(piece_.data(), piece_bytes, session_.call())) bytes += got;
    return {1, bytes};
  }

  Amount remove() {
    in_parallel(options_.small,
                [this](unsigned i) { store_.remove(small_path(i), session_.call()); });
    small_there_ = false;
    return {options_.small, 0};
  }

  Session& session_;
  const BenchOptions& options_;
  Store store_;
  std::uint64_t size_, large_;
  const std::string content_;
  Piece piece_;  // to write, and to read into
  bool small_there_ = false, large_there_ = false;
};

std::string fixed(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::vector<std::string> row(const Measured& m) {
  const auto seconds = std::max(m.seconds, 1e-9);
  const auto rate = m.bytes == 0 ? "-" : fixed(static_cast<double>(m.bytes) / 1048576 / seconds, 1);
  return {m.workload,
          std::to_string(m.ops),
          human_size(m.bytes),
          fixed(m.seconds, 3),
          fixed(static_cast<double>(m.ops) / seconds, 0),
          rate,
          fixed(m.cpu_seconds, 3),
          fixed(m.max_rss_mib, 1)};
}

int bench(Session& session, const BenchOptions& options) {
  auto store = session.open(parse_whole_store(options.store));
  Table table({"WORKLOAD", "OPS", "BYTES", "SECONDS", "OPS/S", "MIB/S", "CPU S", "PEAK MIB"});
  Bench(session, options, std::move(store)).run([&](const Measured& m) {
    if (!session.globals.json) return table.row(row(m));
    session.out.json({{"workload", m.workload},
                      {"ops", m.ops},
                      {"bytes", m.bytes},
                      {"seconds", m.seconds},
                      {"cpu_seconds", m.cpu_seconds},
                      {"max_rss_mib", m.max_rss_mib}});
    session.out.flush();
  });
  if (!session.globals.json) session.out.write(table.text());
  return 0;
}

}  // namespace

void add_bench(Command& root, Session& session) {
  Command command = root.add_command("bench", "Measure a store");
  auto options = std::make_shared<BenchOptions>();
  command.add("STORE", options->store, "Store name in the config").required();
  command.add("--small", options->small, "Number of small files").show_default().within(1, 9999999);
  command.add("--size", options->size, "Size of a small file").show_default();
  command.add("--large", options->large, "Size of the large file").show_default();
  command.add("--threads", options->threads, "Threads for the small files")
      .show_default()
      .within(1, 1024);
  command.add("--only", options->only, "Run only this workload")
      .one_of({all_workloads.begin(), all_workloads.end()});
  command.footer(
      "Small files are /bench/XX/object-NNNNNNN in 16 folders; list and walk count entries. The\n"
      "large one is /bench-large/blob, in pieces of 1 MiB. Everything is removed at the end.");
  command.action([&session, options] { return bench(session, *options); });
}

}  // namespace berth::cli
