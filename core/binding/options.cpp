// SPDX-License-Identifier: Apache-2.0
//
// Strings of options go to the driver as they are: each ends in a NUL, as a std::string does.
#include "binding/options.hpp"

namespace berth::binding {
namespace {

std::uint32_t flag_if(bool set, std::uint32_t flag) {
  return set ? flag : 0;
}

// Never a null pointer: a driver may compare it as a C string.
berth_str text(const std::string& string) {
  return {string.c_str(), string.size()};
}

}  // namespace

RawAttributes::RawAttributes(const Attributes& attributes) {
  rows_.reserve(attributes.size());
  for (const auto& [name, value] : attributes) rows_.push_back({text(name), text(value)});
}

berth_read_options to_raw(const ReadOptions& options) noexcept {
  berth_read_options raw{};
  raw.struct_size = sizeof raw;
  raw.flags = flag_if(options.from_end, BERTH_READ_FROM_END);
  raw.offset = options.offset;
  raw.length = options.length.value_or(UINT64_MAX);
  raw.if_match = text(options.if_match);
  raw.if_none_match = text(options.if_none_match);
  return raw;
}

berth_write_options to_raw(const PutOptions& options, const RawAttributes& attributes,
                           std::uint64_t size) noexcept {
  berth_write_options raw{};
  raw.struct_size = sizeof raw;
  raw.flags = flag_if(options.create_only, BERTH_WRITE_CREATE_ONLY);
  raw.size_hint = size;
  raw.if_match = text(options.if_match);
  raw.attributes = attributes.data();
  raw.attribute_count = attributes.size();
  return raw;
}

berth_write_options to_raw(const WriterOptions& options, const RawAttributes& attributes) noexcept {
  berth_write_options raw{};
  raw.struct_size = sizeof raw;
  raw.flags = flag_if(options.append, BERTH_WRITE_APPEND) |
              flag_if(options.create_only, BERTH_WRITE_CREATE_ONLY);
  raw.size_hint = options.size_hint.value_or(UINT64_MAX);
  raw.if_match = text(options.if_match);
  raw.attributes = attributes.data();
  raw.attribute_count = attributes.size();
  return raw;
}

berth_copy_options to_raw(const CopyOptions& options) noexcept {
  berth_copy_options raw{};
  raw.struct_size = sizeof raw;
  raw.flags = flag_if(options.create_only, BERTH_COPY_CREATE_ONLY);
  raw.source_if_match = text(options.source_if_match);
  raw.if_match = text(options.if_match);
  return raw;
}

berth_remove_options to_raw(const RemoveOptions& options) noexcept {
  berth_remove_options raw{};
  raw.struct_size = sizeof raw;
  raw.flags = flag_if(options.only_object, BERTH_REMOVE_ONLY_OBJECT);
  raw.if_match = text(options.if_match);
  return raw;
}

}  // namespace berth::binding
