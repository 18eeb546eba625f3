// SPDX-License-Identifier: Apache-2.0
//
// A handler of SIGSEGV that compares the address with the mapping of the call pages. It makes only
// calls that are safe in a signal handler.
#include "cli/kept_call.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <ios>
#include <sstream>
#include <string>
#include <string_view>

#include <signal.h>
#include <unistd.h>

namespace berth::cli {
namespace {

constexpr std::string_view explanation =
    "the driver used a berth_call or berth_error after its call had returned\n";

// Read by the handler, written before it is installed.
std::uintptr_t first_byte = 0, end_of_pages = 0;
int text_fd = -1;

// The lines of the mapping in /proc/self/maps; its pages have different access rights.
void find_pages() {
  first_byte = UINTPTR_MAX;
  end_of_pages = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/memfd:berth-calls") == std::string::npos) continue;
    std::istringstream fields(line);
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    fields >> std::hex >> begin >> dash >> end;
    first_byte = std::min(first_byte, begin);
    end_of_pages = std::max(end_of_pages, end);
  }
}

// Returns to the instruction that failed, which now ends the process: SA_RESETHAND.
void on_fault(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (address < first_byte || address >= end_of_pages) return;
  [[maybe_unused]] const auto written = ::write(text_fd, explanation.data(), explanation.size());
}

}  // namespace

void explain_kept_calls(int fd) {
  find_pages();
  text_fd = fd;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace berth::cli
