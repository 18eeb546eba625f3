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
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

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
  return error.status() == BERTH_OK ? BERTH_INTERNAL : error.status();
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
    return BERTH_OK;
  } catch (const Error& error) {
    return report(error, err);
  } catch (const std::bad_alloc&) {
    return report(BERTH_INTERNAL, "the driver ran out of memory", err);
  } catch (const std::system_error& error) {
    if (error.code().category() == std::generic_category() ||
        error.code().category() == std::system_category())
      err->os_errno = error.code().value();
    return report(BERTH_IO, error.what(), err);
  } catch (const std::exception& error) {
    return report(BERTH_INTERNAL, error.what(), err);
  } catch (...) {
    return report(BERTH_INTERNAL, "the driver threw something that is not a std::exception", err);
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

inline WriteOptions write_options(const berth_write_options* raw) noexcept {
  WriteOptions options;
  options.append = (raw->flags & BERTH_WRITE_APPEND) != 0;
  options.create_only = (raw->flags & BERTH_WRITE_CREATE_ONLY) != 0;
  if (raw->size_hint != UINT64_MAX) options.size_hint = raw->size_hint;
  options.content_type = view(raw->content_type);
  return options;
}

inline void emit_stat(std::string_view path, const Stat& stat, berth_entry_fn emit, void* sink) {
  Entry entry{path, stat.directory, stat.size, stat.mtime_ns, stat.etag};
  Sink(emit, sink)(entry);
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
                          berth_buffer* into, berth_error* err) noexcept {
    return guard(err, [&] { driver_of(store).get(view(path), Buffer(into), Call(call)); });
  }
  static berth_status put(berth_store* store, const berth_call* call, berth_str path,
                          const void* data, size_t size, const berth_write_options* options,
                          berth_error* err) noexcept {
    return guard(err, [&] {
      const std::string_view bytes(static_cast<const char*>(data), size);
      driver_of(store).put(view(path), bytes, write_options(options), Call(call));
    });
  }
  static berth_status stat(berth_store* store, const berth_call* call, berth_str path,
                           berth_entry_fn emit, void* sink, berth_error* err) noexcept {
    return guard(err, [&] {
      emit_stat(view(path), driver_of(store).stat(view(path), Call(call)), emit, sink);
    });
  }
  static berth_status list(berth_store* store, const berth_call* call, berth_str path,
                           const berth_list_options* options, berth_entry_fn emit, void* sink,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      driver_of(store).list(view(path), {view(options->start_after)}, Sink(emit, sink), Call(call));
    });
  }
  static berth_status walk(berth_store* store, const berth_call* call, berth_str path,
                           const berth_list_options* options, berth_entry_fn emit, void* sink,
                           berth_error* err) noexcept {
    return guard(err, [&] {
      driver_of(store).walk(view(path), {view(options->start_after)}, Sink(emit, sink), Call(call));
    });
  }
  static berth_status move(berth_store* store, const berth_call* call, berth_str source,
                           berth_str destination, berth_error* err) noexcept {
    return guard(err, [&] { driver_of(store).move(view(source), view(destination), Call(call)); });
  }
  static berth_status copy(berth_store* store, const berth_call* call, berth_str source,
                           berth_str destination, berth_error* err) noexcept {
    return guard(err, [&] { driver_of(store).copy(view(source), view(destination), Call(call)); });
  }
  static berth_status remove(berth_store* store, const berth_call* call, berth_str path,
                             berth_error* err) noexcept {
    return guard(err, [&] { driver_of(store).remove(view(path), Call(call)); });
  }
  static berth_status url_for(berth_store* store, const berth_call* call, berth_str path,
                              const berth_url_options* options, berth_buffer* into,
                              berth_error* err) noexcept {
    return guard(err, [&] {
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
      const ReadOptions read{static_cast<uint64_t>(options->offset), options->length};
      auto reader = driver_of(store).reader(view(path), read, Call(call));
      if (!reader) throw Error(BERTH_INTERNAL, "the driver made no reader and gave no reason");
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
      if (const auto stat = reader_of(reader).info()) emit_stat({}, *stat, emit, sink);
    });
  }
  static void reader_close(berth_reader* reader) noexcept { delete &reader_of(reader); }
  static berth_status writer_open(berth_store* store, const berth_call* call, berth_str path,
                                  const berth_write_options* options, berth_writer** out,
                                  berth_error* err) noexcept {
    return guard(err, [&] {
      auto handle = std::make_unique<WriterHandle>();
      handle->writer = driver_of(store).writer(view(path), write_options(options), Call(call));
      if (!handle->writer)
        throw Error(BERTH_INTERNAL, "the driver made no writer and gave no reason");
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
                                    berth_error* err) noexcept {
    return guard(err, [&] {
      writer_of(writer).finished = true;
      writer_of(writer).writer->commit(Call(call));
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
