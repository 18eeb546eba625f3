// SPDX-License-Identifier: Apache-2.0
//
// Moving the bytes of one file, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cli/file_tree.hpp"

namespace berth::cli {

using Moved = std::function<void(std::uint64_t bytes)>;  // called after each piece

// From source to sink, without commit; returns the bytes. Throws ChangedError when the source
// changed meanwhile.
std::uint64_t pump(Source& source, Sink& sink, std::size_t io_bytes, const Moved& moved = {});

using OpenSource = std::function<std::unique_ptr<Source>()>;

// The whole of a source to a file that appears at once, with the source's modification time where
// that can be kept. What fits into one piece is put in one call. A source that changes while it is
// read is opened and read a second time; if it changes again, ChangedError is thrown and the
// destination is as before. Returns the bytes.
std::uint64_t deliver(const OpenSource& open, FileTree& to, const std::string& path,
                      const SinkOptions& options, const Moved& moved = {});

// Whether a descriptor can be read within so many milliseconds.
bool readable(int fd, int timeout_ms);

bool is_directory(const std::string& local_path);

}  // namespace berth::cli
