// SPDX-License-Identifier: Apache-2.0
//
// Uploads by blocks against a service of one blob, whose answers may be lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "block_ids.hpp"
#include "common/crypto.hpp"
#include "common/uri.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

// What a service with one blob would do, as far as the driver asks for it.
struct Service {
  std::function<std::optional<Answer>(const SeenRequest&)> other = [](const SeenRequest&) {
    return std::optional<Answer>();
  };
  std::mutex mutex;
  std::map<std::string, std::string> uncommitted, committed;
  Lines order;  // ids of the committed blocks
  std::optional<std::string> content;
  int version = 0;
  std::string mark;                                       // of the blob that is there
  std::vector<std::pair<std::string, std::string>> said;  // of it, as HEAD tells it

  std::string etag() const { return "\"" + std::to_string(version) + "\""; }

  // Until a block of data has arrived, behind the marker: one that is still on its way arrives
  // behind a cancel.
  void await_block() {
    for (int i = 0; i < 10000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (uncommitted.size() > 1) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL("no block has arrived");
  }

  std::pair<std::string, std::string> block_of_data() {
    const std::lock_guard lock(mutex);
    for (const auto& sent : uncommitted)
      if (sent.second.size() > 1) return sent;
    return {};
  }

  ScriptedServer::Handler handler() {
    return [this](const SeenRequest& request) {
      const std::lock_guard lock(mutex);
      if (const auto answer = other(request)) return *answer;
      return answer(request);
    };
  }

  Answer answer(const SeenRequest& request) {
    if (request.method == "HEAD") {
      if (!content) return missing();
      Answer there = head_answer(content->size(), "BlockBlob", etag());
      for (const auto& [name, value] : said) there.header(name, value);
      return mark.empty() ? there : there.header("x-ms-meta-berthmark", mark);
    }
    if (request.method == "DELETE") return content.reset(), Answer(202);
    if (request.method == "GET") return get(request);
    if (request.has("If-Match") && (!content || request.header("If-Match") != etag()))
      return error_answer(412, "ConditionNotMet");
    if (contains(request.target, "comp=blocklist")) return commit(request);
    if (contains(request.target, "comp=block")) {
      const std::string id = id_in(request);
      uncommitted[id] = request.body;
      return Answer(201);
    }
    const Answer done = replace(request.body, {});
    mark = request.header("x-ms-meta-berthmark");
    return done;
  }

  static std::string id_in(const SeenRequest& request) {
    const size_t at = request.target.find("blockid=") + 8;
    return common::percent_decode(request.target.substr(at));
  }

  Answer get(const SeenRequest& request) {
    if (!contains(request.target, "comp=blocklist")) {
      const std::string range = request.header("Range").substr(6);
      const size_t first = std::stoul(range), last = std::stoul(range.substr(range.find('-') + 1));
      Answer part(206, content->substr(first, last - first + 1));  // perhaps many MiB
      part.header("ETag", etag())
          .header("Content-Range", "bytes " + std::to_string(first) + '-' + std::to_string(last) +
                                       '/' + std::to_string(content->size()));
      return part;
    }
    if (!content && uncommitted.empty()) return error_answer(404, "BlobNotFound");
    std::string text = "<BlockList><CommittedBlocks>";
    const auto add = [&](const std::string& id, const std::string& bytes) {
      text +=
          "<Block><Name>" + id + "</Name><Size>" + std::to_string(bytes.size()) + "</Size></Block>";
    };
    for (const std::string& id : order) add(id, committed[id]);
    text += "</CommittedBlocks><UncommittedBlocks>";
    for (const auto& [id, bytes] : uncommitted) add(id, bytes);
    return Answer(200, text + "</UncommittedBlocks></BlockList>");
  }

  Answer commit(const SeenRequest& request) {
    if (request.has("If-None-Match") && content) return error_answer(409, "BlobAlreadyExists");
    Lines ids;
    std::string bytes;
    for (size_t at = 0; (at = request.body.find("<Latest>", at)) != std::string::npos;) {
      at += 8;
      ids.push_back(request.body.substr(at, request.body.find('<', at) - at));
      if (!uncommitted.count(ids.back()) && !committed.count(ids.back()))
        return error_answer(400, "InvalidBlockList");
    }
    std::map<std::string, std::string> kept;
    for (const std::string& id : ids)
      bytes += kept[id] = uncommitted.count(id) ? uncommitted[id] : committed[id];
    committed = std::move(kept);
    const Answer done = replace(bytes, ids);
    mark = request.header("x-ms-meta-berthmark");
    return done;
  }

  Answer replace(const std::string& bytes, const Lines& ids) {
    content = bytes;
    mark.clear();
    order = ids;
    if (ids.empty()) committed.clear();
    uncommitted.clear();
    ++version;
    return Answer(201).header("ETag", etag());
  }
};

constexpr size_t block = 65'536;
const std::string marker_of_two = "mmm";  // of an upload that was closed with two parts

ScriptedStore store_of(Service& service) {
  return ScriptedStore(service.handler(), {{"chunksize", "65536"}});
}

std::string letters(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 / 1000 % 26);
  return text;
}

void write_all(sdk::Driver& driver, std::string_view bytes, sdk::WriteOptions options = {}) {
  const auto w = writer(driver, "/a", options);
  write(*w, bytes);
  commit(*w);
}

sdk::WriteOptions appending() {
  sdk::WriteOptions options;
  options.append = true;
  return options;
}

azure::UploadName name_of(azure::UploadKind kind, const std::string& etag) {
  return azure::UploadName::make(kind, etag, std::chrono::system_clock::now());
}

}  // namespace

TEST_CASE(
    "twelve blocks and then an append of more have names of one length, "
    "in order") {
  Service service;
  ScriptedStore store = store_of(service);
  const std::string bytes = letters(12 * block);
  write_all(*store.driver, bytes);
  CHECK(service.order.size() == 12);
  for (int i = 0; i < 20; ++i) write_all(*store.driver, letters(block * 2), appending());
  CHECK(service.order.size() == 52);
  std::set<size_t> sizes;
  for (const std::string& id : service.order) sizes.insert(id.size());
  CHECK(sizes.size() == 1);
  CHECK(service.content->substr(0, bytes.size()) == bytes);
  CHECK(service.content->size() == 52 * block);
}

TEST_CASE("more blocks than the service takes are refused before they are sent") {
  Service service;
  for (int i = 0; i < 50'000; ++i) {
    const std::string id = azure::UploadName{}.block(static_cast<uint32_t>(i));
    service.order.push_back(id);
    service.committed[id] = "x";
  }
  service.content = std::string(50'000, 'x');
  ScriptedStore store = store_of(service);
  const auto w = writer(*store.driver, "/a", appending());
  CHECK(status_of([&] { write(*w, "y"); }) == BERTH_STATUS_NO_SPACE);
  CHECK(service.content->size() == 50'000);
}

TEST_CASE(
    "an unfinished upload is continued by another store, in spite of "
    "blocks it lost") {
  Service service;
  ScriptedStore store = store_of(service);
  const std::string bytes = letters(5 * block);
  {
    const auto w = writer(*store.driver, "/a");
    write(*w, std::string_view(bytes).substr(0, 3 * block + 100));
    keep(*w);
  }
  CHECK_FALSE(service.content);
  ScriptedStore again = store_of(service);
  const auto w = writer(*again.driver, "/a", appending());
  CHECK(w->size() == 3 * block + 100);
  write(*w, std::string_view(bytes).substr(3 * block + 100));
  commit(*w);
  CHECK(*service.content == bytes);
}

TEST_CASE("an unfinished upload is void once another version is there") {
  Service service;
  ScriptedStore store = store_of(service);
  const auto w = writer(*store.driver, "/a");
  write(*w, letters(2 * block));
  keep(*w);
  const auto left = service.uncommitted;
  put(*store.driver, "/a", "new");
  service.uncommitted = left;  // a service that forgets to drop them
  write_all(*store.driver, "er", appending());
  CHECK(*service.content == "newer");
}

TEST_CASE("a commit whose answer was lost is repeated without harm") {
  Service service;
  std::atomic<int> commits{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method != "PUT" || !contains(request.target, "comp=blocklist")) return {};
    if (++commits != 1) return {};
    service.commit(request);
    return Answer::hang_up();
  };
  ScriptedStore store = store_of(service);
  write_all(*store.driver, letters(2 * block));
  CHECK(commits == 2);
  CHECK(*service.content == letters(2 * block));

  commits = 0;
  service.content.reset();
  sdk::WriteOptions only;
  only.create_only = true;
  write_all(*store.driver, letters(3 * block), only);
  CHECK(commits == 2);
  CHECK(*service.content == letters(3 * block));
}

TEST_CASE("an append to a version that is replaced meanwhile is refused") {
  Service service;
  ScriptedStore store = store_of(service);
  put(*store.driver, "/a", "first");
  const auto w = writer(*store.driver, "/a", appending());
  write(*w, "more");
  put(*store.driver, "/a", "other");
  CHECK(status_of([&] { commit(*w); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(*service.content == "other");
}

TEST_CASE(
    "a large blob without blocks is read and uploaded again to be "
    "appended to") {
  Service service;
  ScriptedStore store = store_of(service);
  const std::string bytes = letters(3 * block + 5);
  put(*store.driver, "/a", bytes);
  CHECK(service.order.empty());
  write_all(*store.driver, letters(block), appending());
  CHECK(*service.content == bytes + letters(block));
  CHECK(service.order.size() == 5);
}

TEST_CASE("an append keeps the blob's metadata and properties, by blocks and as a whole") {
  for (const bool blocks : {true, false}) {
    Service service;
    ScriptedStore store = store_of(service);
    if (blocks)
      write_all(*store.driver, letters(2 * block));
    else
      put(*store.driver, "/a", "there");
    service.said = {{"Content-Type", "text/x"},
                    {"Cache-Control", "no-cache"},
                    {"Content-Encoding", "gzip"},
                    {"X-Ms-Meta-Owner", "me"}};
    service.mark = "1234567890abcdef";
    const auto w = writer(*store.driver, "/a", appending());
    write(*w, "much ");
    keep(*w);
    write_all(*store.driver, "more", appending());
    const SeenRequest last = store.server.requests().back();
    CHECK(service.content->substr(blocks ? 2 * block : 0) ==
          (blocks ? "" : "there") + std::string("much more"));
    CHECK(last.header("x-ms-blob-content-type") == "text/x");
    CHECK(last.header("x-ms-blob-cache-control") == "no-cache");
    CHECK(last.header("x-ms-blob-content-encoding") == "gzip");
    CHECK(last.header("x-ms-meta-owner") == "me");
    CHECK(last.header("x-ms-meta-berthmark") != "1234567890abcdef");
  }
}

TEST_CASE("a new upload keeps nothing of the blob it replaces") {
  Service service;
  ScriptedStore store = store_of(service);
  put(*store.driver, "/a", "there");
  keep(*writer(*store.driver, "/a"));
  service.said = {{"X-Ms-Meta-Owner", "me"}};
  write_all(*store.driver, letters(2 * block), appending());
  CHECK(*service.content == letters(2 * block));
  CHECK_FALSE(store.server.requests().back().has("x-ms-meta-owner"));
}

TEST_CASE("an append reads a blob without blocks in pieces of any size") {
  Service service;
  ScriptedStore store(service.handler(), {{"chunksize", "134217728"}});
  service.content = std::string(65 * 1024 * 1024, 'x');  // more than an answer of a listing may be
  const auto w = writer(*store.driver, "/a", appending());
  CHECK(w->size() == service.content->size());
}

TEST_CASE("a version that appears between HEAD and read is not appended to") {
  Service service;
  ScriptedStore store = store_of(service);
  put(*store.driver, "/a", "first");
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "GET" && request.has("Range")) service.replace("other, longer", {});
    return {};
  };
  CHECK(status_of([&] { writer(*store.driver, "/a", appending()); }) ==
        BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("blocks with short names of another program are replaced by an append") {
  Service service;
  service.order = {common::base64("0001"), common::base64("0002")};
  service.committed = {{service.order[0], "one"}, {service.order[1], "two"}};
  service.content = "onetwo";
  ScriptedStore store = store_of(service);
  write_all(*store.driver, "three", appending());
  CHECK(*service.content == "onetwothree");
}

TEST_CASE("create_only removes conflicting blocks of another program, whatever their names") {
  Service service;
  ScriptedStore store = store_of(service);
  service.uncommitted = {{common::base64("0001"), "theirs"}};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method != "PUT" || service.uncommitted.empty()) return {};
    if (request.has("x-ms-blob-type")) return error_answer(409, "BlobAlreadyExists");
    const size_t size = service.uncommitted.begin()->first.size();
    if (contains(request.target, "comp=block&") && Service::id_in(request).size() != size)
      return error_answer(400, "InvalidBlobOrBlock");
    return {};
  };
  put(*store.driver, "/a", "ours", {false, true, {}, {}});
  CHECK(*service.content == "ours");
}

TEST_CASE("an append names its blocks as long as those that another program left") {
  for (const size_t size : {40, 41, 42}) {
    Service service;
    ScriptedStore store = store_of(service);
    // Every other one is read and becomes blocks when the writer opens.
    put(*store.driver, "/a", size % 2 == 0 ? "there" : letters(2 * block));
    const std::string foreign = common::base64(std::string(size, 'x'));
    service.uncommitted = {{foreign, "theirs"}};
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (contains(request.target, "comp=block&") &&
          Service::id_in(request).size() != foreign.size())
        return error_answer(400, "InvalidBlobOrBlock");
      return {};
    };
    const auto w = writer(*store.driver, "/a", appending());
    write(*w, " and more");
    keep(*w);
    for (const auto& [id, bytes] : service.uncommitted)
      CHECK(common::from_base64(id)->size() == size);
  }
}

TEST_CASE("a cancel drops the blocks where no blob exists, and otherwise marks them as cancelled") {
  Service service;
  ScriptedStore store = store_of(service);
  const auto w = writer(*store.driver, "/a");
  write(*w, letters(2 * block));
  service.await_block();
  cancel(*w);
  CHECK(service.uncommitted.empty());
  CHECK_FALSE(service.content);

  put(*store.driver, "/a", "there");
  const auto v = writer(*store.driver, "/a");
  write(*v, letters(2 * block));
  cancel(*v);
  CHECK(*service.content == "there");
  CHECK(writer(*store.driver, "/a", appending())->size() == 5);
}

TEST_CASE(
    "a cancel whose answer was lost leaves no empty blob and removes no other writer's data") {
  for (const bool landed : {true, false}) {
    Service service;
    bool lost = false;
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (lost || request.method != "PUT" || !contains(request.target, "comp=blocklist")) return {};
      lost = true;
      if (landed)
        service.answer(request);
      else
        service.replace("", {});  // an empty file of another program
      return Answer::hang_up();
    };
    ScriptedStore store = store_of(service);
    const auto w = writer(*store.driver, "/a");
    write(*w, letters(2 * block));
    cancel(*w);
    CHECK(lost);
    CHECK(service.content.has_value() == !landed);
  }
}

TEST_CASE(
    "an append blob in the way of an upload is deleted before the first "
    "block") {
  Service service;
  bool append_blob = true;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (!append_blob) return {};
    if (request.method == "HEAD") return head_answer(3, "AppendBlob", "\"v\"");
    if (request.method == "PUT") return error_answer(409, "InvalidBlobType");
    return append_blob = false, Answer(202);
  };
  ScriptedStore store = store_of(service);
  write_all(*store.driver, letters(2 * block));
  CHECK(*service.content == letters(2 * block));
}

TEST_CASE("an append does not delete an append blob that another program put at its path") {
  for (const size_t size : {size_t{1}, 2 * block}) {
    Service service;
    ScriptedStore store = store_of(service);
    put(*store.driver, "/a", "there");
    const auto w = writer(*store.driver, "/a", appending());
    service.other = [](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method == "HEAD") return head_answer(3, "AppendBlob", "\"v\"");
      if (request.method == "PUT") return error_answer(409, "InvalidBlobType");
      return {};
    };
    CHECK(status_of([&] {
            write(*w, letters(size));
            commit(*w);
          }) == (size == 1 ? BERTH_STATUS_PRECONDITION_FAILED : BERTH_STATUS_UNKNOWN));
    for (const std::string& line : store.log()) CHECK_FALSE(contains(line, "DELETE"));
  }
}

TEST_CASE(
    "an append that failed to open leaves no blocks that the next append mistakes for the blob") {
  for (const bool void_told : {true, false}) {
    Service service;
    ScriptedStore store = store_of(service);
    const std::string bytes = letters(3 * block + 5);
    put(*store.driver, "/a", bytes);
    int blocks = 0;
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (!contains(request.target, "comp=block&")) return {};
      const bool data = request.body.size() == block;
      const bool fails = data ? ++blocks >= 2 : blocks != 0 && !void_told;
      return fails ? std::optional(error_answer(403, "AuthorizationFailure")) : std::nullopt;
    };
    CHECK(status_of([&] { writer(*store.driver, "/a", appending()); }) ==
          BERTH_STATUS_PERMISSION_DENIED);
    const auto is_void = [](const auto& left) {
      return azure::parse_block_id(left.first)->upload.kind == azure::UploadKind::cancelled;
    };
    CHECK(std::any_of(service.uncommitted.begin(), service.uncommitted.end(), is_void) ==
          void_told);
    service.other = [](const SeenRequest&) { return std::optional<Answer>(); };
    const auto w = writer(*store.driver, "/a", appending());
    CHECK(w->size() == bytes.size());
    write(*w, "more");
    commit(*w);
    CHECK(*service.content == bytes + "more");
  }
}

TEST_CASE("an append that was killed loses nothing of the blob, whatever it uploaded") {
  for (const size_t size : {size_t{5}, 3 * block + 5, 3 * block}) {
    Service service;
    ScriptedStore store = store_of(service);
    const std::string bytes = letters(size);
    put(*store.driver, "/a", bytes);
    service.uncommitted[name_of(azure::UploadKind::rewrite, service.etag()).block(0)] = "m";
    { const auto killed = writer(*store.driver, "/a", appending()); }
    const auto w = writer(*store.driver, "/a", appending());
    CHECK(w->size() == size);
    write(*w, "more");
    keep(*w);
    write_all(*store.driver, "and more", appending());
    CHECK(*service.content == bytes + "moreand more");
  }
}

TEST_CASE("a block that arrives after the cancel of its upload starts no new upload") {
  Service service;
  ScriptedStore store = store_of(service);
  const auto w = writer(*store.driver, "/a");
  write(*w, letters(2 * block));
  service.await_block();
  const auto late = service.block_of_data();
  cancel(*w);
  service.uncommitted.insert(late);
  CHECK(status_of([&] { writer(*store.driver, "/a", appending()); }) ==
        BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("the newest upload is resumed, even if the clocks of other machines differ") {
  const auto ahead = [](azure::UploadKind kind, const std::string& etag) {
    azure::UploadName name = name_of(kind, etag);
    name.time += 3'600'000'000;
    return name;
  };
  Service service;
  ScriptedStore store = store_of(service);
  const azure::UploadName other = ahead(azure::UploadKind::create, "");
  service.uncommitted = {{other.block(0), "m"}, {other.block(1), "theirs"}};
  const auto w = writer(*store.driver, "/a");
  write(*w, "ours");
  keep(*w);
  write_all(*store.driver, " too", appending());
  CHECK(*service.content == "ours too");

  service.uncommitted = {{ahead(azure::UploadKind::rewrite, service.etag()).block(0), "m"}};
  const auto v = writer(*store.driver, "/a", appending());
  write(*v, " and");
  keep(*v);
  write_all(*store.driver, " more", appending());
  CHECK(*service.content == "ours too and more");
}

TEST_CASE("a block that fails permanently ends the upload and keeps the old blob") {
  Service service;
  ScriptedStore store = store_of(service);
  put(*store.driver, "/a", "there");
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "comp=block&") && request.body.size() == block)
      return error_answer(403, "AuthorizationFailure");
    return {};
  };
  CHECK(status_of([&] { write_all(*store.driver, letters(3 * block)); }) ==
        BERTH_STATUS_PERMISSION_DENIED);
  CHECK(*service.content == "there");
}

TEST_CASE("blocks of a failed append never follow what other writers append") {
  Service service;
  ScriptedStore store = store_of(service);
  const std::string bytes = letters(block);
  const auto first = writer(*store.driver, "/a");
  write(*first, bytes);
  keep(*first);
  bool landed = false;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (!contains(request.target, "comp=block&")) return {};
    const auto name = azure::parse_block_id(Service::id_in(request));
    if (name->number == 3) landed = true;
    if (name->number != 2) return {};
    return landed ? error_answer(403, "AuthorizationFailure") : error_answer(500, "InternalError");
  };
  {
    const auto failing = writer(*store.driver, "/a", appending());
    CHECK(status_of([&] {
            write(*failing, letters(2 * block + 1));
            commit(*failing);
          }) == BERTH_STATUS_PERMISSION_DENIED);
  }
  CHECK(landed);
  service.other = [](const SeenRequest&) { return std::optional<Answer>(); };
  const auto next = writer(*store.driver, "/a", appending());
  CHECK(next->size() == block);
  write(*next, "x");
  keep(*next);
  const auto last = writer(*store.driver, "/a", appending());
  CHECK(last->size() == block + 1);
  commit(*last);
  CHECK(*service.content == bytes + "x");
}

TEST_CASE("an append whose commit failed keeps the data of earlier closes") {
  Service service;
  ScriptedStore store = store_of(service);
  const std::string bytes = letters(block + 5);
  const auto first = writer(*store.driver, "/a");
  write(*first, bytes);
  keep(*first);
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method != "PUT" || !contains(request.target, "comp=blocklist")) return {};
    return error_answer(403, "AuthorizationFailure");
  };
  CHECK(status_of([&] { write_all(*store.driver, letters(block), appending()); }) ==
        BERTH_STATUS_PERMISSION_DENIED);
  service.other = [](const SeenRequest&) { return std::optional<Answer>(); };
  const auto next = writer(*store.driver, "/a", appending());
  CHECK(next->size() == bytes.size());
  write(*next, "more");
  commit(*next);
  CHECK(*service.content == bytes + "more");
}

TEST_CASE("blocks of a dead writer that arrive after the upload was resumed are ignored") {
  Service service;
  ScriptedStore store = store_of(service);
  const azure::UploadName dead = name_of(azure::UploadKind::create, "");
  service.uncommitted = {
      {dead.block(0), "m"}, {dead.block(1), "one "}, {dead.block(2), "two "}, {dead.block(4), "4"}};
  const auto next = writer(*store.driver, "/a", appending());
  CHECK(next->size() == 8);
  write(*next, "more ");
  keep(*next);
  service.uncommitted[dead.block(3)] = "late ";
  const auto last = writer(*store.driver, "/a", appending());
  CHECK(last->size() == 13);
  write(*last, "and more");
  commit(*last);
  CHECK(*service.content == "one two more and more");
}

TEST_CASE(
    "of two appends to one closed upload, the second close and the second commit are refused") {
  for (const bool commits : {false, true}) {
    Service service;
    ScriptedStore store = store_of(service);
    const auto begun = writer(*store.driver, "/a");
    write(*begun, "begun ");
    keep(*begun);
    const auto first = writer(*store.driver, "/a", appending());
    const auto second = writer(*store.driver, "/a", appending());
    write(*first, "first ");
    write(*second, "second ");
    keep(*first);
    CHECK(status_of([&] { commits ? commit(*second) : keep(*second); }) ==
          BERTH_STATUS_PRECONDITION_FAILED);
    write_all(*store.driver, "last", appending());
    CHECK(*service.content == "begun first last");
  }
}

TEST_CASE("of two appends that close one upload at the same moment, at most one succeeds") {
  Service service;
  ScriptedStore store = store_of(service);
  const auto begun = writer(*store.driver, "/a");
  write(*begun, "begun ");
  keep(*begun);
  const auto first = writer(*store.driver, "/a", appending());
  write(*first, "first ");
  // The other writer's marker arrives just before the first writer's.
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (!contains(request.target, "comp=block&") || request.body != marker_of_two) return {};
    azure::UploadName other = azure::parse_block_id(Service::id_in(request))->upload.resumed();
    service.uncommitted[other.block(2)] = "other ";
    service.uncommitted[other.block(0)] = marker_of_two;
    return {};
  };
  CHECK(status_of([&] { keep(*first); }) == BERTH_STATUS_PRECONDITION_FAILED);
  service.other = [](const SeenRequest&) { return std::optional<Answer>(); };
  write_all(*store.driver, "last", appending());
  CHECK(*service.content == "begun other last");
}

TEST_CASE("a writer cannot close its upload once another writer resumed and closed it") {
  Service service;
  ScriptedStore store = store_of(service);
  const auto hung = writer(*store.driver, "/a");
  write(*hung, letters(block));
  write(*hung, letters(block));
  service.await_block();
  const auto next = writer(*store.driver, "/a", appending());
  const uint64_t found = next->size();
  write(*next, "next");
  keep(*next);
  CHECK(status_of([&] { keep(*hung); }) == BERTH_STATUS_PRECONDITION_FAILED);
  write_all(*store.driver, "last", appending());
  CHECK(*service.content == letters(block).append(letters(block)).substr(0, found) + "nextlast");
}

TEST_CASE("a cancel keeps what another writer uploads to the same path") {
  for (const bool there : {false, true}) {
    Service service;
    ScriptedStore store = store_of(service);
    if (there) put(*store.driver, "/a", "there");
    const std::string bytes = letters(2 * block);
    const auto ours = writer(*store.driver, "/a");
    write(*ours, bytes);
    service.await_block();
    const auto other = writer(*store.driver, "/a");
    write(*other, letters(3 * block));
    cancel(*other);
    CHECK(service.content.has_value() == there);
    keep(*ours);
    const auto next = writer(*store.driver, "/a", appending());
    CHECK(next->size() == bytes.size());
    commit(*next);
    CHECK(*service.content == bytes);
  }
}

TEST_CASE("a removal that times out leaves no empty blob where blocks were") {
  Service service;
  ScriptedStore store = store_of(service);
  keep(*writer(*store.driver, "/a"));
  bool refused = false;
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "GET" && contains(request.target, "comp=list&"))
      return list_answer(listed("a"));
    if (request.method != "DELETE") return {};
    if (!service.content) return error_answer(404, "BlobNotFound");
    if (std::exchange(refused, true)) return {};
    return error_answer(503, "ServerBusy").header("Retry-After", "1");
  };
  FakeCall short_call;
  short_call.expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(700));
  store.driver->remove("/a", {}, short_call);
  CHECK(refused);
  CHECK_FALSE(service.content);
}

TEST_CASE("create_only in a container that is being deleted reports that") {
  Service service;
  ScriptedStore store = store_of(service);
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    const bool writes = request.method == "PUT" && !contains(request.target, "comp=block&");
    return writes ? std::optional(error_answer(409, "ContainerBeingDeleted")) : std::nullopt;
  };
  for (const size_t size : {size_t{1}, 2 * block}) {
    const auto create = [&] { write_all(*store.driver, letters(size), {false, true, {}, {}}); };
    CHECK(status_of(create) == BERTH_STATUS_UNAVAILABLE);
    CHECK(message_of(create).rfind("cannot write 'a': the container is being deleted", 0) == 0);
  }
}
