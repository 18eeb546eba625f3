// SPDX-License-Identifier: Apache-2.0
//
// Whether two files of different trees are the same, as berth sync decides it.
#pragma once

#include <berth/file_info.hpp>

#include "cli/file_tree.hpp"

namespace berth::cli {

enum class Comparison {
  automatic,  // by size, then by the first evidence that is at hand: time, MD5, content
  content,    // by size and content
  size_only,
};

// automatic: files of one size are the same when both sides know the modification time at the
// origin and it is equal, or when an MD5 that a service reported proves it. Unequal times mean
// different files unless an MD5 proves the opposite. Where no time is known, both are read. The
// time at which a service stored an object is never compared.
// Throws ChangedError when a file changed while it was read. [any]
bool are_same(FileTree& left, const FileInfo& left_file, FileTree& right,
              const FileInfo& right_file, Comparison comparison);

}  // namespace berth::cli
