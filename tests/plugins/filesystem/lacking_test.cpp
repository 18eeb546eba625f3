// SPDX-License-Identifier: Apache-2.0
//
// File systems that end a copy early, or have no exclusive renames, hard links or locks.
#include <cerrno>
#include <string>

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "mount.hpp"
#include "system_calls.hpp"

using namespace berth::test;
namespace fs = std::filesystem;

namespace {

constexpr CallRule no_exclusive_rename{SYS_renameat2, EINVAL};
constexpr CallRule no_hard_links{SYS_linkat, EPERM};
constexpr CallRule no_locks{SYS_flock, ENOLCK};
constexpr CallRule no_copy_by_kernel{SYS_copy_file_range, EOPNOTSUPP};

berth_status create(berth::sdk::Driver& store, const char* path, const char* bytes) {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  return status_of([&] { put(store, path, bytes, options); });
}

// The length of the last step of the copy; the first one is 64 MiB.
constexpr std::uint32_t last_step = 4096;
constexpr std::uint64_t large = (64 << 20) + last_step;
constexpr CallRule ends_early{SYS_copy_file_range, 0, last_step};

struct Large : Disk {
  Large() {
    store = open({{"fsync", "false"}});
    put(*store, "/large", "begin");
    fs::resize_file(root + "/large", large - 3);
    std::ofstream(root + "/large", std::ios::app) << "end";
  }

  bool is_whole(const std::string& path) const {
    std::ifstream file(root + path, std::ios::binary);
    std::string begin(5, '\0');
    std::string end(3, '\0');
    file.read(begin.data(), 5).seekg(-3, std::ios::end).read(end.data(), 3);
    return begin == "begin" && end == "end" && fs::file_size(root + path) == large;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Large, "a copy that the kernel ends early is completed by read and write") {
  CHECK(with_rules({ends_early}, [&] {
          return status_of([&] { store->copy("/large", "/copy", {}, FakeCall()); });
        }) == BERTH_STATUS_OK);
  CHECK(is_whole("/copy"));
}

TEST_CASE_FIXTURE(Large, "a move to another disk removes the source after a complete copy") {
  const Mount other("tmpfs", root + "/m", "size=80m");
  CHECK(with_rules({ends_early}, [&] {
          return status_of([&] { move(*store, "/large", "/m/moved"); });
        }) == BERTH_STATUS_OK);
  CHECK(is_whole("/m/moved"));
  CHECK_FALSE(fs::exists(root + "/large"));
}

TEST_CASE_FIXTURE(Disk, "read and write copy a file, whatever error copy_file_range returns") {
  put(*store, "/f", "content");
  for (const std::uint32_t error : {0, EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, EBADF, ETXTBSY}) {
    CAPTURE(error);
    CHECK(with_rules({{SYS_copy_file_range, error}}, [&] {
            return status_of([&] { store->copy("/f", "/copy", {}, FakeCall()); });
          }) == BERTH_STATUS_OK);
    CHECK(on_disk("/copy") == "content");
    remove(*store, "/copy");
  }
}

TEST_CASE_FIXTURE(Disk,
                  "a copy or move whose source has become shorter fails and keeps the source") {
  put(*store, "/f", "content");
  const Mount other("tmpfs", root + "/m", "size=1m");
  const CallRule no_bytes{SYS_pread64, 0};
  CHECK(with_rules({no_copy_by_kernel, no_bytes}, [&] {
          return status_of([&] { store->copy("/f", "/copy", {}, FakeCall()); });
        }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(with_rules({no_copy_by_kernel, no_bytes}, [&] {
          return status_of([&] { move(*store, "/f", "/m/f"); });
        }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "content");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/f", "/m/"});
}

TEST_CASE_FIXTURE(Disk, "get and read fail if the file has become shorter") {
  put(*store, "/f", "content");
  CHECK(with_rules({{SYS_pread64, 0}}, [&] { return status_of([&] { get(*store, "/f"); }); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(with_rules({{SYS_pread64, 0}}, [&] { return status_of([&] { read(*store, "/f"); }); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE_FIXTURE(Disk, "a write that accepts no bytes is an error") {
  put(*store, "/f", "old");
  CHECK(with_rules({{SYS_pwrite64, 0}}, [&] {
          return status_of([&] { put(*store, "/f", "new"); });
        }) == BERTH_STATUS_IO);
  CHECK(get(*store, "/f") == "old");
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Disk, "create_only works without exclusive renames and without hard links") {
  for (const char* fsync : {"true", "false"}) {
    CAPTURE(fsync);
    store = open({{"fsync", fsync}});
    for (const auto& rules :
         {std::vector{no_exclusive_rename}, std::vector{no_exclusive_rename, no_hard_links},
          std::vector{CallRule{SYS_renameat2, EPERM}, no_hard_links}}) {
      CHECK(with_rules(rules, [&] {
              const bool created = create(*store, "/f", "1") == BERTH_STATUS_OK;
              return created ? create(*store, "/f", "2") : BERTH_STATUS_OK;
            }) == BERTH_STATUS_ALREADY_EXISTS);
      CHECK(get(*store, "/f") == "1");
      CHECK(everything().size() == 1);
      remove(*store, "/f");
    }
  }
}

TEST_CASE_FIXTURE(Disk, "create_only is refused where the file system does not support it") {
  put(*store, "/there", "1");
  CHECK(with_rules({no_exclusive_rename, no_hard_links, no_locks},
                   [&] { return create(*store, "/f", "1"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Disk, "a file system without locks is used without them") {
  CHECK(with_rules({no_locks}, [&] {
          put(*store, "/f", "1");
          commit(*writer(*store, "/g"));
          commit(*appender(*store, "/f"));
          return status_of([&] { move(*store, "/f", "/h"); });
        }) == BERTH_STATUS_OK);
  CHECK(walk(*store, "/") == std::vector<std::string>{"/g", "/h"});
}
