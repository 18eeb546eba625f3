// SPDX-License-Identifier: Apache-2.0
//
// The table of the scripted driver. A store or stream remembers the FakeDriver, whose address comes
// in as the parameter "fake".
#include "fake_driver.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <nlohmann/json.hpp>

namespace berth::test {
namespace {

struct Stream {
  FakeDriver* driver;
  std::string path;
  std::string bytes;
  std::size_t at = 0;
};

std::string text(berth_str str) {
  return std::string(str.data == nullptr ? "" : str.data, str.size);
}

FakeDriver& driver_of(berth_store* store) {
  return **reinterpret_cast<FakeDriver**>(store);
}
Stream& stream_of(berth_reader* reader) {
  return *reinterpret_cast<Stream*>(reader);
}
Stream& stream_of(berth_writer* writer) {
  return *reinterpret_cast<Stream*>(writer);
}

// Notes the call; true when the script answered.
bool scripted(FakeDriver& driver, const char* name, const Step& step, const Request& request,
              berth_status& status) {
  driver.note(name);
  if (step) status = step(request);
  return step != nullptr;
}

// The names that a host lists: "a" and "b/" of /d/a, /d/b/c for /d.
std::map<std::string, bool> children(const FakeDriver& driver, const std::string& directory) {
  std::map<std::string, bool> found;
  const std::string prefix = directory == "/" ? "/" : directory + "/";
  for (const auto& [path, bytes] : driver.objects) {
    if (!path.starts_with(prefix)) continue;
    const std::size_t slash = path.find('/', prefix.size());
    found[path.substr(0, slash)] |= slash != std::string::npos;
  }
  return found;
}

berth_status open(const berth_params* params, const berth_call* call, berth_store** out,
                  berth_error* error) noexcept {
  auto* driver = reinterpret_cast<FakeDriver*>(std::stoull(text(params->items[0].value)));
  berth_status status = BERTH_STATUS_OK;
  scripted(*driver, "open", driver->script.open, {.call = call, .error = error}, status);
  if (status != BERTH_STATUS_OK || driver->script.no_handle) return status;
  if (!driver->script.same_handle)
    driver->last_store = reinterpret_cast<berth_store*>(new FakeDriver*(driver));
  *out = driver->last_store;
  return BERTH_STATUS_OK;
}

void close(berth_store* store) noexcept {
  driver_of(store).note("close");
  delete reinterpret_cast<FakeDriver**>(store);
}

void caps(berth_store* store, berth_caps* out) noexcept {
  const std::uint32_t size = out->struct_size;
  *out = driver_of(store).caps;
  out->struct_size = size;
}

berth_status get(berth_store* store, const berth_call* call, berth_str path,
                 const berth_read_options*, berth_buffer* into, berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path), .call = call, .into = into, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "get", driver.script.get, request, status)) return status;
  const auto found = driver.objects.find(request.path);
  if (found == driver.objects.end()) return BERTH_STATUS_PATH_NOT_FOUND;
  std::memcpy(into->extend(into, found->second.size()), found->second.data(), found->second.size());
  return BERTH_STATUS_OK;
}

berth_status put(berth_store* store, const berth_call* call, berth_str path, const void* data,
                 std::size_t size, const berth_write_options*, berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path),
                        .call = call,
                        .data = std::string(static_cast<const char*>(data), size),
                        .raw_path = path.data,
                        .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "put", driver.script.put, request, status)) return status;
  driver.objects[request.path] = request.data;
  return BERTH_STATUS_OK;
}

berth_status stat(berth_store* store, const berth_call* call, berth_str path,
                  const berth_stat_options*, berth_entry_fn emit, void* sink,
                  berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{
      .path = text(path), .call = call, .emit = emit, .sink = sink, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "stat", driver.script.stat, request, status)) return status;
  const auto found = driver.objects.find(request.path);
  if (found != driver.objects.end())
    request.file(request.path, found->second.size());
  else if (request.path == "/" || !children(driver, request.path).empty())
    request.directory(request.path);
  else
    return BERTH_STATUS_PATH_NOT_FOUND;
  return BERTH_STATUS_OK;
}

berth_status list(berth_store* store, const berth_call* call, berth_str path,
                  const berth_list_options*, berth_entry_fn emit, void* sink,
                  berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{
      .path = text(path), .call = call, .emit = emit, .sink = sink, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "list", driver.script.list, request, status)) return status;
  const auto found = children(driver, request.path);
  if (found.empty() && request.path != "/") return BERTH_STATUS_PATH_NOT_FOUND;
  for (const auto& [child, is_directory] : found)
    if ((is_directory ? request.directory(child) : request.report(child, 0)) !=
        BERTH_VISIT_CONTINUE)
      break;
  return BERTH_STATUS_OK;
}

berth_status walk(berth_store* store, const berth_call* call, berth_str path,
                  const berth_list_options* options, berth_entry_fn emit, void* sink,
                  berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path),
                        .second = text(options->start_after),
                        .call = call,
                        .emit = emit,
                        .sink = sink,
                        .error = error};
  berth_status status = BERTH_STATUS_OK;
  scripted(driver, "walk", driver.script.walk, request, status);
  return status;
}

berth_status move(berth_store* store, const berth_call* call, berth_str source,
                  berth_str destination, const berth_copy_options*, berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{
      .path = text(source), .second = text(destination), .call = call, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "move", driver.script.move, request, status)) return status;
  if (!driver.objects.contains(request.path)) return BERTH_STATUS_PATH_NOT_FOUND;
  driver.objects[request.second] = driver.objects[request.path];
  driver.objects.erase(request.path);
  return BERTH_STATUS_OK;
}

berth_status copy(berth_store* store, const berth_call* call, berth_str source,
                  berth_str destination, const berth_copy_options*, berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{
      .path = text(source), .second = text(destination), .call = call, .error = error};
  berth_status status = BERTH_STATUS_OK;
  scripted(driver, "copy", driver.script.copy, request, status);
  return status;
}

berth_status remove(berth_store* store, const berth_call* call, berth_str path,
                    const berth_remove_options*, berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path), .call = call, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "remove", driver.script.remove, request, status)) return status;
  return driver.objects.erase(request.path) != 0 ? BERTH_STATUS_OK : BERTH_STATUS_PATH_NOT_FOUND;
}

berth_status url_for(berth_store* store, const berth_call* call, berth_str path,
                     const berth_url_options* options, berth_buffer* into,
                     berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path),
                        .second = text(options->method),
                        .call = call,
                        .into = into,
                        .error = error};
  berth_status status = BERTH_STATUS_OK;
  scripted(driver, "url_for", driver.script.url_for, request, status);
  return status;
}

berth_status reader_open(berth_store* store, const berth_call* call, berth_str path,
                         const berth_read_options* options, berth_reader** out,
                         berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path), .call = call, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "reader_open", driver.script.reader_open, request, status) &&
      status != BERTH_STATUS_OK)
    return status;
  if (driver.script.no_handle) return BERTH_STATUS_OK;
  if (!driver.objects.contains(request.path)) return BERTH_STATUS_PATH_NOT_FOUND;
  const std::string& all = driver.objects[request.path];
  const auto from = std::min<std::size_t>(static_cast<std::size_t>(options->offset), all.size());
  if (!driver.script.same_handle)
    driver.last_reader = reinterpret_cast<berth_reader*>(
        new Stream{&driver, request.path,
                   all.substr(from, std::min<std::uint64_t>(options->length, all.size()))});
  *out = driver.last_reader;
  return BERTH_STATUS_OK;
}

berth_status reader_read(berth_reader* reader, const berth_call* call, void* buffer,
                         std::size_t capacity, std::size_t* got, berth_error* error) noexcept {
  Stream& stream = stream_of(reader);
  const Request request{.path = stream.path,
                        .call = call,
                        .buffer = buffer,
                        .capacity = capacity,
                        .got = got,
                        .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(*stream.driver, "reader_read", stream.driver->script.reader_read, request, status))
    return status;
  *got = std::min(capacity, stream.bytes.size() - stream.at);
  std::memcpy(buffer, stream.bytes.data() + stream.at, *got);
  stream.at += *got;
  return BERTH_STATUS_OK;
}

berth_status reader_info(berth_reader* reader, berth_entry_fn emit, void* sink,
                         berth_error* error) noexcept {
  Stream& stream = stream_of(reader);
  const Request request{.path = stream.path, .emit = emit, .sink = sink, .error = error};
  berth_status status = BERTH_STATUS_OK;
  scripted(*stream.driver, "reader_info", stream.driver->script.reader_info, request, status);
  return status;
}

void reader_close(berth_reader* reader) noexcept {
  stream_of(reader).driver->note("reader_close");
  delete &stream_of(reader);
}

berth_status writer_open(berth_store* store, const berth_call* call, berth_str path,
                         const berth_write_options*, berth_writer** out,
                         berth_error* error) noexcept {
  FakeDriver& driver = driver_of(store);
  const Request request{.path = text(path), .call = call, .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(driver, "writer_open", driver.script.writer_open, request, status) &&
      status != BERTH_STATUS_OK)
    return status;
  if (driver.script.no_handle) return BERTH_STATUS_OK;
  if (!driver.script.same_handle)
    driver.last_writer = reinterpret_cast<berth_writer*>(new Stream{&driver, request.path, {}});
  *out = driver.last_writer;
  return BERTH_STATUS_OK;
}

berth_status writer_write(berth_writer* writer, const berth_call* call, const void* data,
                          std::size_t size, berth_error* error) noexcept {
  Stream& stream = stream_of(writer);
  const Request request{.path = stream.path,
                        .call = call,
                        .data = std::string(static_cast<const char*>(data), size),
                        .error = error};
  berth_status status = BERTH_STATUS_OK;
  if (scripted(*stream.driver, "writer_write", stream.driver->script.writer_write, request, status))
    return status;
  stream.bytes += request.data;
  return BERTH_STATUS_OK;
}

std::uint64_t writer_size(berth_writer* writer) noexcept {
  return stream_of(writer).bytes.size();
}

berth_status writer_commit(berth_writer* writer, const berth_call* call,
                           const berth_commit_options*, berth_error* error) noexcept {
  Stream& stream = stream_of(writer);
  berth_status status = BERTH_STATUS_OK;
  if (scripted(*stream.driver, "writer_commit", stream.driver->script.writer_commit,
               {.path = stream.path, .call = call, .error = error}, status))
    return status;
  stream.driver->objects[stream.path] = stream.bytes;
  return BERTH_STATUS_OK;
}

berth_status writer_cancel(berth_writer* writer, const berth_call* call,
                           berth_error* error) noexcept {
  Stream& stream = stream_of(writer);
  berth_status status = BERTH_STATUS_OK;
  scripted(*stream.driver, "writer_cancel", stream.driver->script.writer_cancel,
           {.path = stream.path, .call = call, .error = error}, status);
  return status;
}

berth_status writer_close(berth_writer* writer, const berth_call* call,
                          berth_error* error) noexcept {
  Stream& stream = stream_of(writer);
  berth_status status = BERTH_STATUS_OK;
  scripted(*stream.driver, "writer_close", stream.driver->script.writer_close,
           {.path = stream.path, .call = call, .error = error}, status);
  delete &stream;
  return status;
}

constexpr berth_param_spec row{
    "fake", BERTH_PARAM_STRING, BERTH_PARAM_REQUIRED, nullptr, "Address.", nullptr, 0, 0};

berth_ops* make_ops() {
  return new berth_ops{sizeof(berth_ops),
                       0,
                       nullptr,
                       nullptr,
                       &open,
                       &close,
                       &caps,
                       &get,
                       &put,
                       &stat,
                       &list,
                       &walk,
                       &move,
                       &copy,
                       &remove,
                       &url_for,
                       &reader_open,
                       &reader_read,
                       &reader_info,
                       &reader_close,
                       &writer_open,
                       &writer_write,
                       &writer_size,
                       &writer_commit,
                       &writer_cancel,
                       &writer_close,
                       nullptr};
}

std::string next_name() {
  static std::atomic<int> last{0};
  return "fake" + std::to_string(++last);
}

// What the registry keeps lives for ever; it stays reachable, so that it is no leak.
template <class T>
T* for_ever(T* object) {
  static std::mutex mutex;
  static auto* const kept = new std::vector<const void*>;
  const std::lock_guard lock(mutex);
  kept->push_back(object);
  return object;
}

const char* text_for_ever(const std::string& text) {
  return for_ever(new std::string(text))->c_str();
}

}  // namespace

berth_status Request::fail(berth_status status, std::string_view message) const {
  std::memcpy(error->message, message.data(), std::min(message.size(), sizeof error->message));
  return status;
}

std::int32_t Request::report(std::string_view entry, std::uint32_t flags,
                             std::uint64_t size) const {
  const berth_entry raw{sizeof raw, flags, {entry.data(), entry.size()}, {}, size, 1000};
  return emit(sink, &raw);
}

std::int32_t Request::file(std::string_view entry, std::uint64_t size) const {
  return report(entry, BERTH_ENTRY_HAS_SIZE | BERTH_ENTRY_HAS_MTIME, size);
}

std::int32_t Request::directory(std::string_view entry) const {
  return report(entry, BERTH_ENTRY_DIRECTORY);
}

FakeDriver::FakeDriver(std::uint16_t thread_model)
    : name_(next_name()),
      ops_(for_ever(make_ops())),
      driver_(for_ever(new berth_driver{BERTH_DRIVER_PREFIX, thread_model, text_for_ever(name_),
                                        "1", "test", "A fake", ops_, &row, 1, sizeof row})) {}

void FakeDriver::note(const char* name) {
  const std::lock_guard lock(mutex_);
  log.emplace_back(name);
}

void FakeDriver::rename(const std::string& name) {
  name_ = name;
  driver_->name = text_for_ever(name);
}

Store FakeDriver::create(const StoreOptions& options) {
  if (!registered_) factory::register_driver(*driver_);
  registered_ = true;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  return factory::create(name_, {{"fake", std::to_string(address)}}, options);
}

}  // namespace berth::test
