// SPDX-License-Identifier: Apache-2.0
//
// Stores the multipart writer's parts as segments, and writes a manifest over them at commit. The
// protocol between writers is in segment_target.cpp.
#pragma once

#include <berth/driver.hpp>
#include <string>
#include <vector>

#include "common/multipart_writer.hpp"
#include "container.hpp"
#include "large_objects.hpp"
#include "uploads.hpp"

namespace berth::swift {

// Where new segments are stored, and which segments exist.
struct Destination {
  std::string path;           // of new segments
  std::string writer;         // as in the note
  std::string version;        // of the object when the writer was opened, see version_of()
  bool noted = false;         // this writer resumes an upload that had a note
  bool reopened = false;      // the upload was closed by another writer
  std::vector<Segment> base;  // of the object or upload that this writer continues, in order
  std::string in_place;       // "container/path" of a dynamic large object that grows in place
  bool is_static = false;     // commit writes a static manifest
};

class SegmentTarget final : public common::MultipartTarget {
 public:
  SegmentTarget(Container& container, std::string object, const sdk::WriteOptions& options,
                Destination destination);

  void put_whole(std::string_view bytes, const sdk::Call& call) override;
  void begin(const sdk::Call& call) override;
  http::Plan part(uint32_t number, std::string_view bytes, const sdk::Call& call) override;
  std::string tag(uint32_t number, const http::Response& answer) override;
  void complete(const std::vector<common::Part>& parts, const sdk::Call& call) override;
  void on_suspend(const std::vector<common::Part>& parts, std::string_view rest,
                  const sdk::Call& call) override;
  void abort(const sdk::Call& call) override;
  std::string name() const override { return "'" + destination_.path + "'"; }

 private:
  [[nodiscard]] Segment place(uint32_t number) const;
  [[nodiscard]] std::vector<Segment> segments_of(const std::vector<common::Part>& parts) const;
  [[nodiscard]] Upload upload(std::vector<Segment> segments) const;
  [[nodiscard]] bool has_note() const noexcept { return destination_.in_place.empty(); }
  [[nodiscard]] bool continues_object() const;
  [[nodiscard]] bool holds_upload(const std::vector<Segment>& segments, const sdk::Call& call);
  [[nodiscard]] bool all_exist(const std::vector<Segment>& segments, const sdk::Call& call);
  [[nodiscard]] sdk::Error overtaken(const char* how) const;
  void check_version(const sdk::Call& call);
  void verify_published(const std::vector<Segment>& segments, const sdk::Call& call);
  [[nodiscard]] ManifestOptions manifest_options(const sdk::Call& call);
  void publish(std::vector<Segment>& segments, const sdk::Call& call);
  void put_manifest(const std::vector<Segment>& segments, const ManifestOptions& options,
                    const sdk::Call& call);
  [[nodiscard]] std::string dynamic_place() const;
  void copy_to_one_path(std::vector<Segment>& segments, const sdk::Call& call);
  [[nodiscard]] bool is_published(const std::vector<Segment>& segments) noexcept;
  [[nodiscard]] std::vector<Segment> added_segments() const;

  Container& container_;
  LargeObjects large_;
  Uploads uploads_;
  const std::string object_;
  const std::string content_type_;
  const bool create_only_;
  const Destination destination_;
  uint32_t highest_ = 0;         // number of the last part that was started
  bool keeps_segments_ = false;  // the manifest was written, or may have been
};

}  // namespace berth::swift
