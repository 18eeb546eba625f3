// SPDX-License-Identifier: Apache-2.0
//
// A tree in memory that reports what a test says: a walk in any order, times, MD5s.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/file_tree.hpp"

namespace berth::test {

class TreeOfFiles final : public cli::FileTree {
 public:
  std::vector<FileInfo> walk_order;            // what a cursor reports
  std::map<std::string, std::string> content;  // by path
  std::map<std::string, Time> times;           // at the origin
  std::map<std::string, std::string> md5s;
  int reads = 0;

  std::unique_ptr<cli::Cursor> cursor(const std::string&, const cli::IssueSink&) override {
    return std::make_unique<ListedEntries>(walk_order);
  }

  std::unique_ptr<cli::Source> read(const std::string& path, std::int64_t,
                                    std::optional<std::uint64_t>) override {
    ++reads;
    return std::make_unique<StringSource>(content.at(path));
  }

  std::optional<Time> source_time(const FileInfo& entry) override {
    const auto found = times.find(entry.path);
    return found == times.end() ? std::nullopt : std::optional(found->second);
  }

  std::string known_md5(const FileInfo& entry) const override {
    const auto found = md5s.find(entry.path);
    return found == md5s.end() ? std::string() : found->second;
  }

  std::size_t io_bytes() const override { return 16; }
  std::string show(std::string_view path) const override { return "tree:" + std::string(path); }

  FileInfo stat(const std::string&) override { unexpected(); }
  void list(const std::string&, const Visitor&, const cli::IssueSink&) override { unexpected(); }
  void walk(const std::string&, const Visitor&, const cli::IssueSink&) override { unexpected(); }
  std::unique_ptr<cli::Sink> write(const std::string&, const cli::SinkOptions&) override {
    unexpected();
  }
  void put(const std::string&, std::string_view, const cli::SinkOptions&) override { unexpected(); }
  void make_directory(const std::string&) override { unexpected(); }
  void remove_file(const std::string&) override { unexpected(); }
  void rename_file(const std::string&, const std::string&) override { unexpected(); }
  void remove_empty_directory(const std::string&) override { unexpected(); }

 private:
  class ListedEntries final : public cli::Cursor {
   public:
    explicit ListedEntries(std::vector<FileInfo> entries) : entries_(std::move(entries)) {}
    bool next(FileInfo& entry) override {
      if (at_ == entries_.size()) return false;
      entry = entries_[at_++];
      return true;
    }

   private:
    std::vector<FileInfo> entries_;
    std::size_t at_ = 0;
  };

  class StringSource final : public cli::Source {
   public:
    explicit StringSource(std::string bytes) : bytes_(std::move(bytes)), left_(bytes_) {}
    std::size_t read(char* buffer, std::size_t size) override {
      const auto got = left_.copy(buffer, size);
      left_.remove_prefix(got);
      return got;
    }

   private:
    std::string bytes_;
    std::string_view left_;
  };

  [[noreturn]] static void unexpected() { throw std::logic_error("not expected in this test"); }
};

}  // namespace berth::test
