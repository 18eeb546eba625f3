// SPDX-License-Identifier: Apache-2.0
//
// Throws from the entry that the parameter `entry` names what the parameter `kind` names, and from
// every other entry of reader and writer nothing.
#include <new>
#include <stdexcept>
#include <string>

#include "fake.hpp"

using namespace berth::sdk;

namespace {

// What to throw, and where.
struct Plan {
  std::string kind, entry;

  void at(std::string_view here) const {
    if (entry != here) return;
    if (kind == "int") throw 42;
    if (kind == "bad_alloc") throw std::bad_alloc();
    throw std::runtime_error("thrown by " + entry);
  }
};

class ThrowingReader final : public Reader {
 public:
  explicit ThrowingReader(const Plan& plan) : plan_(plan) {}
  size_t read(char*, size_t, const Call&) override { return plan_.at("reader_read"), 0; }
  std::optional<Stat> info() const override { return plan_.at("reader_info"), std::nullopt; }

 private:
  Plan plan_;
};

class ThrowingWriter final : public Writer {
 public:
  explicit ThrowingWriter(const Plan& plan) : plan_(plan) {}
  void write(std::string_view, const Call&) override { plan_.at("writer_write"); }
  uint64_t size() const noexcept override { return 0; }
  void commit(const CommitOptions&, const Call&) override { plan_.at("writer_commit"); }
  void cancel(const Call&) override { plan_.at("writer_cancel"); }
  void keep(const Call&) override { plan_.at("writer_close"); }

 private:
  Plan plan_;
};

class Throws final : public Fake {
 public:
  static constexpr std::array parameters{
      Param::string("kind", "What to throw.").one_of("runtime_error|int|bad_alloc").required(),
      Param::string("entry", "Where to throw it.").required()};

  Throws(const Parameters& given, const Call&)
      : plan_{given.string("kind"), given.string("entry")} {
    plan_.at("open");
  }

  void put(std::string_view, std::string_view, const WriteOptions&, const Call&) override {
    plan_.at("put");
  }
  Stat stat(std::string_view path, const Call& call) override {
    return plan_.at("stat"), Fake::stat(path, call);
  }
  void list(std::string_view path, const ListOptions& options, const Sink& sink,
            const Call& call) override {
    plan_.at("list"), Fake::list(path, options, sink, call);
  }
  void move(std::string_view, std::string_view, const CopyOptions&, const Call&) override {
    plan_.at("move");
  }
  void remove(std::string_view, const RemoveOptions&, const Call&) override { plan_.at("remove"); }
  std::unique_ptr<Reader> reader(std::string_view, const ReadOptions&, const Call&) override {
    return plan_.at("reader_open"), std::make_unique<ThrowingReader>(plan_);
  }
  std::unique_ptr<Writer> writer(std::string_view, const WriteOptions&, const Call&) override {
    return plan_.at("writer_open"), std::make_unique<ThrowingWriter>(plan_);
  }
  void get(std::string_view, const Buffer&, const Call&) override { plan_.at("get"); }
  void walk(std::string_view, const ListOptions&, const Sink&, const Call&) override {
    plan_.at("walk");
  }
  void copy(std::string_view, std::string_view, const CopyOptions&, const Call&) override {
    plan_.at("copy");
  }
  std::string url_for(std::string_view, const UrlOptions&, const Call&) override {
    return plan_.at("url_for"), "https://example.com/";
  }

 private:
  Plan plan_;
};

}  // namespace

BERTH_DRIVER(throws, Throws);
