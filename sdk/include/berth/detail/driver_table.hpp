// SPDX-License-Identifier: Apache-2.0
//
// From a class to the table of the ABI: what BERTH_DRIVER puts behind each entry. A part of
// driver.hpp, which includes it; nothing here is for drivers to use.
#ifndef BERTH_DETAIL_DRIVER_TABLE_HPP
#define BERTH_DETAIL_DRIVER_TABLE_HPP

#include <berth/driver.hpp>

#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#pragma GCC visibility push(hidden)
namespace berth::sdk {

namespace detail {

inline void copy_text(char* to, size_t capacity, std::string_view from) noexcept {
  const size_t n = from.size() < capacity ? from.size() : capacity - 1;
  if (n != 0) std::memcpy(to, from.data(), n);
  to[n] = '\0';
}

inline berth_status report(const Error& error, berth_error* out) noexcept {
  out->flags = error.retryable() ? BERTH_ERROR_RETRYABLE : 0;
  out->os_errno = error.os_errno();
  out->protocol_status = error.protocol_status();
  out->retry_after_ms = static_cast<uint32_t>(error.retry_after().count());
  copy_text(out->code, sizeof out->code, error.code());
  copy_text(out->request_id, sizeof out->request_id, error.request_id());
  copy_text(out->message, sizeof out->message, error.message());
  if (error.message().size() >= sizeof out->message && out->long_message != nullptr) {
    const size_t size = error.message().size();
    if (void* const all = out->long_message->extend(out->long_message, size))
      std::memcpy(all, error.message().data(), size);
  }
  return error.status() == BERTH_STATUS_OK ? BERTH_STATUS_INTERNAL : error.status();
}

inline berth_status report(berth_status status, std::string_view message,
                           berth_error* out) noexcept {
  copy_text(out->message, sizeof out->message, message);
  return status;
}

// Runs one entry of the table; whatever it throws becomes a status.
template <class Body>
berth_status guard(berth_error* err, Body&& body) noexcept {
  try {
    body();
    return BERTH_STATUS_OK;
  } catch (const Error& error) {
    return report(error, err);
  } catch (const std::bad_alloc&) {
    return report(BERTH_STATUS_INTERNAL, "the driver ran out of memory", err);
  } catch (const std::system_error& error) {
    if (error.code().category() == std::generic_category() ||
        error.code().category() == std::system_category())
      err->os_errno = error.code().value();
    return report(BERTH_STATUS_IO, error.what(), err);
  } catch (const std::exception& error) {
    return report(BERTH_STATUS_INTERNAL, error.what(), err);
  } catch (...) {
    return report(BERTH_STATUS_INTERNAL, "the driver threw something that is not a std::exception",
                  err);
  }
}

struct WriterHandle {
  std::unique_ptr<Writer> writer;
  bool finished = false;  // committed or cancelled: nothing to keep
};

inline Driver& driver_of(berth_store* store) noexcept {
  return *reinterpret_cast<Driver*>(store);
}
inline Reader& reader_of(berth_reader* reader) noexcept {
  return *reinterpret_cast<Reader*>(reader);
}
inline WriterHandle& writer_of(berth_writer* writer) noexcept {
  return *reinterpret_cast<WriterHandle*>(writer);
}

// ---- Options: what a driver does not implement is refused ----

inline void refuse_flags(uint32_t flags, uint32_t known) {
  if ((flags & ~known) != 0) throw unsupported("an option of the call is unknown to this driver");
}

// Throws if the option is set and the driver has no such capability.
inline void need(bool set, uint64_t capability, const Driver& driver, const char* option) {
  if (set && (driver.capabilities().flags & capability) == 0)
    throw unsupported(std::string("this driver does not support the option ") + option);
}

inline ReadOptions read_options(const berth_read_options* raw, const Driver& driver) {
  refuse_flags(raw->flags, BERTH_READ_FROM_END);
  ReadOptions options;
  options.offset = static_cast<uint64_t>(raw->offset);
  options.length = raw->length;
  options.from_end = (raw->flags & BERTH_READ_FROM_END) != 0;
  options.if_match = view(raw->if_match);
  options.if_none_match = view(raw->if_none_match);
  need(options.from_end, BERTH_CAP_READ_FROM_END, driver, "FROM_END");
  need(!options.if_match.empty(), BERTH_CAP_READ_CONDITIONS, driver, "if_match");
  need(!options.if_none_match.empty(), BERTH_CAP_READ_CONDITIONS, driver, "if_none_match");
  return options;
}

inline WriteOptions write_options(const berth_write_options* raw, const Driver& driver) {
  refuse_flags(raw->flags, BERTH_WRITE_APPEND | BERTH_WRITE_CREATE_ONLY);
  WriteOptions options;
  options.append = (raw->flags & BERTH_WRITE_APPEND) != 0;
  options.create_only = (raw->flags & BERTH_WRITE_CREATE_ONLY) != 0;
  if (raw->size_hint != UINT64_MAX) options.size_hint = raw->size_hint;
  options.if_match = view(raw->if_match);
  options.attributes = AttributeView(raw->attributes, raw->attribute_count);
  options.stored = Stored({raw->stored, raw->stored_sink});
  need(!options.if_match.empty(), BERTH_CAP_IF_MATCH, driver, "if_match");
  // Drivers that do not declare ATTRIBUTES yet store the content type where the service can.
  const bool only_type =
      options.attributes.size() == 1 && view(options.attributes.begin()->name) == "content-type";
  need(!options.attributes.empty() && !only_type, BERTH_CAP_ATTRIBUTES, driver, "attributes");
  return options;
}

inline CopyOptions copy_options(const berth_copy_options* raw, const Driver& driver) {
  refuse_flags(raw->flags, BERTH_COPY_CREATE_ONLY);
  CopyOptions options;
  options.create_only = (raw->flags & BERTH_COPY_CREATE_ONLY) != 0;
  options.source_if_match = view(raw->source_if_match);
  options.if_match = view(raw->if_match);
  options.stored = Stored({raw->stored, raw->stored_sink});
  need(options.create_only, BERTH_CAP_COPY_CREATE_ONLY, driver, "CREATE_ONLY");
  need(!options.source_if_match.empty(), BERTH_CAP_COPY_SOURCE_IF_MATCH, driver, "source_if_match");
  need(!options.if_match.empty(), BERTH_CAP_COPY_IF_MATCH, driver, "if_match");
  return options;
}

inline RemoveOptions remove_options(const berth_remove_options* raw, const Driver& driver) {
  refuse_flags(raw->flags, BERTH_REMOVE_ONLY_OBJECT);
  RemoveOptions options;
  options.only_object = (raw->flags & BERTH_REMOVE_ONLY_OBJECT) != 0;
  options.if_match = view(raw->if_match);
  need(options.only_object, BERTH_CAP_REMOVE_ONLY_OBJECT, driver, "ONLY_OBJECT");
  need(!options.if_match.empty(), BERTH_CAP_REMOVE_IF_MATCH, driver, "if_match");
  return options;
}

inline ListOptions list_options(const berth_list_options* raw) {
  refuse_flags(raw->flags, 0);
  return {view(raw->start_after)};
}

// The whole object, without a condition.
inline bool is_plain(const ReadOptions& options) noexcept {
  return options.offset == 0 && !options.from_end && options.if_match.empty() &&
         options.if_none_match.empty() && options.length == UINT64_MAX;
}

inline void read_into(Driver& driver, std::string_view path, const ReadOptions& options,
                      const Buffer& into, const Call& call) {
  if (is_plain(options)) return driver.get(path, into, call);
  const auto reader = driver.reader(path, options, call);
  if (!reader) throw Error(BERTH_STATUS_INTERNAL, "the driver made no reader and gave no reason");
  std::vector<char> bytes(64 * 1024);
  while (const size_t got = reader->read(bytes.data(), bytes.size(), call))
    into.append({bytes.data(), got});
}

template <class D, class = void>
struct HasInit : std::false_type {};
template <class D>
struct HasInit<D, std::void_t<decltype(D::init())>> : std::true_type {};
template <class D, class = void>
struct HasShutdown : std::false_type {};
template <class D>
struct HasShutdown<D, std::void_t<decltype(D::shutdown())>> : std::true_type {};

// The table's functions for the driver class D.
template <class D>
struct Entries {
  static berth_status init(const berth_host* host, berth_error* err) noexcept {
    return guard(err, [&] {
      detail::host.store(host, std::memory_order_release);
      if constexpr (HasInit<D>::value) D::init();
    });
  }
  static void shutdown() noexcept {
    berth_error ignored{};
    guard(&ignored, [] {
      if constexpr (HasShutdown<D>::value) D::shutdown();
    });
    detail::host.store(nullptr, std::memory_order_release);
  }
  static berth_status open(const berth_params* params, const berth_call* call, berth_store** out,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      Driver* driver = new D(Parameters(params), Call(call));
      *out = reinterpret_cast<berth_store*>(driver);
    });
  }
  static void close(berth_store* store) noexcept { delete &driver_of(store); }
  static void caps(berth_store* store, berth_caps* out) noexcept {
    const Capabilities caps = driver_of(store).capabilities();
    out->flags = caps.flags;
    out->max_parallel_calls = caps.max_parallel_calls;
    out->max_path_bytes = caps.max_path_bytes;
    out->max_object_bytes = caps.max_object_bytes;
    out->preferred_io_bytes = caps.preferred_io_bytes;
  }
  static berth_status get(berth_store* store, const berth_call* call, berth_str path,
                          const berth_read_options* options, berth_buffer* into,
                          berth_error* err) noexcept {
    return guard(err, [&] {
      Driver& driver = driver_of(store);
      read_into(driver, view(path), read_options(options, driver), Buffer(into), Call(call));
    });
  }
  static berth_status put(berth_store* store, const berth_call* call, berth_str path,
                          const void* data, size_t size, const berth_write_options* options,
                          berth_error* err) noexcept {
    return guard(err, [&] {
      const std::string_view bytes(static_cast<const char*>(data), size);
      Driver& driver = driver_of(store);
      driver.put(view(path), bytes, write_options(options, driver), Call(call));
    });
  }
  static berth_status stat(berth_store* store, const berth_call* call, berth_str path,
                           const berth_stat_options* options, berth_entry_fn emit, void* sink,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      refuse_flags(options->flags, 0);
      StatSink(emit, sink)(view(path), driver_of(store).stat(view(path), Call(call)));
    });
  }
  static berth_status list(berth_store* store, const berth_call* call, berth_str path,
                           const berth_list_options* options, berth_entry_fn emit, void* sink,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      driver_of(store).list(view(path), list_options(options), Sink(emit, sink), Call(call));
    });
  }
  static berth_status walk(berth_store* store, const berth_call* call, berth_str path,
                           const berth_list_options* options, berth_entry_fn emit, void* sink,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      driver_of(store).walk(view(path), list_options(options), Sink(emit, sink), Call(call));
    });
  }
  static berth_status move(berth_store* store, const berth_call* call, berth_str source,
                           berth_str destination, const berth_copy_options* options,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      Driver& driver = driver_of(store);
      driver.move(view(source), view(destination), copy_options(options, driver), Call(call));
    });
  }
  static berth_status copy(berth_store* store, const berth_call* call, berth_str source,
                           berth_str destination, const berth_copy_options* options,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      Driver& driver = driver_of(store);
      driver.copy(view(source), view(destination), copy_options(options, driver), Call(call));
    });
  }
  static berth_status remove(berth_store* store, const berth_call* call, berth_str path,
                             const berth_remove_options* options, berth_error* err) noexcept {
    return guard(err, [&] {
      Driver& driver = driver_of(store);
      driver.remove(view(path), remove_options(options, driver), Call(call));
    });
  }
  static berth_status url_for(berth_store* store, const berth_call* call, berth_str path,
                              const berth_url_options* options, berth_buffer* into,
                              berth_error* err) noexcept {
    return guard(err, [&] {
      refuse_flags(options->flags, 0);
      const UrlOptions url{view(options->method),
                           std::chrono::milliseconds(options->expires_in_ms)};
      Buffer(into).append(driver_of(store).url_for(view(path), url, Call(call)));
    });
  }
  static berth_status read_ranges(berth_store* store, const berth_call* call, berth_str path,
                                  berth_range* ranges, size_t count,
                                  const berth_ranges_options* options, berth_range_fn done,
                                  berth_entry_fn emit, void* sink, berth_error* err) noexcept {
    return guard(err, [&] {
      refuse_flags(options->flags, 0);
      const RangeRead read(ranges, count, options, done, emit, sink);
      driver_of(store).read_ranges(view(path), read, Call(call));
    });
  }
  static berth_status place(berth_store* store, berth_buffer* into, berth_error* err) noexcept {
    return guard(err, [&] { Buffer(into).append(driver_of(store).place()); });
  }
  static berth_status reader_open(berth_store* store, const berth_call* call, berth_str path,
                                  const berth_read_options* options, berth_reader** out,
                                  berth_error* err) noexcept {
    return guard(err, [&] {
      Driver& driver = driver_of(store);
      auto reader = driver.reader(view(path), read_options(options, driver), Call(call));
      if (!reader)
        throw Error(BERTH_STATUS_INTERNAL, "the driver made no reader and gave no reason");
      *out = reinterpret_cast<berth_reader*>(reader.release());
    });
  }
  static berth_status reader_read(berth_reader* reader, const berth_call* call, void* buffer,
                                  size_t capacity, size_t* got, berth_error* err) noexcept {
    return guard(err, [&] {
      *got = reader_of(reader).read(static_cast<char*>(buffer), capacity, Call(call));
    });
  }
  static berth_status reader_info(berth_reader* reader, berth_entry_fn emit, void* sink,
                                  berth_error* err) noexcept {
    return guard(err, [&] {
      if (const auto stat = reader_of(reader).info()) StatSink(emit, sink)({}, *stat);
    });
  }
  static void reader_close(berth_reader* reader) noexcept { delete &reader_of(reader); }
  static berth_status writer_open(berth_store* store, const berth_call* call, berth_str path,
                                  const berth_write_options* options, berth_writer** out,
                                  berth_error* err) noexcept {
    return guard(err, [&] {
      Driver& driver = driver_of(store);
      auto handle = std::make_unique<WriterHandle>();
      handle->writer = driver.writer(view(path), write_options(options, driver), Call(call));
      if (!handle->writer)
        throw Error(BERTH_STATUS_INTERNAL, "the driver made no writer and gave no reason");
      *out = reinterpret_cast<berth_writer*>(handle.release());
    });
  }
  static berth_status writer_write(berth_writer* writer, const berth_call* call, const void* data,
                                   size_t size, berth_error* err) noexcept {
    return guard(err, [&] {
      writer_of(writer).writer->write({static_cast<const char*>(data), size}, Call(call));
    });
  }
  static uint64_t writer_size(berth_writer* writer) noexcept {
    return writer_of(writer).writer->size();
  }
  static berth_status writer_commit(berth_writer* writer, const berth_call* call,
                                    const berth_commit_options* options,
                                    berth_error* err) noexcept {
    return guard(err, [&] {
      refuse_flags(options->flags, 0);
      writer_of(writer).finished = true;
      writer_of(writer).writer->commit({Stored({options->stored, options->stored_sink})},
                                       Call(call));
    });
  }
  static berth_status writer_cancel(berth_writer* writer, const berth_call* call,
                                    berth_error* err) noexcept {
    return guard(err, [&] {
      writer_of(writer).finished = true;
      writer_of(writer).writer->cancel(Call(call));
    });
  }
  static berth_status writer_close(berth_writer* writer, const berth_call* call,
                                   berth_error* err) noexcept {
    const std::unique_ptr<WriterHandle> handle(&writer_of(writer));
    return guard(err, [&] {
      if (!handle->finished) handle->writer->keep(Call(call));
    });
  }
};

// An operation that D does not override is NULL in the table, so that the host can compose it.
template <class D>
constexpr berth_ops make_ops() {
  using E = Entries<D>;
  berth_ops ops{};
  ops.struct_size = sizeof ops;
  ops.init = &E::init;
  ops.shutdown = &E::shutdown;
  ops.open = &E::open;
  ops.close = &E::close;
  ops.caps = &E::caps;
  if (!std::is_same_v<decltype(&D::get), decltype(&Driver::get)>) ops.get = &E::get;
  ops.put = &E::put;
  ops.stat = &E::stat;
  ops.list = &E::list;
  if (!std::is_same_v<decltype(&D::walk), decltype(&Driver::walk)>) ops.walk = &E::walk;
  ops.move = &E::move;
  if (!std::is_same_v<decltype(&D::copy), decltype(&Driver::copy)>) ops.copy = &E::copy;
  ops.remove = &E::remove;
  if (!std::is_same_v<decltype(&D::url_for), decltype(&Driver::url_for)>) ops.url_for = &E::url_for;
  ops.reader_open = &E::reader_open;
  ops.reader_read = &E::reader_read;
  ops.reader_info = &E::reader_info;
  ops.reader_close = &E::reader_close;
  ops.writer_open = &E::writer_open;
  ops.writer_write = &E::writer_write;
  ops.writer_size = &E::writer_size;
  ops.writer_commit = &E::writer_commit;
  ops.writer_cancel = &E::writer_cancel;
  ops.writer_close = &E::writer_close;
  if (!std::is_same_v<decltype(&D::place), decltype(&Driver::place)>) ops.place = &E::place;
  if (!std::is_same_v<decltype(&D::read_ranges), decltype(&Driver::read_ranges)>)
    ops.read_ranges = &E::read_ranges;
  return ops;
}

template <class D>
inline constexpr berth_ops ops = make_ops<D>();

template <class D>
constexpr berth_driver describe(const char* name) {
  return berth_driver{BERTH_DRIVER_PREFIX,
                      D::info.thread_model,
                      name,
                      D::info.version,
                      D::info.vendor,
                      D::info.summary,
                      &ops<D>,
                      D::parameters.data(),
                      static_cast<uint32_t>(D::parameters.size()),
                      sizeof(Param)};
}
}  // namespace detail

}  // namespace berth::sdk
#pragma GCC visibility pop

#endif  // BERTH_DETAIL_DRIVER_TABLE_HPP
