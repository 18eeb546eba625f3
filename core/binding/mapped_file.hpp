// SPDX-License-Identifier: Apache-2.0
//
// Which file the loader mapped, asked of the kernel and of the mapped bytes.
#pragma once

#include <link.h>

namespace berth::binding {

// Whether an object that the loader mapped is the file behind fd: the kernel says so in
// /proc/self/maps, or, as it names another device there on some file systems (overlayfs, btrfs),
// the object's constant segments have the bytes of the file.
bool is_mapped_from(const link_map& object, int fd);

}  // namespace berth::binding
