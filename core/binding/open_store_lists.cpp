// SPDX-License-Identifier: Apache-2.0
//
// list and walk: of the driver, or composed.
#include <string>
#include <vector>

#include "binding/entries.hpp"
#include "binding/open_store.hpp"
#include "model/owned_entry.hpp"
#include "model/walk.hpp"

namespace berth::binding {
namespace {

berth_list_options to_options(berth_str start_after) {
  return {sizeof(berth_list_options), 0, start_after};
}

}  // namespace

void OpenStore::list(std::string_view path, const Visitor& visit, const ListOptions& list,
                     const CallOptions& options) {
  check_path("list", path, model::Root::allowed);
  if (gate_ == nullptr) return list_children("list", path, visit, list.unnameable, options);
  // The visitor may call into this store, or into another whose visitor calls into this one: it
  // would wait for a turn or a slot for ever. So it runs after this call's is over.
  std::vector<model::OwnedEntry> found;
  std::vector<std::string> unnameable;
  const auto keep = [&unnameable](std::string_view name) { unnameable.emplace_back(name); };
  list_children(
      "list", path,
      [&found](const Entry& entry) {
        found.emplace_back(entry);
        return Visit::carry_on;
      },
      list.unnameable ? UnnameableVisitor(keep) : nullptr, options);
  for (const std::string& name : unnameable) list.unnameable(name);
  for (const model::OwnedEntry& entry : found)
    if (visit(entry.entry()) == Visit::stop) return;
}

void OpenStore::list_children(std::string_view operation, std::string_view path,
                              const Visitor& visit, const UnnameableVisitor& unnameable,
                              const CallOptions& options) {
  const PathText text(path);
  const berth_list_options all = to_options({});
  const CallContext who = context(operation, path);
  ManyEntries entries(who, ManyEntries::Depth::children, rules_, visit, unnameable);
  run({driver(), operation, path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        const berth_status status =
            ops().list(handle_, call, text.str(), &all, &LentSink::emit, entries.sink(), error);
        return entries.failed() ? BERTH_STATUS_OK : status;
      });
  entries.rethrow();
}

void OpenStore::walk(std::string_view path, const Visitor& visit, const WalkOptions& walk,
                     const CallOptions& options) {
  check_path("walk", path, model::Root::allowed);
  if (!walk.start_after.empty()) check_path("walk", walk.start_after, model::Root::allowed);
  if (ops().walk == nullptr || serial_)
    walk_composed(path, visit, walk, options);
  else
    walk_native(path, visit, walk, options);
}

void OpenStore::walk_native(std::string_view path, const Visitor& visit, const WalkOptions& walk,
                            const CallOptions& options) {
  const PathText text(path);
  const berth_list_options wanted = to_options({walk.start_after.c_str(), walk.start_after.size()});
  const CallContext who = context("walk", path);
  ManyEntries entries(who, ManyEntries::Depth::all, rules_, visit, walk.unnameable);
  run({driver(), "walk", path, {}, options.trace_id}, options,
      {.limited = false, .default_deadline = false},
      [&](const berth_call* call, berth_error* error) {
        const berth_status status =
            ops().walk(handle_, call, text.str(), &wanted, &LentSink::emit, entries.sink(), error);
        return entries.failed() ? BERTH_STATUS_OK : status;
      });
  entries.rethrow();
}

void OpenStore::walk_composed(std::string_view path, const Visitor& visit, const WalkOptions& walk,
                              const CallOptions& options) {
  const model::WalkSteps steps{
      .list =
          [&](const std::string& directory, const Visitor& each) {
            list_children("walk", directory, each, walk.unnameable, options);
          },
      .stat = [&](const std::string& file) { return stat_entry("walk", file, options); }};
  model::walk(steps, std::string(path), walk.start_after, visit);
}

}  // namespace berth::binding
