// SPDX-License-Identifier: Apache-2.0
//
// Which options a call may have: those whose capability the store has, in combinations that make
// sense. Checked before the driver is called, so that nothing is done when an option is refused.
#include <string>
#include <string_view>

#include "binding/open_store.hpp"
#include "binding/open_store_options.hpp"
#include "model/attributes.hpp"

namespace berth::binding {

void OpenStore::need(bool set, std::uint64_t capability, const CallContext& context,
                     const char* option) const {
  if (set && !has(capability))
    throw_failure(context, BERTH_STATUS_UNSUPPORTED_METHOD,
                  std::string("this store does not support the option ") + option);
}

void OpenStore::check_attributes(const CallContext& context, const Attributes& attributes) const {
  if (attributes.empty()) return;
  if (const std::string fault = model::attribute_fault(attributes); !fault.empty())
    refuse(context.operation, context.path, fault);
  // Drivers that do not declare ATTRIBUTES yet store the content type where the service can.
  if (attributes.size() == 1 && attributes.contains("content-type")) return;
  need(true, BERTH_CAP_ATTRIBUTES, context, "attributes");
}

void OpenStore::check_options(const CallContext& context, const PutOptions& put) const {
  if (put.create_only && !put.if_match.empty())
    refuse(context.operation, context.path,
           "create_only and if_match exclude each other; give one of them");
  need(!put.if_match.empty(), BERTH_CAP_IF_MATCH, context, "if_match");
  check_attributes(context, put.attributes);
}

void OpenStore::check_options(const CallContext& context, const WriterOptions& writer) const {
  if (writer.append && writer.create_only)
    refuse(context.operation, context.path,
           "append and create_only exclude each other; give one of them");
  check_options(context, PutOptions{.create_only = writer.create_only,
                                    .if_match = writer.if_match,
                                    .attributes = writer.attributes});
}

void OpenStore::check_options(const CallContext& context, const CopyOptions& copy) const {
  if (copy.create_only && !copy.if_match.empty())
    refuse(context.operation, context.path,
           "create_only and if_match exclude each other; give one of them");
  need(copy.create_only, BERTH_CAP_COPY_CREATE_ONLY, context, "create_only");
  need(!copy.source_if_match.empty(), BERTH_CAP_COPY_SOURCE_IF_MATCH, context, "source_if_match");
  need(!copy.if_match.empty(), BERTH_CAP_COPY_IF_MATCH, context, "if_match");
}

void OpenStore::check_options(const CallContext& context, const RemoveOptions& remove) const {
  need(remove.only_object, BERTH_CAP_REMOVE_ONLY_OBJECT, context, "only_object");
  need(!remove.if_match.empty(), BERTH_CAP_REMOVE_IF_MATCH, context, "if_match");
}

namespace {

// Swift reports one ETag with quotes when it is read and without in a stat.
std::string_view without_quotes(std::string_view etag) {
  const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
  return quoted ? etag.substr(1, etag.size() - 2) : etag;
}

}  // namespace

void check_read_conditions(const CallContext& context, const ReadOptions& read,
                           const std::optional<FileInfo>& info) {
  if (!info || info->etag.empty())
    throw_failure(context, BERTH_STATUS_UNSUPPORTED_METHOD,
                  "the driver reports no etag that a condition could name");
  const std::string_view etag = without_quotes(info->etag);
  if (!read.if_match.empty() && without_quotes(read.if_match) != etag)
    throw_failure(context, BERTH_STATUS_PRECONDITION_FAILED,
                  "the object is not the version that if_match names");
  if (without_quotes(read.if_none_match) == etag)
    throw_failure(context, BERTH_STATUS_NOT_MODIFIED, "the object has the etag of if_none_match");
}

}  // namespace berth::binding
