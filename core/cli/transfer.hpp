// SPDX-License-Identifier: Apache-2.0
//
// Moving the bytes of one file, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "cli/side.hpp"

namespace berth::cli {

using Moved = std::function<void(std::uint64_t bytes)>;  // called after each piece

// From source to sink, without commit; returns the bytes.
std::uint64_t pump(Source& source, Sink& sink, std::size_t io_bytes, const Moved& moved = {});

// The whole of source to a file that appears at once. What fits into one piece is put in one call.
std::uint64_t deliver(Source& source, Side& to, const std::string& path, const SinkOptions& options,
                      const Moved& moved = {});

// Whether a descriptor can be read within so many milliseconds.
bool readable(int fd, int timeout_ms);

bool is_directory(const std::string& local_path);

}  // namespace berth::cli
