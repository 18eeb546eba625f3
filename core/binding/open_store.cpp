// SPDX-License-Identifier: Apache-2.0
//
// Opening and closing a store, the code around every driver call, and the operations that need a
// single call.
#include "binding/open_store.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <berth/errors.hpp>

#include "binding/buffer.hpp"
#include "binding/entries.hpp"
#include "binding/exit.hpp"
#include "binding/fork.hpp"
#include "binding/options.hpp"
#include "model/log.hpp"
#include "model/utf8.hpp"

namespace berth::binding {
namespace {

using model::Root;

constexpr std::uint64_t default_io_bytes = 1024 * 1024;
constexpr std::uint64_t largest_io_bytes = 64 * 1024 * 1024;  // programs allocate that much

std::uint16_t thread_model(const Driver& driver) {
  return driver.table().driver.thread_model;
}

// The lower of two limits of which 0 means none.
std::uint32_t lower_limit(std::uint32_t a, std::uint32_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

std::vector<berth_param> to_params(const model::CheckedParameters& parameters) {
  std::vector<berth_param> items;
  items.reserve(parameters.items.size());
  for (const auto& [key, value] : parameters.items) items.push_back({str(key), str(value)});
  return items;
}

}  // namespace

// ---- Life ---------------------------------------------------------------------------------------

OpenStore::OpenStore(Driver& driver, const model::CheckedParameters& parameters,
                     const StoreOptions& options)
    : driver_(driver),
      parameters_(parameters),
      name_(options.name.empty() ? driver.name() : options.name),
      deadline_(options.deadline),
      parallel_(options.parallel),
      serial_(thread_model(driver) != BERTH_THREADS_PARALLEL),
      rules_{.registry = options.registry_paths},
      gate_(thread_model(driver) == BERTH_THREADS_SERIAL_DRIVER ? &driver.turns() : nullptr) {
  driver_.enter();
}

std::shared_ptr<OpenStore> OpenStore::open(Driver& driver,
                                           const model::CheckedParameters& parameters,
                                           const StoreOptions& options) {
  const std::shared_ptr<OpenStore> store(new OpenStore(driver, parameters, options));
  store->open();
  return store;
}

void OpenStore::open() {
  handle_ = open_handle({});
  read_caps();
  make_limit();
  driver_.watch_exit();
}

// Does not use run(): after a fork, run() itself opens the store again.
berth_store* OpenStore::open_handle(const CallOptions& options) {
  const std::vector<berth_param> items = to_params(parameters_);
  const berth_params params{sizeof(berth_params), static_cast<std::uint32_t>(items.size()),
                            items.data(), str(parameters_.json)};
  berth_store* handle = nullptr;  // not to be closed when open fails, whatever it set
  const model::TracedCall traced{driver(), "open", {}};
  model::Trace trace(traced, true);
  Call call(options, deadline_, *signals_);
  check_before(traced, call);
  const model::Slot turn(gate_, wait_limit(call, {}));
  if (turn.admission() != model::Admission::granted) check_admission(traced, turn.admission());
  call.begins(traced);
  const berth_status status = ops().open(&params, call.raw(), &handle, call.error());
  trace.outcome(status_name(status));
  if (call.has_deadline()) warn_when_late(traced, call);
  if (status != BERTH_STATUS_OK)
    throw_failure(context(traced), status, *call.error(), call.long_message());
  if (handle == nullptr)
    throw_misbehaviour(context("open", {}), "the driver answered OK but gave no store");
  return handle;
}

void OpenStore::read_caps() {
  caps_.struct_size = sizeof caps_;
  {
    const model::Slot turn(gate_);
    ops().caps(handle_, &caps_);
  }
  caps_.flags &= BERTH_CAPS_KNOWN;
  if (caps_.max_path_bytes != 0)
    rules_.max_bytes = std::min<std::uint64_t>(rules_.max_bytes, caps_.max_path_bytes);
}

void OpenStore::make_limit() {
  if (gate_ != nullptr) return;
  const std::uint32_t slots = serial_ ? 1 : lower_limit(parallel_, caps_.max_parallel_calls);
  if (slots == 0) return;
  own_limit_ = std::make_unique<model::Limit>(slots);
  gate_ = own_limit_.get();
}

// What another thread held at the fork, a slot or a lock, is never given back in the child, so it
// is made again. The descriptors of signals_ are shared with the parent.
void OpenStore::renew_in_child(const CallOptions& options) {
  const std::lock_guard lock(renewal_mutex());
  if (!forked()) return;  // another thread of the child was first
  abandon(signals_.release());
  abandon(own_limit_.release());
  signals_ = std::make_unique<CancelSignals>();
  gate_ = thread_model(driver_) == BERTH_THREADS_SERIAL_DRIVER ? &driver_.turns() : nullptr;
  if (!has(BERTH_CAP_FORK)) {
    berth_store* const fresh = open_handle(options);
    abandon(std::exchange(handle_, fresh));
  }
  make_limit();
  process_.store(sdk::ProcessMark(), std::memory_order_release);
}

OpenStore::~OpenStore() {
  if (at_exit() || (forked() && handle_ != nullptr)) {
    abandon(handle_);
    if (!at_exit()) driver_.leave();
    return;
  }
  if (handle_ != nullptr) {
    const model::Slot turn(serial_ ? gate_ : nullptr);
    ops().close(handle_);
  }
  driver_.leave();
}

Capabilities OpenStore::capabilities() const noexcept {
  Capabilities result;
  result.atomic_put = has(BERTH_CAP_ATOMIC_PUT);
  result.resume = has(BERTH_CAP_RESUME);
  result.atomic_move = has(BERTH_CAP_ATOMIC_MOVE);
  result.url = has(BERTH_CAP_URL) && ops().url_for != nullptr;
  result.create_only = has(BERTH_CAP_CREATE_ONLY);
  result.list_ordered = has(BERTH_CAP_LIST_ORDERED);
  result.empty_directories = has(BERTH_CAP_EMPTY_DIRECTORIES);
  result.if_match = has(BERTH_CAP_IF_MATCH);
  result.attributes = has(BERTH_CAP_ATTRIBUTES);
  result.copy_create_only = has(BERTH_CAP_COPY_CREATE_ONLY);
  result.copy_source_if_match = has(BERTH_CAP_COPY_SOURCE_IF_MATCH);
  result.copy_if_match = has(BERTH_CAP_COPY_IF_MATCH);
  result.remove_if_match = has(BERTH_CAP_REMOVE_IF_MATCH);
  result.remove_only_object = has(BERTH_CAP_REMOVE_ONLY_OBJECT);
  result.max_path_bytes = rules_.max_bytes;
  result.max_object_bytes = caps_.max_object_bytes;
  result.preferred_io_bytes = caps_.preferred_io_bytes == 0
                                  ? default_io_bytes
                                  : std::min(caps_.preferred_io_bytes, largest_io_bytes);
  return result;
}

StorePlace OpenStore::place() {
  if (ops().place == nullptr) return {};
  if (forked()) renew_in_child({});
  std::string lines;
  StringBuffer buffer(lines, BERTH_MAX_PLACE_BYTES);
  berth_error error{};
  error.struct_size = sizeof error;
  const model::Slot turn(serial_ ? gate_ : nullptr);
  const berth_status status = ops().place(handle_, buffer.raw(), &error);
  if (buffer.overrun())
    throw_misbehaviour(context("place", {}), "the driver's place has more than 64 KiB");
  if (status != BERTH_STATUS_OK) throw_failure(context("place", {}), status, error);
  StorePlace place;
  for (std::size_t begin = 0, end; begin < lines.size(); begin = end + 1) {
    end = std::min(lines.find('\n', begin), lines.size());
    const std::size_t tab = lines.find('\t', begin);
    if (tab >= end)
      throw_misbehaviour(context("place", {}), "the driver's place has a line without a tab");
    place.push_back({lines.substr(begin, tab - begin), lines.substr(tab + 1, end - tab - 1)});
  }
  return place;
}

// ---- Around each call ---------------------------------------------------------------------------

void OpenStore::check_before(const model::TracedCall& traced, const Call& call) const {
  if (call.cancelled()) throw_cancelled(context(traced), "the call was cancelled before it began");
  if (call.has_deadline() && call.remaining().count() <= 0)
    throw_deadline(context(traced), "the deadline had passed before the call began");
}

model::WaitLimit OpenStore::wait_limit(const Call& call, CallRules rules) const {
  return rules.must_run ? model::WaitLimit{} : call.wait_limit();
}

void OpenStore::check_admission(const model::TracedCall& traced, model::Admission admission) const {
  const std::string while_waiting = " while the call waited for others of this store to end";
  if (admission == model::Admission::cancelled)
    throw_cancelled(context(traced), "the call was cancelled" + while_waiting);
  throw_deadline(context(traced), "the deadline passed" + while_waiting);
}

// A late result is still a result, so it is returned, and only the log has the driver's fault.
void OpenStore::warn_when_late(const model::TracedCall& traced, const Call& call) const noexcept {
  constexpr std::chrono::milliseconds tolerance(250);
  const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(-call.remaining());
  if (late < tolerance) return;
  try {
    model::log(model::LogLevel::warn, traced.driver,
               std::string(traced.operation) + " " + std::string(traced.path) + " returned " +
                   std::to_string(late.count()) +
                   " ms after its deadline; the driver should look at the deadline while it waits");
  } catch (...) {  // a line that cannot be made is lost
  }
}

// The same options with the default deadline made absolute, for operations of several calls.
CallOptions OpenStore::with_deadline(const CallOptions& options) const {
  CallOptions fixed = options;
  if (!fixed.deadline && deadline_) fixed.deadline = deadline_after(*deadline_);
  return fixed;
}

// ---- Operations of one call ---------------------------------------------------------------------

FileInfo OpenStore::put(std::string_view path, std::string_view bytes, const PutOptions& put,
                        const CallOptions& options) {
  check_path("put", path, Root::refused);
  const CallContext who = context("put", path);
  check_options(who, put);
  const PathText text(path);
  const RawAttributes attributes(put.attributes);
  OneEntry stored(who);
  berth_write_options write = to_raw(put, attributes, bytes.size());
  write.stored = &LentSink::emit;
  write.stored_sink = stored.sink();
  run({driver(), "put", path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().put(handle_, call, text.str(), bytes.data(), bytes.size(), &write, error);
      });
  if (std::optional<FileInfo> info = stored.take_stored()) return std::move(*info);
  return {.path = std::string(path), .size = bytes.size()};
}

FileInfo OpenStore::stat(std::string_view path, const CallOptions& options) {
  check_path("stat", path, Root::allowed);
  return stat_entry("stat", path, options);
}

FileInfo OpenStore::stat_entry(std::string_view operation, std::string_view path,
                               const CallOptions& options) {
  const PathText text(path);
  const CallContext who = context(operation, path);
  OneEntry entry(who);
  constexpr berth_stat_options wanted{sizeof(berth_stat_options), 0};
  run({driver(), operation, path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().stat(handle_, call, text.str(), &wanted, &LentSink::emit, entry.sink(), error);
      });
  if (entry.count() == 0) throw_misbehaviour(who, "the driver answered OK but reported nothing");
  return entry.take();
}

FileInfo OpenStore::move(std::string_view source, std::string_view destination,
                         const CopyOptions& copy, const CallOptions& options) {
  check_path("move", source, Root::refused);
  check_path("move", destination, Root::refused);
  // A driver that copies and then removes would lose the object.
  if (source == destination) return copy_onto_itself("move", source, copy, options);
  return copy_by_driver("move", ops().move, source, destination, copy, options);
}

FileInfo OpenStore::copy(std::string_view source, std::string_view destination,
                         const CopyOptions& copy, const CallOptions& options) {
  check_path("copy", source, Root::refused);
  check_path("copy", destination, Root::refused);
  if (source == destination) return copy_onto_itself("copy", source, copy, options);
  if (ops().copy == nullptr)
    return copy_through_streams(source, destination, copy, with_deadline(options));
  return copy_by_driver("copy", ops().copy, source, destination, copy, options);
}

// Calls ops().move or ops().copy, which have the same parameters.
template <class Function>
FileInfo OpenStore::copy_by_driver(std::string_view operation, Function function,
                                   std::string_view source, std::string_view destination,
                                   const CopyOptions& copy, const CallOptions& options) {
  check_options(context(operation, source), copy);
  const PathText from(source), to(destination);
  const CallContext who = context(operation, destination);
  OneEntry stored(who);
  berth_copy_options wanted = to_raw(copy);
  wanted.stored = &LentSink::emit;
  wanted.stored_sink = stored.sink();
  run({driver(), operation, source, destination, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return function(handle_, call, from.str(), to.str(), &wanted, error);
      });
  if (std::optional<FileInfo> info = stored.take_stored()) return std::move(*info);
  try {
    return stat_entry(operation, destination, options);  // the driver did not report it
  } catch (const PathNotFoundError&) {
    return {.path = std::string(destination)};  // removed since
  }
}

// Changes nothing, but checks that the object exists and what the options ask for.
FileInfo OpenStore::copy_onto_itself(std::string_view operation, std::string_view path,
                                     const CopyOptions& copy, const CallOptions& options) {
  const CallContext who = context(operation, path);
  FileInfo info = stat_entry(operation, path, options);
  if (info.is_directory) throw_failure(who, BERTH_STATUS_PATH_NOT_FOUND, berth_error{});
  if (copy.create_only)
    throw_failure(who, BERTH_STATUS_ALREADY_EXISTS, "source and destination are the same object");
  for (const std::string& etag : {copy.source_if_match, copy.if_match})
    if (!etag.empty() && etag != info.etag)
      throw_failure(who, BERTH_STATUS_PRECONDITION_FAILED,
                    "the object is not the version that the condition names");
  return info;
}

void OpenStore::remove(std::string_view path, const RemoveOptions& remove,
                       const CallOptions& options) {
  check_path("remove", path, Root::refused);
  check_options(context("remove", path), remove);
  const PathText text(path);
  const berth_remove_options wanted = to_raw(remove);
  run({driver(), "remove", path, {}, options.trace_id}, options, {},
      [&](const berth_call* call, berth_error* error) {
        return ops().remove(handle_, call, text.str(), &wanted, error);
      });
}

void OpenStore::refuse(std::string_view operation, std::string_view path,
                       const std::string& why) const {
  throw InvalidParametersError(
      ErrorDetail{.driver = driver(),
                  .store = name_,
                  .path = std::string(path),
                  .operation = std::string(operation),
                  .message = std::string(operation) + ' ' + std::string(path) + ": " + why});
}

std::optional<std::string> OpenStore::url_for(std::string_view path, const UrlOptions& url,
                                              const CallOptions& options) {
  check_path("url_for", path, Root::refused);
  if (ops().url_for == nullptr) return std::nullopt;
  if (url.expires_in.count() <= 0)
    refuse("url_for", path, "the time until a URL expires must be positive");
  const PathText text(path);
  const berth_url_options wanted{sizeof(berth_url_options), 0, str(url.method),
                                 url.expires_in.count()};
  std::string result;
  StringBuffer buffer(result, BERTH_MAX_URL_BYTES);
  try {
    run({driver(), "url_for", path, {}, options.trace_id}, options, {},
        [&](const berth_call* call, berth_error* error) {
          const berth_status status =
              ops().url_for(handle_, call, text.str(), &wanted, buffer.raw(), error);
          return buffer.overrun() ? BERTH_STATUS_OK : status;
        });
  } catch (const UnsupportedMethodError&) {
    return std::nullopt;
  }
  if (buffer.overrun())
    throw_misbehaviour(context("url_for", path), "the driver gave a URL of more than 64 KiB");
  if (result.empty())
    throw_misbehaviour(context("url_for", path), "the driver answered OK but gave no URL");
  if (!model::is_visible_ascii(result))
    throw_misbehaviour(context("url_for", path), "the driver gave a URL that is not visible ASCII");
  return result;
}

}  // namespace berth::binding
