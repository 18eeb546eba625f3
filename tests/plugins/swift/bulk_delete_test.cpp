// SPDX-License-Identifier: Apache-2.0
//
// Removing many objects by few requests, of which any part may fail.
#include "bulk_delete.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "scripted_store.hpp"

namespace berth::test {
namespace {

using Names = std::vector<std::string>;

constexpr const char* all_deleted = R"({"Response Status": "200 OK", "Errors": []})";

std::string info_with_groups_of(int size) {
  return R"({"swift": {}, "bulk_delete": {"max_deletes_per_request": )" + std::to_string(size) +
         "}}";
}

Names lines_of(const std::string& body) {
  Names lines;
  std::istringstream stream(body);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// A store that holds these objects, and answers bulk deletes as it is told.
class Full {
 public:
  Full(Names names, ScriptedStore::Handler bulk_delete, int group, ScriptedStore::Given given = {})
      : names_(std::move(names)),
        bulk_delete_(std::move(bulk_delete)),
        store([this](const SeenRequest& request) { return answer(request); }, std::move(given),
              info_with_groups_of(group)) {}

  // What was sent to be deleted, one text a request.
  Names sent() const {
    Names bodies;
    for (const SeenRequest& request : store.server.requests())
      if (request.method == "POST") bodies.push_back(request.body);
    return bodies;
  }

 private:
  Answer answer(const SeenRequest& request) const {
    if (request.method == "HEAD") return not_found();
    if (request.method == "DELETE") return Answer(204);
    if (request.method == "POST") return bulk_delete_(request);
    const bool done = request.target.find("marker=") != std::string::npos ||
                      request.target.find("prefix=uploads") != std::string::npos;
    std::string entries;
    for (const std::string& name : done ? Names() : names_)
      entries += (entries.empty() ? "" : ",") + listed(name, 1);
    return Answer(200, "[" + entries + "]");
  }

  const Names names_;
  const ScriptedStore::Handler bulk_delete_;

 public:
  ScriptedStore store;
};

// What the service says when it did the first `done` and refused the others.
Answer refused_from(size_t done, const Names& lines, const std::string& status) {
  std::string errors;
  for (size_t i = done; i < lines.size(); ++i)
    errors += (errors.empty() ? "" : ",") + ("[\"" + lines[i] + R"(", ")" + status + "\"]");
  return Answer(200, R"({"Number Deleted": )" + std::to_string(std::min(done, lines.size())) +
                         R"(, "Number Not Found": 0, "Response Status": ")" +
                         (errors.empty() ? "200 OK" : "400 Bad Request") + R"(", "Errors": [)" +
                         errors + "]}");
}

swift::BulkResult result_of(uint64_t deleted, uint64_t missing, const Names& failed) {
  swift::BulkResult result{"400 Bad Request", deleted, missing, {}};
  for (const std::string& name : failed) result.failures.push_back({name, "401 Unauthorized"});
  return result;
}

Names rest(const swift::BulkResult& result) {
  const std::vector<swift::Segment> group{
      {"c", "a b", 0, {}}, {"c", "b", 0, {}}, {"d", "b", 0, {}}};
  Names names;
  for (const swift::Segment& object : swift::rest_of(group, result))
    names.push_back(object.container + '/' + object.name);
  return names;
}

}  // namespace

TEST_CASE("many objects are deleted in groups of the service's size") {
  Full full(
      {"files/a/ 1", "files/a/2", "files/a/3", "files/ab"},
      [](const SeenRequest&) { return Answer(200, all_deleted); }, 2);
  remove(*full.store.driver, "/a");
  CHECK(full.sent() == Names{"c/files/a/%201\nc/files/a/2\n", "c/files/a/3\n"});
}

TEST_CASE("a token that is taken back in the middle of a bulk delete is replaced") {
  Full full(
      {"files/a/1", "files/a/2"},
      [](const SeenRequest& request) {
        const bool good = request.header("X-Auth-Token") != "t1";
        return refused_from(good ? 2 : 1, lines_of(request.body), "401 Unauthorized");
      },
      2);
  remove(*full.store.driver, "/a");
  CHECK(full.store.logins() == 2);
  CHECK(full.sent() == Names{"c/files/a/1\nc/files/a/2\n", "c/files/a/2\n"});
}

TEST_CASE("tokens that live shorter than a bulk delete each get further") {
  Names names;
  for (int i = 10; i < 30; ++i) names.push_back("files/a/" + std::to_string(i));
  Full full(names,
            [](const SeenRequest& request) {
              return refused_from(2, lines_of(request.body), "401 Unauthorized");
            },
            100, {{"maxretries", "1"}});
  remove(*full.store.driver, "/a");
  CHECK(full.sent().size() == 10);
  CHECK(full.sent().back() == "c/files/a/28\nc/files/a/29\n");
  CHECK(full.store.logins() == 10);
}

TEST_CASE("what a bulk delete may not touch is an error that names it, and asks once") {
  Full full(
      {"files/a/1", "files/a/2", "files/a/3"},
      [](const SeenRequest& request) {
        return refused_from(1, lines_of(request.body), "403 Forbidden");
      },
      100);
  const auto removing = [&] { remove(*full.store.driver, "/a"); };
  CHECK(message_of(removing) ==
        "cannot delete 'c/files/a/2' and 1 more: the service answered 403 Forbidden");
  CHECK(status_of(removing) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(full.sent().size() == 2);
}

TEST_CASE("a bulk delete that gets nowhere ends, and says how often it was tried") {
  Full full({"files/a/1", "files/a/2"},
            [](const SeenRequest& request) {
              return refused_from(0, lines_of(request.body), "503 Service Unavailable");
            },
            100, {{"maxretries", "1"}});
  CHECK(message_of([&] { remove(*full.store.driver, "/a"); }) ==
        "cannot delete 'c/files/a/1' and 1 more: the service answered 503 Service Unavailable "
        "(after 2 attempts)");
}

TEST_CASE("what is left of a group is what the service names") {
  CHECK(rest(result_of(1, 1, {"/c/a%20b"})) == Names{"c/a b"});
  CHECK(rest(result_of(1, 0, {"d/b", "c/b"})) == Names{"c/b", "d/b"});
}

TEST_CASE("all of a group is left when the service gave up, or names what was not asked for") {
  const Names all{"c/a b", "c/b", "d/b"};
  CHECK(rest(result_of(1, 0, {"c/b"})) == all);
  CHECK(rest(result_of(2, 0, {"c/other"})) == all);
  CHECK(rest(result_of(0, 0, {})) == all);
}

}  // namespace berth::test
