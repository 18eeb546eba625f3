// SPDX-License-Identifier: Apache-2.0
//
// The attributes that a program gives: checked before a driver sees them, so that every driver
// accepts and refuses the same.
#pragma once

#include <cstddef>
#include <string>

#include <berth/file_info.hpp>

namespace berth::model {

inline constexpr std::size_t max_attribute_name_bytes = 128;
inline constexpr std::size_t max_attribute_bytes = 8 * 1024;  // of all names and values

// What is wrong with the attributes, as a sentence without its end; empty: nothing.
std::string attribute_fault(const Attributes& attributes);

}  // namespace berth::model
