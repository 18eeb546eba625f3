// SPDX-License-Identifier: Apache-2.0
//
// The reference driver and its defects. Each `broken("...")` is a mistake that a storage driver has
// made or could make.
#include "reference_driver.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include <berth/driver.hpp>
#include <berth/factory.hpp>

#include "reference_data.hpp"

namespace berth::conformance::reference {
namespace {

constexpr std::string_view url_scheme = "http://reference.invalid/";
constexpr std::size_t page = 1000;

constexpr Defect all_defects[] = {
    {"put_appends", "basic/overwrite-longer"},
    {"put_keeps_tail", "basic/overwrite-shorter"},
    {"put_loses_empty", "basic/empty-object"},
    {"put_not_atomic", "capabilities/atomic-put"},
    {"put_decodes_names", "names/look-alikes"},
    {"names_fold_case", "names/look-alikes"},
    {"mtime_stands_still", "basic/mtime-forward"},
    {"stat_bare_prefix", "basic/stat-sibling-prefix"},
    {"stat_finds_everything", "basic/missing"},
    {"missing_is_io_error", "errors/path-not-found"},
    {"missing_is_retryable", "errors/path-not-found"},
    {"list_bare_prefix", "list/missing"},
    {"list_duplicates", "list/mixed"},
    {"list_first_page_only", "list/1005-files"},
    {"list_of_file_is_empty", "list/file"},
    {"list_slash_after_directory", "list/mixed"},
    {"list_names_not_paths", "list/levels"},
    {"list_unordered", "capabilities/list-ordered"},
    {"root_missing_when_empty", "basic/root-exists"},
    {"walk_skips_bare_prefix", "walk/skip-sibling-prefixes"},
    {"walk_order_of_names", "walk/order"},
    {"walk_ignores_start_after", "walk/start-after"},
    {"walk_reports_start", "walk/tree"},
    {"walk_without_directories", "walk/tree"},
    {"walk_without_sizes", "walk/details"},
    {"walk_missing_is_empty", "walk/missing"},
    {"remove_takes_siblings", "remove/siblings"},
    {"remove_stops_at_object", "names/file-then-directory"},
    {"remove_missing_succeeds", "remove/missing"},
    {"remove_does_nothing", "remove/object"},
    {"remove_forgets_page", "list/1005-files"},
    {"move_keeps_source", "move/away"},
    {"move_takes_destination_first", "move/missing"},
    {"move_not_atomic", "capabilities/atomic-move"},
    {"copy_takes_source", "copy/independent"},
    {"offset_ignored", "streams/offsets"},
    {"offset_past_end_fails", "streams/offset-past-end"},
    {"length_ignored", "streams/ranges"},
    {"missing_reported_at_read", "streams/missing"},
    {"short_read_loses_rest", "streams/read-sizes"},
    {"reader_not_pinned", "streams/pinned-overwrite"},
    {"reader_info_of_range", "streams/reader-info"},
    {"ranges_read_again", "ranges/replaced"},
    {"ranges_pad_the_end", "ranges/any"},
    {"ranges_pad_the_end", "ranges/empty-object"},
    {"ranges_skip_overlaps", "ranges/joined"},
    {"ranges_skip_overlaps", "ranges/large-object"},
    {"ranges_skip_overlaps", "ranges/any"},
    {"ranges_ignore_if_match", "ranges/if-match"},
    {"ranges_of_missing_are_empty", "ranges/missing"},
    {"commit_loses_empty", "writer/empty-commit"},
    {"commit_loses_tail", "streams/odd-pieces"},
    {"open_truncates", "writer/old-until-commit"},
    {"writes_show_at_once", "writer/invisible-until-commit"},
    {"cancel_publishes", "writer/after-cancel"},
    {"cancel_removes_old", "writer/cancel-keeps-old"},
    {"cancel_keeps_upload", "append/cancelled-discards-all"},
    {"close_publishes", "capabilities/hidden-uncommitted"},
    {"close_discards", "append/small-chunks"},
    {"close_keeps_for_one_store", "append/another-store"},
    {"start_over_continues", "writer/start-over"},
    {"append_creates", "append/missing"},
    {"append_starts_over", "append/committed"},
    {"append_needs_upload", "append/empty-put"},
    {"size_without_beginning", "append/committed"},
    {"upload_survives_commit", "append/commit-ends-upload"},
    {"put_keeps_upload", "uploads/put"},
    {"commit_keeps_upload", "uploads/commit"},
    {"move_keeps_upload", "uploads/move"},
    {"copy_keeps_upload", "uploads/copy"},
    {"replacing_keeps_upload", "uploads/over-an-object"},
    {"store_voids_own_uploads_only", "uploads/another-store"},
    {"remove_brings_upload_back", "uploads/gone-after-remove"},
    {"move_brings_upload_back", "uploads/gone-after-move"},
    {"remove_keeps_upload", "uploads/removed"},
    {"remove_keeps_uploads_below", "uploads/removed-below"},
    {"remove_finds_no_upload", "uploads/removed-alone"},
    {"remove_finds_no_uploads_below", "uploads/removed-alone-below"},
    {"move_keeps_source_upload", "uploads/moved-away"},
    {"move_keeps_source_upload", "uploads/append-moved-away"},
    {"writer_checks_nothing", "uploads/replaced-under-writer"},
    {"writer_checks_object_only", "uploads/removed-under-writer"},
    {"close_checks_nothing", "uploads/taken-over"},
    {"late_close_checks_nothing", "uploads/closed-late"},
    {"put_hides_file", "names/file-then-directory"},
    {"commit_hides_file", "names/file-then-directory-commit"},
    {"move_hides_file", "names/file-then-directory-move"},
    {"copy_hides_file", "names/file-then-directory-copy"},
    {"put_hides_file", "names/directory-then-file"},
    {"commit_hides_file", "names/directory-then-file-commit"},
    {"move_hides_file", "names/directory-then-file-move"},
    {"copy_hides_file", "names/directory-then-file-copy"},
    {"list_drops_unnameable", "names/unnameable-in-list"},
    {"walk_drops_unnameable", "names/unnameable-in-walk"},
    {"list_reports_markers", "names/none-invented"},
    {"walk_reports_broken_names", "names/none-invented"},
    {"create_only_ignored", "create-only/put"},
    {"create_only_races", "create-only/parallel-put"},
    {"create_only_checked_at_open", "create-only/writer-loses-race"},
    {"url_of_another", "url/get"},
    {"url_without_scheme", "url/form"},
    {"put_refuses_double_dash", "basic/registry-paths"},
    {"put_stops_at_zero", "basic/not-utf8"},
    {"put_needs_parents", "basic/put-makes-parents"},
    {"put_fails_on_long_names", "names/longer-component"},
    {"stat_without_mtime", "basic/stat-file"},
    {"stat_misses_directories", "basic/stat-directory"},
    {"directory_reads_empty", "basic/get-of-directory"},
    {"read_starts_over_at_end", "streams/end-stays-end"},
    {"size_lags", "writer/size"},
    {"size_hint_is_believed", "writer/size-hint"},
    {"writers_share_buffer", "writer/two-at-once"},
    {"move_keeps_destination", "move/overwrite"},
    {"move_needs_parents", "move/makes-parents"},
    {"move_missing_succeeds", "move/below-a-file"},
    {"move_takes_siblings", "move/siblings"},
    {"move_takes_one_of_directory", "move/directory"},
    {"moves_share_memory", "concurrency/moves"},
    {"copy_keeps_destination", "copy/overwrite"},
    {"copy_needs_parents", "copy/makes-parents"},
    {"copy_missing_succeeds", "copy/missing"},
    {"copy_missing_succeeds", "copy/below-a-file"},
    {"copy_takes_siblings", "copy/siblings"},
    {"copy_directory_is_empty", "copy/directory"},
    {"stored_reports_old_size", "options/stored-put"},
    {"stored_reports_old_size", "options/stored-commit"},
    {"stored_reports_old_size", "options/stored-move"},
    {"stored_reports_old_size", "options/stored-copy"},
    {"read_conditions_ignored", "options/read-if-match"},
    {"read_conditions_ignored", "options/read-if-none-match"},
    {"missing_is_io_error", "options/read-missing"},
    {"from_end_ignored", "options/read-from-end"},
    {"put_ignores_if_match", "options/if-match-put"},
    {"stored_has_no_etag", "options/if-match-put"},
    {"put_ignores_if_match", "options/if-match-missing"},
    {"commit_ignores_if_match", "options/if-match-writer"},
    {"commit_ignores_if_match", "options/if-match-writer-loses"},
    {"if_match_races", "options/if-match-race"},
    {"move_replaces_always", "options/move-create-only"},
    {"copy_replaces_always", "options/copy-create-only"},
    {"move_source_ignores_if_match", "options/move-source-if-match"},
    {"copy_source_ignores_if_match", "options/copy-source-if-match"},
    {"move_ignores_if_match", "options/move-if-match"},
    {"copy_ignores_if_match", "options/copy-if-match"},
    {"remove_ignores_if_match", "options/remove-if-match"},
    {"only_object_ignored", "options/remove-only-object"},
    {"attributes_are_merged", "attributes/put"},
    {"commit_drops_attributes", "attributes/writer"},
    {"copy_drops_attributes", "attributes/copy"},
    {"move_drops_attributes", "attributes/move"},
    {"append_drops_attributes", "attributes/append"},
    {"commit_drops_attributes", "attributes/resume"},
    {"put_drops_attributes", "attributes/odd-values"},
    {"limit_of_100_bytes", "capabilities/limits"},
    {"empty_directories_in_stat_only", "capabilities/empty-directories"},
    // Each further test is failed by one of these defects as well.
    {"list_duplicates", "basic/top-level-object"},
    {"put_appends", "basic/round-trip"},
    {"put_appends", "basic/another-store"},
    {"short_read_loses_rest", "streams/round-trip"},
    {"short_read_loses_rest", "streams/changing-read-sizes"},
    {"reader_not_pinned", "streams/pinned-commit"},
    {"short_read_loses_rest", "streams/pinned-remove"},
    {"short_read_loses_rest", "streams/outlives-store"},
    {"size_lags", "writer/after-commit"},
    {"commit_loses_empty", "writer/empty-commit-replaces"},
    {"cancel_publishes", "writer/cancel-unwritten"},
    {"cancel_publishes", "writer/cancel-no-directory"},
    {"close_discards", "writer/dropped-is-closed"},
    {"start_over_continues", "writer/start-over-close"},
    {"commit_loses_tail", "writer/outlives-store"},
    {"close_discards", "append/large-chunks"},
    {"close_discards", "append/uneven-chunks"},
    {"append_needs_upload", "append/committed-large"},
    {"append_needs_upload", "append/committed-often"},
    {"commit_loses_empty", "append/empty-commit"},
    {"put_loses_empty", "append/nothing"},
    {"cancel_removes_old", "append/cancelled-on-committed"},
    {"close_discards", "append/unfinished-on-committed"},
    {"root_missing_when_empty", "list/empty-store"},
    {"list_slash_after_directory", "list/sibling-prefixes"},
    {"list_slash_after_directory", "list/many-directories"},
    {"list_slash_after_directory", "list/details"},
    {"list_names_not_paths", "list/stop"},
    {"list_names_not_paths", "list/visitor-throws"},
    {"list_slash_after_directory", "list/visitor-calls-store"},
    {"walk_order_of_names", "walk/order-below"},
    {"walk_order_of_names", "walk/skip-directory"},
    {"walk_without_directories", "walk/skip-on-file"},
    {"walk_order_of_names", "walk/stop"},
    {"walk_without_sizes", "walk/visitor-throws"},
    {"walk_ignores_start_after", "walk/start-after-outside"},
    {"walk_ignores_start_after", "walk/start-after-missing"},
    {"walk_ignores_start_after", "walk/resume-anywhere"},
    {"walk_without_sizes", "walk/removed-during-walk"},
    {"walk_without_sizes", "walk/visitor-calls-store"},
    {"walk_without_directories", "walk/from-root"},
    {"move_keeps_destination", "move/contents"},
    {"move_keeps_source", "move/back-and-forth"},
    {"move_keeps_source", "move/no-directory"},
    {"copy_keeps_destination", "copy/contents"},
    {"empty_directories_in_stat_only", "remove/directory"},
    {"stat_bare_prefix", "remove/siblings-of-file"},
    {"stat_bare_prefix", "remove/only-siblings"},
    {"remove_missing_succeeds", "remove/no-directory"},
    {"remove_takes_siblings", "remove/top-level"},
    {"remove_does_nothing", "remove/put-again"},
    {"remove_missing_succeeds", "remove/below-a-file"},
    {"empty_directories_in_stat_only", "remove/unfinished-upload"},
    {"copy_needs_parents", "names/odd"},
    {"put_decodes_names", "names/odd-together"},
    {"stat_misses_directories", "names/odd-directories"},
    {"copy_needs_parents", "names/longest-component"},
    {"put_needs_parents", "names/longest-path"},
    {"copy_missing_succeeds", "errors/move-names-source"},
    {"put_keeps_tail", "errors/store-still-works"},
    {"list_names_not_paths", "calls/deadline-ahead"},
    {"cancel_publishes", "calls/stream-deadline"},
    {"cancel_publishes", "calls/cancel-long-write"},
    {"cancel_removes_old", "calls/no-commit-after-failure"},
    {"walk_without_sizes", "calls/cancel-from-visitor"},
    {"put_loses_empty", "create-only/over-empty"},
    {"create_only_ignored", "create-only/writer"},
    {"create_only_ignored", "create-only/parallel-writers"},
    {"short_read_loses_rest", "capabilities/preferred-io"},
    {"commit_not_atomic", "capabilities/atomic-commit"},
    {"url_of_another", "url/head"},
    {"url_of_another", "url/put"},
    {"put_appends", "concurrency/same-object"},
    {"put_stops_at_zero", "concurrency/different-contents"},
    {"remove_does_nothing", "concurrency/one-directory"},
    {"walk_reports_broken_names", "concurrency/walk-during-changes"},
};

Attributes to_map(const sdk::AttributeView& attributes) {
  Attributes result;
  for (const berth_attribute& each : attributes)
    result.emplace(sdk::view(each.name), sdk::view(each.value));
  return result;
}

class Store final {
 public:
  Store(std::shared_ptr<Data> data, std::string defect)
      : data(std::move(data)), defect_(std::move(defect)) {}
  bool broken(std::string_view defect) const noexcept { return defect_ == defect; }

  // Stores content at path for "put", "commit", "move" or "copy"; empty: for a defect. REQUIRES:
  // the lock is held, also for the functions below.
  void publish(const std::string& path, std::string content, const std::string& way = {},
               Attributes attributes = {}) const {
    if (one_kind && data->is_taken(path))
      throw sdk::Error(BERTH_STATUS_IO, "a file or directory of this name exists");
    const auto old = data->objects.find(path);
    const bool stands = broken("mtime_stands_still") && old != data->objects.end();
    const std::int64_t mtime = stands ? old->second.mtime_ns : data->tick();
    const bool keeps = broken("replacing_keeps_upload") && old != data->objects.end();
    if (broken(way + "_drops_attributes")) attributes.clear();
    if (broken("attributes_are_merged") && attributes.empty() && old != data->objects.end())
      attributes = old->second.attributes;
    data->objects[path] = {std::make_shared<const std::string>(std::move(content)), mtime,
                           std::move(attributes)};
    if (broken(way + "_hides_file")) hide_files(path);
    if (way.empty() || keeps || broken(way + "_keeps_upload")) return;
    if (way == "commit" && broken("upload_survives_commit")) return;
    void_upload(path);
  }
  void void_upload(const std::string& path) const {
    const auto upload = data->uploads.find(path);
    if (upload == data->uploads.end()) return;
    if (broken("store_voids_own_uploads_only") && kept_paths.count(path) == 0) return;
    data->hidden_uploads.insert(*upload);
    data->uploads.erase(upload);
  }
  void bring_back(const std::string& path) const {
    const auto hidden = data->hidden_uploads.find(path);
    if (hidden != data->hidden_uploads.end()) data->uploads.insert(*hidden);
  }
  Content object_at(const std::string& path) const {
    const auto found = data->objects.find(path);
    return found == data->objects.end() ? nullptr : found->second.content;
  }
  Attributes attributes_at(const std::string& path) const {
    const auto found = data->objects.find(path);
    if (found == data->objects.end()) return {};
    return found->second.attributes;
  }
  // Throws unless the object at path has that etag; empty: no condition.
  void check_etag(const std::string& path, std::string_view etag, const std::string& way) const {
    if (etag.empty() || broken(way + "_ignores_if_match")) return;
    const auto found = data->objects.find(path);
    if (found == data->objects.end() || found->second.etag() != etag)
      throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED, "the object is not that version");
  }
  // What a write reports of the object at path. REQUIRES: the lock is not held.
  void report(const sdk::Stored& stored, const std::string& path) const {
    const sdk::Stat stat = [&] {
      const std::lock_guard lock(data->mutex);
      const auto found = data->objects.find(path);
      if (found == data->objects.end()) return sdk::Stat{};
      return sdk::Stat{.size = found->second.content->size(),
                       .mtime_ns = found->second.mtime_ns,
                       .etag = etags && !broken("stored_has_no_etag") ? found->second.etag() : ""};
    }();
    if (broken("stored_reports_old_size"))
      return stored({.size = stat.size + 1, .etag = stat.etag});
    stored(stat);
  }
  Content upload_at(const std::string& path) const {
    const auto found = data->uploads.find(path);
    return found == data->uploads.end() ? nullptr : found->second;
  }
  sdk::Error missing() const {
    if (broken("missing_is_io_error"))
      return sdk::Error(BERTH_STATUS_IO, "the object does not exist");
    sdk::Error error = sdk::path_not_found();
    if (broken("missing_is_retryable")) error.retryable();
    return error;
  }
  const Object& object(const std::string& path) const {
    const auto found = data->objects.find(path);
    if (found == data->objects.end()) throw missing();
    return found->second;
  }
  std::string name(std::string_view path) const;
  bool has_parent(const std::string& path) const {
    return data->has_below(path.substr(0, path.rfind('/')));
  }
  // Removes what begins like path, except path itself.
  void remove_siblings(const std::string& path) const {
    std::erase_if(data->objects, [&](const auto& object) {
      return object.first != path && object.first.starts_with(path);
    });
  }
  // One buffer for all writers.
  std::string share(std::string_view bytes) {
    const std::lock_guard lock(data->mutex);
    return buffer_ += bytes;
  }

  std::shared_ptr<Data> data;
  bool etags = false;                          // the driver reports etags
  bool one_kind = true;                        // a name cannot be both a file and a directory
  std::map<std::string, Content> own_uploads;  // for the defect that does not share them
  Content moving;                              // for the defect of moves that share it
  std::set<std::string> kept_paths;            // of the uploads that writers of this store left

 private:
  // Hides files whose name is now a directory as well.
  void hide_files(const std::string& path) const {
    for (const auto& [name, object] : data->objects)
      if (is_below(path, name) || (name == path && data->has_below(path)))
        data->hidden_files.insert(name);
  }

  std::string defect_;
  std::string buffer_;  // for the defect of a shared one
};

std::string Store::name(std::string_view path) const {
  std::string name(path);
  if (broken("put_decodes_names"))
    for (auto at = name.find("%2B"); at != name.npos; at = name.find("%2B"))
      name.replace(at, 3, "+");
  if (broken("names_fold_case"))
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

class Reader final : public sdk::Reader {
 public:
  Reader(std::shared_ptr<const Store> store, std::string path, Content content,
         const sdk::ReadOptions& options)
      : store_(std::move(store)), path_(std::move(path)), content_(std::move(content)) {
    const std::uint64_t size = content_->size();
    at_ = store_->broken("offset_ignored") ? 0 : std::min(options.offset, size);
    if (options.from_end && !store_->broken("from_end_ignored")) at_ = size - at_;
    const std::uint64_t left = content_->size() - at_;
    end_ = store_->broken("length_ignored") ? content_->size()
                                            : at_ + std::min<std::uint64_t>(left, options.length);
  }

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override {
    call.check();
    if (store_->broken("reader_not_pinned")) refresh();
    const std::size_t most = std::min<std::size_t>(capacity, 50000);  // reads may be short
    const std::size_t got = std::min<std::size_t>(most, end_ - at_);
    std::copy_n(content_->data() + at_, got, buffer);
    if (got == 0 && store_->broken("read_starts_over_at_end")) at_ = 0;
    at_ +=
        store_->broken("short_read_loses_rest") ? std::min<std::size_t>(capacity, end_ - at_) : got;
    return got;
  }
  std::optional<sdk::Stat> info() const override {
    sdk::Stat stat;
    stat.size = store_->broken("reader_info_of_range") ? end_ - at_ : content_->size();
    return stat;
  }

 private:
  void refresh() {
    const std::lock_guard lock(store_->data->mutex);
    const auto found = store_->data->objects.find(path_);
    if (found == store_->data->objects.end()) return;
    content_ = found->second.content;
    end_ = content_->size();
    at_ = std::min(at_, end_);
  }

  std::shared_ptr<const Store> store_;
  const std::string path_;
  Content content_;
  std::uint64_t at_ = 0;
  std::uint64_t end_ = 0;
};

class LateReader final : public sdk::Reader {
 public:
  std::size_t read(char*, std::size_t, const sdk::Call&) override { throw sdk::path_not_found(); }
};

class Writer final : public sdk::Writer {
 public:
  // REQUIRES: the lock is held.
  Writer(std::shared_ptr<Store> store, std::string path, std::string beginning,
         const sdk::WriteOptions& options)
      : store_(std::move(store)),
        path_(std::move(path)),
        content_(std::move(beginning)),
        beginning_(content_.size()),
        create_only_(options.create_only),
        append_(options.append),
        if_match_(options.if_match),
        attributes_(to_map(options.attributes)),
        size_hint_(options.size_hint),
        object_(store_->object_at(path_)),
        upload_(store_->upload_at(path_)) {}

  void write(std::string_view bytes, const sdk::Call& call) override {
    call.check();
    size_before_ = content_.size();
    content_ += bytes;
    if (store_->broken("writers_share_buffer")) content_ = store_->share(bytes);
    if (store_->broken("writes_show_at_once")) publish();
  }
  std::uint64_t size() const noexcept override {
    if (store_->broken("size_lags")) return size_before_;
    return content_.size() - (store_->broken("size_without_beginning") ? beginning_ : 0);
  }
  void commit(const sdk::CommitOptions& options, const sdk::Call& call) override;
  void cancel(const sdk::Call& call) override;
  void keep(const sdk::Call& call) override;

 private:
  void publish() {
    const std::lock_guard lock(store_->data->mutex);
    store_->publish(path_, content_);
  }

  // Throws if the object or the upload is not the one of when the writer was opened. REQUIRES: the
  // lock is held.
  void check_not_voided() const;

  std::shared_ptr<Store> store_;
  const std::string path_;
  std::string content_;
  const std::size_t beginning_;
  const bool create_only_;
  const bool append_;
  const std::string if_match_;
  Attributes attributes_;
  const std::optional<std::uint64_t> size_hint_;
  std::size_t size_before_ = 0;    // before the last write
  const Content object_, upload_;  // at the path when the writer was opened
};

void Writer::check_not_voided() const {
  if (store_->broken("writer_checks_nothing")) return;
  const bool uploads = append_ && !store_->broken("writer_checks_object_only");
  if (store_->object_at(path_) == object_ && (!uploads || store_->upload_at(path_) == upload_))
    return;
  throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED, "the upload was voided");
}

void Writer::commit(const sdk::CommitOptions& options, const sdk::Call& call) {
  call.check();
  std::unique_lock lock(store_->data->mutex);
  const bool checked = create_only_ && !store_->broken("create_only_checked_at_open") &&
                       !store_->broken("create_only_ignored");
  if (checked && store_->data->objects.count(path_) != 0)
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS);
  store_->check_etag(path_, if_match_, "commit");
  if (append_) check_not_voided();
  if (append_ && attributes_.empty() && !store_->broken("append_drops_attributes"))
    attributes_ = store_->attributes_at(path_);
  if (content_.empty() && store_->broken("commit_loses_empty")) return;
  if (store_->broken("commit_loses_tail")) content_.resize(content_.size() / 4096 * 4096);
  if (size_hint_ && store_->broken("size_hint_is_believed"))
    content_.resize(std::min<std::uint64_t>(content_.size(), *size_hint_));
  if (store_->broken("commit_not_atomic")) {
    store_->publish(path_, content_.substr(0, content_.size() / 2));
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
  }
  store_->publish(path_, content_, "commit", attributes_);
  lock.unlock();
  store_->report(options.stored, path_);
}

void Writer::cancel(const sdk::Call&) {
  const std::lock_guard lock(store_->data->mutex);
  if (!store_->broken("cancel_keeps_upload")) store_->data->uploads.erase(path_);
  if (store_->broken("cancel_removes_old")) store_->data->objects.erase(path_);
  if (store_->broken("cancel_publishes")) store_->publish(path_, content_);
}

void Writer::keep(const sdk::Call& call) {
  call.check();
  if (store_->broken("close_publishes")) return publish();
  if (store_->broken("close_discards")) return;
  const std::lock_guard lock(store_->data->mutex);
  const bool checks =
      !store_->broken(append_ ? "close_checks_nothing" : "late_close_checks_nothing");
  if (checks) check_not_voided();
  auto& uploads =
      store_->broken("close_keeps_for_one_store") ? store_->own_uploads : store_->data->uploads;
  uploads[path_] = std::make_shared<const std::string>(content_);
  store_->kept_paths.insert(path_);
}

// The required operations.
class BareDriver : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"1.0.0", "Berth",
                                  "Keeps objects in a map, with or without a defect"};
  static constexpr std::array parameters{
      sdk::Param::string("data", "Name of the data; stores of one name share it."),
      sdk::Param::string("defect", "The defect to have; empty: none.")};

  BareDriver(const sdk::Parameters& parameters, const sdk::Call&)
      : store_(std::make_shared<Store>(data_named(parameters.string("data")),
                                       parameters.string("defect"))) {}

  sdk::Capabilities capabilities() const noexcept override {
    sdk::Capabilities caps{.flags = BERTH_CAP_ATOMIC_PUT | BERTH_CAP_RESUME |
                                    BERTH_CAP_ATOMIC_MOVE | BERTH_CAP_CREATE_ONLY |
                                    BERTH_CAP_LIST_ORDERED};
    if (broken("limit_of_100_bytes")) caps.max_object_bytes = 100;
    if (broken("empty_directories_in_stat_only")) caps.flags |= BERTH_CAP_EMPTY_DIRECTORIES;
    return caps;
  }
  void put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call) override;
  sdk::Stat stat(std::string_view path, const sdk::Call& call) override;
  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void move(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override;
  void remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) override;
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;

 protected:
  bool broken(std::string_view defect) const noexcept { return store_->broken(defect); }
  Data& data() const noexcept { return *store_->data; }
  std::vector<Row> children(std::string_view path) const;
  std::size_t remove_uploads(const std::string& name, bool objects_removed) const;
  void check_copy(const std::string& from, const std::string& to, const sdk::CopyOptions& options,
                  const std::string& way) const;
  static void check_read(const Object& object, const sdk::ReadOptions& options);
  std::string beginning_of_append(const std::string& path) const;

  std::shared_ptr<Store> store_;
};

void BareDriver::put(std::string_view path, std::string_view bytes,
                     const sdk::WriteOptions& options, const sdk::Call& call) {
  call.check();
  const std::string name = store_->name(path);
  std::string content(bytes);
  if (broken("put_refuses_double_dash") && name.find("--") != name.npos)
    throw sdk::Error(BERTH_STATUS_INVALID_PATH);
  if (broken("put_fails_on_long_names") && name.size() - name.rfind('/') > 256)
    throw sdk::Error(BERTH_STATUS_IO, "the name is too long");
  if (broken("put_stops_at_zero")) content.resize(std::min(content.find('\0'), content.size()));
  std::unique_lock lock(data().mutex);
  if (broken("put_needs_parents") && std::count(name.begin(), name.end(), '/') > 6)
    throw store_->missing();
  const auto old = data().objects.find(name);
  if (options.create_only && !broken("create_only_ignored")) {
    if (old != data().objects.end()) throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS);
    if (broken("create_only_races")) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      lock.lock();
    }
  }
  store_->check_etag(name, options.if_match, "put");
  if (!options.if_match.empty() && broken("if_match_races")) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
  }
  if (old != data().objects.end()) {
    const std::string& before = *old->second.content;
    if (broken("put_appends")) content = before + content;
    if (broken("put_keeps_tail") && before.size() > content.size())
      content += before.substr(content.size());
  }
  if (broken("put_not_atomic")) {
    store_->publish(name, content.substr(0, content.size() / 2));
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
  }
  if (content.empty() && broken("put_loses_empty")) return;
  store_->publish(name, std::move(content), "put", to_map(options.attributes));
  lock.unlock();
  store_->report(options.stored, name);
}

sdk::Stat BareDriver::stat(std::string_view path, const sdk::Call& call) {
  call.check();
  const std::string name = store_->name(path);
  const std::lock_guard lock(data().mutex);
  if (const auto found = data().objects.find(name); found != data().objects.end())
    return broken("stat_without_mtime") ? sdk::Stat{.size = found->second.content->size()}
                                        : sdk::Stat{.size = found->second.content->size(),
                                                    .mtime_ns = found->second.mtime_ns};
  const sdk::Stat directory{.directory = true};
  if (broken("empty_directories_in_stat_only") && name.ends_with("/dir")) return directory;
  if (broken("stat_misses_directories") && name != "/") throw store_->missing();
  if (name == "/" && !(broken("root_missing_when_empty") && data().objects.empty()))
    return directory;
  const bool prefix = broken("stat_bare_prefix") &&
                      data().objects.lower_bound(name) != data().objects.end() &&
                      data().objects.lower_bound(name)->first.starts_with(name);
  if (prefix || broken("stat_finds_everything") || data().has_below(name)) return directory;
  throw store_->missing();
}

std::vector<Row> BareDriver::children(std::string_view path) const {
  const std::size_t start = path == "/" ? 1 : path.size() + 1;
  std::vector<Row> rows = rows_below(data(), path);
  std::erase_if(rows, [&](const Row& row) { return row.path.find('/', start) != row.path.npos; });
  // A name that is a file and a directory is listed once.
  const auto same = [](const Row& a, const Row& b) { return a.path == b.path; };
  for (auto at = rows.begin(); at != rows.end(); ++at)
    rows.erase(std::remove_if(at + 1, rows.end(), [&](const Row& row) { return same(*at, row); }),
               rows.end());
  return rows;
}

// A simplified path grammar, good enough for the names that the suite plants.
bool is_nameable(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0xf8;
  });
}

void BareDriver::list(std::string_view path, const sdk::ListOptions&, const sdk::Sink& sink,
                      const sdk::Call& call) {
  call.check();
  std::vector<Row> rows = children(store_->name(path));
  if (broken("list_first_page_only")) rows.resize(std::min(rows.size(), page));
  if (broken("list_unordered")) std::reverse(rows.begin(), rows.end());
  if (broken("list_duplicates") && !rows.empty()) rows.push_back(rows.front());
  const bool forgives = broken("list_bare_prefix") ||
                        (broken("list_of_file_is_empty") && !stat(path, call).directory);
  if (rows.empty() && path != "/" && !forgives) throw store_->missing();
  if (broken("list_reports_markers") && path != "/")
    sink({std::string(path) + "/", false, 0, 0, {}});
  for (Row& row : rows) {
    if (broken("list_drops_unnameable") && !is_nameable(row.path)) continue;
    if (broken("list_slash_after_directory")) row.path = row.key();
    if (broken("list_names_not_paths")) row.path.erase(0, row.path.rfind('/'));
    if (sink({row.path, row.directory, {}, {}, {}}) == sdk::Visit::stop) return;
  }
}

void BareDriver::move(std::string_view source, std::string_view destination,
                      const sdk::CopyOptions& options, const sdk::Call& call) {
  call.check();
  const std::string from = store_->name(source);
  const std::string to = store_->name(destination);
  std::unique_lock lock(data().mutex);
  check_copy(from, to, options, "move");
  if (broken("move_takes_destination_first")) data().objects.erase(to);
  if (broken("move_missing_succeeds") && data().objects.count(from) == 0) return;
  if (broken("move_needs_parents") && !store_->has_parent(to)) throw store_->missing();
  if (broken("move_takes_one_of_directory") && data().has_below(from)) {
    const auto first = data().objects.lower_bound(from + "/");
    store_->publish(to + first->first.substr(from.size()), *first->second.content, "move");
    data().objects.erase(first->first);
    return;
  }
  Content content = store_->object(from).content;
  if (broken("moves_share_memory")) {
    store_->moving = content;
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
    content = store_->moving;
  }
  if (broken("move_takes_siblings")) store_->remove_siblings(from);
  if (broken("move_not_atomic")) {
    data().objects.erase(to);
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock.lock();
  }
  if (!broken("move_keeps_destination") || data().objects.count(to) == 0)
    store_->publish(to, *content, "move", store_->attributes_at(from));
  if (from == to) return;
  if (!broken("move_keeps_source")) data().objects.erase(from);
  if (!broken("move_keeps_source_upload")) store_->void_upload(from);
  if (broken("move_brings_upload_back")) store_->bring_back(from);
  lock.unlock();
  store_->report(options.stored, to);
}

// The conditions of a move or copy. REQUIRES: the lock is held.
void BareDriver::check_copy(const std::string& from, const std::string& to,
                            const sdk::CopyOptions& options, const std::string& way) const {
  if (!options.source_if_match.empty() && data().objects.count(from) == 0) throw store_->missing();
  store_->check_etag(from, options.source_if_match, way + "_source");
  if (options.create_only && data().objects.count(to) != 0 && !broken(way + "_replaces_always"))
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS);
  store_->check_etag(to, options.if_match, way);
}

// Returns how many there were. REQUIRES: the lock is held.
std::size_t BareDriver::remove_uploads(const std::string& name, bool objects_removed) const {
  std::size_t found = 0;
  if (!(objects_removed && broken("remove_keeps_upload")))
    found += data().uploads.erase(name) * (broken("remove_finds_no_upload") ? 0 : 1);
  const auto below = [&](const auto& upload) { return is_below(upload.first, name); };
  if (!(objects_removed && broken("remove_keeps_uploads_below")))
    found +=
        std::erase_if(data().uploads, below) * (broken("remove_finds_no_uploads_below") ? 0 : 1);
  if (broken("remove_brings_upload_back")) store_->bring_back(name);
  return found;
}

void BareDriver::remove(std::string_view path, const sdk::RemoveOptions& options,
                        const sdk::Call& call) {
  call.check();
  if (broken("remove_does_nothing")) return;
  const std::string name = store_->name(path);
  const std::lock_guard lock(data().mutex);
  if (!options.if_match.empty() && data().objects.count(name) == 0) throw store_->missing();
  store_->check_etag(name, options.if_match, "remove");
  if ((options.only_object && !broken("only_object_ignored")) || !options.if_match.empty()) {
    const bool found = data().objects.erase(name) + data().uploads.erase(name) != 0;
    if (!found) throw store_->missing();
    return;
  }
  std::size_t removed = data().objects.erase(name);
  const bool all = removed == 0 || !broken("remove_stops_at_object");
  for (auto at = data().objects.begin(); all && at != data().objects.end();) {
    const bool full = broken("remove_forgets_page") && removed == page;
    const bool taken = is_below(at->first, name) ||
                       (broken("remove_takes_siblings") && at->first.starts_with(name));
    at = taken && !full ? (++removed, data().objects.erase(at)) : std::next(at);
  }
  removed += remove_uploads(name, removed != 0);
  if (removed == 0 && !broken("remove_missing_succeeds")) throw store_->missing();
}

std::unique_ptr<sdk::Reader> BareDriver::reader(std::string_view path,
                                                const sdk::ReadOptions& options,
                                                const sdk::Call& call) {
  call.check();
  const std::string name = store_->name(path);
  const std::lock_guard lock(data().mutex);
  if (broken("missing_reported_at_read") && data().objects.count(name) == 0)
    return std::make_unique<LateReader>();
  const bool empty = broken("directory_reads_empty") && data().has_below(name);
  const Content content =
      empty ? std::make_shared<const std::string>() : store_->object(name).content;
  if (!broken("read_conditions_ignored") && !empty) check_read(store_->object(name), options);
  if (broken("offset_past_end_fails") && options.offset > content->size())
    throw sdk::Error(BERTH_STATUS_INVALID_OFFSET);
  return std::make_unique<Reader>(store_, name, content, options);
}

void BareDriver::check_read(const Object& object, const sdk::ReadOptions& options) {
  if (!options.if_match.empty() && options.if_match != object.etag())
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED);
  if (options.if_none_match == object.etag()) throw sdk::Error(BERTH_STATUS_NOT_MODIFIED);
}

// REQUIRES: the lock is held.
std::string BareDriver::beginning_of_append(const std::string& path) const {
  if (const auto own = store_->own_uploads.find(path); own != store_->own_uploads.end())
    return *own->second;
  if (const Content upload = store_->upload_at(path)) return *upload;
  const bool creates = broken("append_creates") && data().objects.count(path) == 0;
  if (broken("append_needs_upload")) throw store_->missing();
  if (creates || broken("append_starts_over")) return {};
  return *store_->object(path).content;
}

std::unique_ptr<sdk::Writer> BareDriver::writer(std::string_view path,
                                                const sdk::WriteOptions& options,
                                                const sdk::Call& call) {
  call.check();
  const std::string name = store_->name(path);
  const std::lock_guard lock(data().mutex);
  const bool create_only = options.create_only && !broken("create_only_ignored");
  if (create_only && data().objects.count(name) != 0) throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS);
  if (broken("open_truncates")) data().objects.erase(name);
  std::string beginning;
  const bool continues = broken("start_over_continues") && data().uploads.count(name) != 0;
  if (options.append || continues)
    beginning = beginning_of_append(name);
  else if (!broken("commit_keeps_upload"))
    store_->void_upload(name);
  sdk::WriteOptions wanted = options;
  wanted.create_only = create_only;
  return std::make_unique<Writer>(store_, name, std::move(beginning), wanted);
}

// Adds the optional operations.
class FullDriver final : public BareDriver {
 public:
  FullDriver(const sdk::Parameters& parameters, const sdk::Call& call)
      : BareDriver(parameters, call) {
    store_->one_kind = false;
    store_->etags = true;
  }

  sdk::Capabilities capabilities() const noexcept override {
    sdk::Capabilities caps = BareDriver::capabilities();
    caps.flags |= BERTH_CAP_URL | BERTH_CAP_IF_MATCH | BERTH_CAP_ATTRIBUTES |
                  BERTH_CAP_READ_CONDITIONS | BERTH_CAP_READ_FROM_END | BERTH_CAP_COPY_CREATE_ONLY |
                  BERTH_CAP_COPY_SOURCE_IF_MATCH | BERTH_CAP_COPY_IF_MATCH |
                  BERTH_CAP_REMOVE_IF_MATCH | BERTH_CAP_REMOVE_ONLY_OBJECT;
    return caps;
  }
  void get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) override {
    call.check();
    const Content content = [&] {
      const std::lock_guard lock(data().mutex);
      return store_->object(store_->name(path)).content;
    }();
    into.append(*content);
  }
  void copy(std::string_view source, std::string_view destination, const sdk::CopyOptions& options,
            const sdk::Call& call) override {
    call.check();
    std::unique_lock lock(data().mutex);
    const std::string from = store_->name(source), to = store_->name(destination);
    check_copy(from, to, options, "copy");
    if (broken("copy_missing_succeeds") && data().objects.count(from) == 0) return;
    if (broken("copy_needs_parents") && !store_->has_parent(to)) throw store_->missing();
    if (broken("copy_directory_is_empty") && data().has_below(from))
      return store_->publish(to, "", "copy");
    const std::string content = *store_->object(from).content;
    if (broken("copy_takes_siblings")) store_->remove_siblings(from);
    if (!broken("copy_keeps_destination") || data().objects.count(to) == 0)
      store_->publish(to, content, "copy", store_->attributes_at(from));
    if (broken("copy_takes_source")) data().objects.erase(from);
    lock.unlock();
    store_->report(options.stored, to);
  }
  void walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  std::string url_for(std::string_view path, const sdk::UrlOptions& options,
                      const sdk::Call& call) override;
  sdk::Stat stat(std::string_view path, const sdk::Call& call) override;
  void read_ranges(std::string_view path, const sdk::RangeRead& read,
                   const sdk::Call& call) override;

 private:
  std::string start_key(std::string_view start_after) const;
};

// A start_after that is a directory sorts after the directory and before its content.
std::string FullDriver::start_key(std::string_view start_after) const {
  if (start_after.empty() || broken("walk_ignores_start_after")) return {};
  const std::lock_guard lock(data().mutex);
  const std::string name(start_after);
  const bool directory = data().objects.count(name) == 0 && data().has_below(name);
  return directory ? name + "/" : name;
}

void FullDriver::walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                      const sdk::Call& call) {
  std::vector<Row> rows = rows_below(data(), path);
  if (rows.empty() && path != "/" && !broken("walk_missing_is_empty")) throw store_->missing();
  if (broken("walk_order_of_names"))
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.path < b.path; });
  if (broken("walk_reports_start")) rows.insert(rows.begin(), Row{std::string(path), true});
  const std::string start = start_key(options.start_after);
  std::string skipped = "//";  // below nothing
  for (const Row& row : rows) {
    call.check();
    if (!start.empty() && row.key() <= start) continue;
    if (is_below(row.path, skipped)) continue;
    if (broken("walk_skips_bare_prefix") && row.path.starts_with(skipped)) continue;
    if (!row.directory && data().hidden_files.count(row.path) != 0) continue;
    if (broken("walk_drops_unnameable") && !is_nameable(row.path)) continue;
    if (broken("walk_without_directories") && row.directory) continue;
    std::optional<std::uint64_t> size;
    if (!broken("walk_without_sizes")) size = row.size;
    const auto visit = sink({row.path, row.directory, size, row.mtime_ns, {}});
    if (visit == sdk::Visit::stop) return;
    if (visit == sdk::Visit::skip_directory && row.directory) skipped = row.path;
    if (broken("walk_reports_broken_names")) sink({row.path + "\n", false, 0, row.mtime_ns, {}});
  }
}

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string unhex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  return bytes;
}

// The name of the data and the path as hexadecimal digits, so that nothing needs escaping.
std::string FullDriver::url_for(std::string_view path, const sdk::UrlOptions&, const sdk::Call&) {
  if (broken("url_of_another")) path.remove_suffix(1);
  if (broken("url_without_scheme")) return hex(path);
  return std::string(url_scheme) + hex(data().name) + "/" + hex(path);
}

sdk::Stat FullDriver::stat(std::string_view path, const sdk::Call& call) {
  sdk::Stat found = BareDriver::stat(path, call);
  if (!found.mtime_ns) return found;
  found.etag = std::to_string(*found.mtime_ns);
  const std::lock_guard lock(data().mutex);
  for (const auto& [name, value] : store_->attributes_at(store_->name(path)))
    found.attributes.push_back({name, value});
  return found;
}

void FullDriver::read_ranges(std::string_view path, const sdk::RangeRead& read,
                             const sdk::Call& call) {
  call.check();
  const std::string name = store_->name(path);
  const auto find = [&] {
    const std::lock_guard lock(data().mutex);
    if (broken("ranges_of_missing_are_empty") && data().objects.count(name) == 0)
      return Object{std::make_shared<const std::string>()};
    return store_->object(name);
  };
  Object object = find();
  if (!read.if_match().empty() && read.if_match() != object.etag() &&
      !broken("ranges_ignore_if_match"))
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED);
  std::uint64_t end_of_last = 0;
  for (std::size_t i = 0; i < read.count(); ++i) {
    berth_range& range = read.ranges()[i];
    if (broken("ranges_read_again")) object = find();
    const std::string& content = *object.content;
    const std::size_t begin = std::min<std::uint64_t>(range.offset, content.size());
    range.got = content.copy(static_cast<char*>(range.into), range.length, begin);
    if (broken("ranges_pad_the_end")) range.got = range.length;
    if (broken("ranges_skip_overlaps") && range.offset < end_of_last) range.got = 0;
    end_of_last = range.offset + range.length;
    read.done(i);
  }
}

constexpr berth_driver full = sdk::detail::describe<FullDriver>("reference");
constexpr berth_driver bare = sdk::detail::describe<BareDriver>("bare_reference");

}  // namespace

std::span<const Defect> defects() {
  return all_defects;
}

void register_drivers() {
  static std::once_flag once;
  std::call_once(once, [] {
    factory::register_driver(full);
    factory::register_driver(bare);
  });
}

std::string fresh_data() {
  static std::atomic<unsigned> count{0};
  return "data-" + std::to_string(++count);
}

berth::Store open(std::string_view driver, const std::string& data, std::string_view defect) {
  register_drivers();
  return factory::create(driver, {{"data", data}, {"defect", std::string(defect)}});
}

void plant(const std::string& data, const std::string& path) {
  const auto owner = data_named(data);
  const std::lock_guard lock(owner->mutex);
  owner->objects[path] = {std::make_shared<const std::string>("planted"), owner->tick()};
}

FetchReply fetch(const std::string& method, const std::string& url, const std::string& body) {
  const std::string_view rest = std::string_view(url).substr(url_scheme.size());
  const auto slash = rest.find('/');
  const auto owner = data_named(unhex(rest.substr(0, slash)));
  Data& data = *owner;
  const std::string path = unhex(rest.substr(slash + 1));
  const std::lock_guard lock(data.mutex);
  if (method == "PUT") {
    data.objects[path] = {std::make_shared<const std::string>(body), data.tick()};
    return {201, {}, ""};
  }
  const auto found = data.objects.find(path);
  if (found == data.objects.end()) return {404, {}, "no such object"};
  const std::string& content = *found->second.content;
  return {
      200, {{"content-length", std::to_string(content.size())}}, method == "HEAD" ? "" : content};
}

}  // namespace berth::conformance::reference
