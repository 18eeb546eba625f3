// SPDX-License-Identifier: Apache-2.0
//
// Local files as streams. Only regular files are opened, and never in a way that could block; what
// is written appears by rename.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <sys/stat.h>

#include "cli/file_tree.hpp"

namespace berth::cli {

// The error of a system call as Store's errors are: "local: read /x: Permission denied".
[[noreturn]] void throw_local(const char* operation, const std::string& path, int error);
[[noreturn]] void throw_local(const char* operation, const std::string& path, std::string reason);

// What kind of thing stands in the way of reading ("is a pipe"); empty: a regular file or a
// directory.
std::string special_kind(mode_t mode);

// nullopt: more nanoseconds from 1970 than a Time can hold, such as in the year 2400.
std::optional<Time> time_of(const timespec& time);

std::unique_ptr<Source> open_local_source(const std::string& path, std::int64_t offset,
                                          std::optional<std::uint64_t> length,
                                          std::stop_token stop);

// REQUIRES: its folder exists.
std::unique_ptr<Sink> open_local_sink(const std::string& path, const SinkOptions& options,
                                      std::stop_token stop);

}  // namespace berth::cli
