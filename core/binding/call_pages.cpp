// SPDX-License-Identifier: Apache-2.0
//
// One mapping without access rights, of which each page gets them while a call uses it.
#include "binding/call_pages.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include "model/log.hpp"

namespace berth::binding {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::size_t page_bytes() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::byte* map_file(int fd, std::size_t size, int sharing) {
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) throw_errno("ftruncate of the call pages");
  void* const mapped = ::mmap(nullptr, size, PROT_NONE, sharing, fd, 0);
  if (mapped == MAP_FAILED) throw_errno("mmap of the call pages");
  return static_cast<std::byte*>(mapped);
}

// A file also for private memory, because it gives the mapping its name.
std::byte* map_private(std::size_t size) {
  const int fd = ::memfd_create("berth-calls", MFD_CLOEXEC);
  if (fd < 0) throw_errno("memfd_create for the call pages");
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } const closer{fd};
  return map_file(fd, size, MAP_PRIVATE);
}

int descriptor_of(std::string_view setting) {
  int fd = -1;
  if (!setting.starts_with("fd:")) return fd;
  setting.remove_prefix(3);
  std::from_chars(setting.data(), setting.data() + setting.size(), fd);
  return fd;
}

CallPages* from_environment() noexcept {
  const char* const setting = ::secure_getenv("BERTH_CALL_PAGES");
  if (setting == nullptr || *setting == '\0') return nullptr;
  try {
    return new CallPages(descriptor_of(setting));  // never freed: drivers may run until the end
  } catch (const std::exception& error) {
    model::log(model::LogLevel::warn, std::string("BERTH_CALL_PAGES is ignored: ") + error.what());
    return nullptr;
  }
}

}  // namespace

CallPages::CallPages(int fd) : page_bytes_(page_bytes()) {
  const std::size_t size = count * page_bytes_;
  pages_ = fd < 0 ? map_private(size) : map_file(fd, size, MAP_SHARED);
}

CallPages::~CallPages() {
  ::munmap(pages_, count * page_bytes_);
}

LentCall* CallPages::lend() noexcept {
  static_assert(sizeof(LentCall) <= 4096);
  for (std::size_t tries = 0; tries < count; ++tries) {
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed) % count;
    if (in_use_[index].exchange(true)) continue;
    std::byte* const page = pages_ + index * page_bytes_;
    if (::mprotect(page, page_bytes_, PROT_READ | PROT_WRITE) == 0)
      return new (page) LentCall;  // not initialised: what a driver gets, Call fills
    in_use_[index] = false;
    return nullptr;
  }
  return nullptr;
}

void CallPages::take_back(LentCall* lent) noexcept {
  auto* const page = reinterpret_cast<std::byte*>(lent);
  lent->doing[0] = '\0';
  ::mprotect(page, page_bytes_, PROT_NONE);
  in_use_[static_cast<std::size_t>(page - pages_) / page_bytes_] = false;
}

CallPages* call_pages() noexcept {
  static CallPages* const pages = from_environment();
  return pages;
}

PageLoan::PageLoan() noexcept : page_(call_pages() == nullptr ? nullptr : call_pages()->lend()) {
  if (page_ != nullptr) page_->doing[0] = '\0';
}

PageLoan::~PageLoan() {
  if (page_ != nullptr) call_pages()->take_back(page_);
}

void PageLoan::describe(const model::TracedCall& call) noexcept {
  if (page_ == nullptr) return;
  const auto bytes = [](std::string_view text) {
    return static_cast<int>(std::min<std::size_t>(text.size(), 1024));
  };
  std::snprintf(page_->doing.data(), page_->doing.size(),
                call.second_path.empty() ? "%.*s of \"%.*s\"" : "%.*s of \"%.*s\" to \"%.*s\"",
                bytes(call.operation), call.operation.data(), bytes(call.path), call.path.data(),
                bytes(call.second_path), call.second_path.data());
}

}  // namespace berth::binding
