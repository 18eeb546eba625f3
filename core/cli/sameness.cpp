// SPDX-License-Identifier: Apache-2.0
//
// An equal MD5 proves equal content. An unequal one proves nothing, since the ETag of an encrypted
// object looks like an MD5 and is none.
#include "cli/sameness.hpp"

#include <array>
#include <memory>
#include <string>

#include <md5.h>

#include "cli/merge.hpp"

namespace berth::cli {
namespace {

std::string md5_of_content(FileTree& files, const std::string& path) {
  const auto source = files.read(path);
  const auto size = files.io_bytes();
  const auto buffer = std::make_unique<char[]>(size);
  MD5_CTX context;
  MD5Init(&context);
  for (;;) {
    const auto got = fill(*source, buffer.get(), size);
    MD5Update(&context, reinterpret_cast<const std::uint8_t*>(buffer.get()), got);
    if (got < size) break;
  }
  source->check_complete();
  std::array<char, MD5_DIGEST_STRING_LENGTH> digits{};
  return MD5End(&context, digits.data());
}

// Local files are read for it, which costs no request.
bool md5_proves_same(FileTree& left, const FileInfo& left_file, FileTree& right,
                     const FileInfo& right_file) {
  auto a = left.known_md5(left_file), b = right.known_md5(right_file);
  if (a.empty() && b.empty()) return false;
  if (a.empty() && left.store() == nullptr) a = md5_of_content(left, left_file.path);
  if (b.empty() && right.store() == nullptr) b = md5_of_content(right, right_file.path);
  return a == b;
}

bool are_same_by_evidence(FileTree& left, const FileInfo& left_file, FileTree& right,
                          const FileInfo& right_file) {
  const auto a = left.source_time(left_file);
  const auto b = a ? right.source_time(right_file) : std::nullopt;
  const bool times_known = a && b;
  if (times_known && *a == *b) return true;
  if (md5_proves_same(left, left_file, right, right_file)) return true;
  return !times_known && same_content(left, left_file.path, right, right_file.path);
}

}  // namespace

bool are_same(FileTree& left, const FileInfo& left_file, FileTree& right,
              const FileInfo& right_file, Comparison comparison) {
  if (left_file.size != right_file.size) return false;
  switch (comparison) {
    case Comparison::size_only:
      return true;
    case Comparison::content:
      return same_content(left, left_file.path, right, right_file.path);
    case Comparison::automatic:
      break;
  }
  return are_same_by_evidence(left, left_file, right, right_file);
}

}  // namespace berth::cli
