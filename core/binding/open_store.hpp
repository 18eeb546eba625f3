// SPDX-License-Identifier: Apache-2.0
//
// A store that a driver opened, as Store sees it: paths checked, calls limited, serialised and
// traced, statuses turned into exceptions. Closed when the last Store, Reader and Writer is gone.
// In a child after fork() the first call opens the driver's store again; the parent's handle is
// neither used nor closed there.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <berth/driver.h>
#include <berth/factory.hpp>
#include <berth/fork.hpp>
#include <berth/store.hpp>

#include "binding/call.hpp"
#include "binding/driver.hpp"
#include "binding/failure.hpp"
#include "model/limit.hpp"
#include "model/parameters.hpp"
#include "model/path.hpp"
#include "model/trace.hpp"

namespace berth::binding {

// What of the host's rules holds for one call.
struct CallRules {
  bool limited = true;           // false: streams and walk
  bool traced = true;            // false: each read and write of a stream
  bool must_run = false;         // closing frees, so it runs whatever the deadline says
  bool default_deadline = true;  // false: walk, which takes as long as the tree is large
};

class OpenStore : public std::enable_shared_from_this<OpenStore> {
 public:
  // REQUIRES: the driver is ready, the parameters are valid.
  static std::shared_ptr<OpenStore> open(Driver& driver, const model::CheckedParameters& parameters,
                                         const StoreOptions& options);
  ~OpenStore();
  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;

  const std::string& driver() const noexcept { return driver_.name(); }
  const std::string& name() const noexcept { return name_; }
  const berth_ops& ops() const noexcept { return driver_.ops(); }
  LiveHandles& readers() const noexcept { return driver_.readers(); }
  LiveHandles& writers() const noexcept { return driver_.writers(); }
  Capabilities capabilities() const noexcept;
  StorePlace place();

  std::string get(std::string_view path, const ReadOptions& read, const CallOptions& options);
  FileInfo put(std::string_view path, std::string_view bytes, const PutOptions& put,
               const CallOptions& options);
  std::unique_ptr<OpenReader> reader(std::string_view path, const ReadOptions& read,
                                     const CallOptions& options);
  std::optional<FileInfo> read_ranges(std::string_view path, std::span<Range> ranges,
                                      const RangesOptions& wanted, const CallOptions& options);
  std::unique_ptr<OpenWriter> writer(std::string_view path, const WriterOptions& writer,
                                     const CallOptions& options);
  FileInfo stat(std::string_view path, const CallOptions& options);
  void list(std::string_view path, const Visitor& visit, const ListOptions& list,
            const CallOptions& options);
  void walk(std::string_view path, const Visitor& visit, const WalkOptions& walk,
            const CallOptions& options);
  FileInfo move(std::string_view source, std::string_view destination, const CopyOptions& copy,
                const CallOptions& options);
  FileInfo copy(std::string_view source, std::string_view destination, const CopyOptions& copy,
                const CallOptions& options);
  void remove(std::string_view path, const RemoveOptions& remove, const CallOptions& options);
  std::optional<std::string> url_for(std::string_view path, const UrlOptions& url,
                                     const CallOptions& options);

  // Runs body(const berth_call*, berth_error*) -> berth_status with all that belongs around it.
  // Throws what the status means. [any]
  template <class Body>
  void run(const model::TracedCall& traced, const CallOptions& options, CallRules rules,
           Body&& body);

  CallContext context(std::string_view operation, std::string_view path) const noexcept {
    return {driver(), name_, operation, path};
  }
  // What the host itself refuses, for a reason that ends the sentence.
  [[noreturn]] void refuse(std::string_view operation, std::string_view path,
                           const std::string& why) const;

  CallContext context(const model::TracedCall& traced) const noexcept {
    return context(traced.operation, traced.path);
  }

 private:
  OpenStore(Driver& driver, const model::CheckedParameters& parameters,
            const StoreOptions& options);
  void open();
  berth_store* open_handle(const CallOptions& options);
  void read_caps();
  void make_limit();
  bool forked() const noexcept { return process_.load(std::memory_order_acquire).forked(); }
  void renew_in_child(const CallOptions& options);
  void check_path(std::string_view operation, std::string_view path, model::Root root) const {
    model::check_path({driver(), name_, operation}, path, rules_, root);
  }

  // The parts of run().
  void check_before(const model::TracedCall& traced, const Call& call) const;
  model::WaitLimit wait_limit(const Call& call, CallRules rules) const;
  void check_admission(const model::TracedCall& traced, model::Admission admission) const;
  void warn_when_late(const model::TracedCall& traced, const Call& call) const noexcept;

  bool has(std::uint64_t capability) const noexcept { return (caps_.flags & capability) != 0; }

  // Throws UnsupportedMethodError if the option is set and the store lacks the capability.
  void need(bool set, std::uint64_t capability, const CallContext& context,
            const char* option) const;
  void check_options(const CallContext& context, const PutOptions& put) const;
  void check_options(const CallContext& context, const WriterOptions& writer) const;
  void check_options(const CallContext& context, const CopyOptions& copy) const;
  void check_options(const CallContext& context, const RemoveOptions& remove) const;
  void check_attributes(const CallContext& context, const Attributes& attributes) const;

  // Opens what the driver can, and does the rest here: conditions by what the reader reports, the
  // end by a stat.
  std::unique_ptr<OpenReader> open_reader(std::string_view operation, std::string_view path,
                                          const ReadOptions& read, const CallOptions& options);
  std::unique_ptr<OpenReader> open_reader_at_end(std::string_view operation, std::string_view path,
                                                 const ReadOptions& read,
                                                 const CallOptions& options);
  std::unique_ptr<OpenReader> open_driver_reader(std::string_view operation, std::string_view path,
                                                 const ReadOptions& read,
                                                 const CallOptions& options);
  std::unique_ptr<OpenWriter> open_writer(std::string_view operation, std::string_view path,
                                          const WriterOptions& writer, const CallOptions& options);
  std::optional<FileInfo> read_ranges_native(std::string_view path,
                                             std::vector<berth_range>& ranges,
                                             const RangesOptions& wanted,
                                             const CallOptions& options);
  std::optional<FileInfo> read_ranges_composed(std::string_view path,
                                               std::vector<berth_range>& ranges,
                                               const RangesOptions& wanted,
                                               const CallOptions& options);
  std::string get_into(std::string_view path, const ReadOptions& read, const CallOptions& options);
  FileInfo copy_through_streams(std::string_view source, std::string_view destination,
                                const CopyOptions& copy, const CallOptions& options);
  FileInfo copy_onto_itself(std::string_view operation, std::string_view path,
                            const CopyOptions& copy, const CallOptions& options);
  template <class Function>
  FileInfo copy_by_driver(std::string_view operation, Function function, std::string_view source,
                          std::string_view destination, const CopyOptions& copy,
                          const CallOptions& options);
  FileInfo stat_entry(std::string_view operation, std::string_view path,
                      const CallOptions& options);
  void list_children(std::string_view operation, std::string_view path, const Visitor& visit,
                     const UnnameableVisitor& unnameable, const CallOptions& options);
  void walk_native(std::string_view path, const Visitor& visit, const WalkOptions& walk,
                   const CallOptions& options);
  void walk_composed(std::string_view path, const Visitor& visit, const WalkOptions& walk,
                     const CallOptions& options);
  CallOptions with_deadline(const CallOptions& options) const;

  Driver& driver_;
  const model::CheckedParameters parameters_;
  const std::string name_;
  const std::optional<std::chrono::milliseconds> deadline_;
  const std::uint32_t parallel_;
  const bool serial_;  // the driver takes one call at a time, streams included
  std::atomic<sdk::ProcessMark> process_{sdk::ProcessMark()};  // that opened handle_
  berth_store* handle_ = nullptr;
  berth_caps caps_{};
  model::PathRules rules_;
  std::unique_ptr<model::Limit> own_limit_;
  std::unique_ptr<CancelSignals> signals_ = std::make_unique<CancelSignals>();
  model::Limit* gate_;  // the one limit that calls pass: the driver's, the store's or none (null)
};

template <class Body>
void OpenStore::run(const model::TracedCall& traced, const CallOptions& options, CallRules rules,
                    Body&& body) {
  if (forked()) renew_in_child(options);
  model::Trace trace(traced, rules.traced);
  Call call(options, rules.default_deadline ? deadline_ : std::nullopt, *signals_);
  if (!rules.must_run) check_before(traced, call);
  model::Limit* const gate = serial_ || rules.limited ? gate_ : nullptr;
  const model::Slot slot(gate, gate == nullptr ? model::WaitLimit{} : wait_limit(call, rules));
  if (slot.admission() != model::Admission::granted) check_admission(traced, slot.admission());
  call.begins(traced);
  const berth_status status = body(call.raw(), call.error());
  trace.outcome(status_name(status));
  if (call.has_deadline() && !rules.must_run) warn_when_late(traced, call);
  if (status != BERTH_STATUS_OK)
    throw_failure(context(traced), status, *call.error(), call.long_message());
}

}  // namespace berth::binding
