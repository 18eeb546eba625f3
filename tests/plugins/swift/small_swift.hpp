// SPDX-License-Identifier: Apache-2.0
//
// A Swift of one container that keeps objects, for tests of what remains after several calls:
// plain objects and manifests of both kinds, listings, copies, bulk deletes. A handler for
// ScriptedStore.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "common/crypto.hpp"
#include "common/uri.hpp"
#include "scripted_store.hpp"

namespace berth::test {

class SmallSwift {
 public:
  struct Object {
    std::string body;                                 // a static manifest's is its document
    std::map<std::string, std::string> headers = {};  // X-Object-...
    bool is_static = false;
    unsigned written = 0;  // number of the request that wrote it, the X-Timestamp
  };

  // Called ahead of each request, as "GET files/a?multipart-manifest=get"; may change `objects`.
  std::function<void(const std::string& request)> ahead = [](const std::string&) {};
  std::function<void()> after;      // called once, behind the request under way
  std::set<std::string> refused;    // "DELETE files/a": answered with 403
  std::multiset<std::string> lost;  // "PUT files/a": done, but the answer does not come, once
  std::map<std::string, std::vector<Answer>> instead;  // the same: answered so, one after the other
  bool heeds_conditions = true;
  std::set<std::string> unlisted;  // names that the listing does not show (yet)
  std::map<std::string, Object> objects;

  // Until there are so many objects whose names begin so: requests of the background arrive when
  // they will.
  void await(const std::string& prefix, long count) {
    const auto begins_so = [&](const auto& object) { return object.first.starts_with(prefix); };
    for (;; std::this_thread::yield()) {
      const std::lock_guard lock(mutex_);
      if (std::count_if(objects.begin(), objects.end(), begins_so) >= count) return;
    }
  }

  // Changes the members above between two requests, of which some may be the background's.
  template <class Change>
  void between(Change&& change) {
    const std::lock_guard lock(mutex_);
    change();
  }

  Answer operator()(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    const size_t mark = std::min(request.target.find('?'), request.target.size());
    const std::string query = request.target.substr(std::min(mark + 1, request.target.size()));
    const std::string container = "/v1/AUTH_a/c/";
    const std::string path = request.target.substr(0, mark);
    if (request.method == "POST" && query.find("bulk-delete") == 0) return bulk_delete(request);
    if (path + '/' == container) return list(query);
    const std::string name = common::percent_decode(path.substr(container.size()));
    const std::string told = request.method + ' ' + name;
    ahead(query.empty() ? told : told + '?' + query);
    if (refused.count(told) != 0) return Answer(403).no_body();
    if (std::vector<Answer>& script = instead[told]; !script.empty()) {
      const Answer first = script.front();
      script.erase(script.begin());
      return first;
    }
    const Answer answer = act(request, name, query);
    if (after) std::exchange(after, nullptr)();
    const auto is_lost = lost.find(told);
    if (is_lost == lost.end()) return answer;
    lost.erase(is_lost);
    return Answer::hang_up();
  }

 private:
  using json = nlohmann::json;

  Answer act(const SeenRequest& request, const std::string& name, const std::string& query) {
    if (request.method == "PUT") return put(request, name, query);
    const auto found = objects.find(name);
    if (found == objects.end()) return not_found();
    if (request.method == "DELETE") return objects.erase(found), Answer(204);
    if (request.method == "POST") {
      found->second.headers = kept_headers(request);
      found->second.written = ++writes_;
      return Answer(202);
    }
    return give(request, found->second, query);
  }

  static std::map<std::string, std::string> kept_headers(const SeenRequest& request) {
    std::map<std::string, std::string> kept;
    for (const auto& [name, value] : request.headers)
      if (name.find("X-Object-") == 0) kept[name] = value;
    return kept;
  }

  std::string content(const Object& object) const {
    std::string bytes;
    if (object.is_static) {
      for (const json& part : json::parse(object.body)) {
        const auto found = objects.find(part["path"].get<std::string>().substr(3));  // "/c/"
        if (found != objects.end()) bytes += found->second.body;
      }
      return bytes;
    }
    const auto manifest = object.headers.find("X-Object-Manifest");
    if (manifest == object.headers.end()) return object.body;
    const std::string prefix = common::percent_decode(manifest->second).substr(2);  // "c/"
    for (auto at = objects.lower_bound(prefix);
         at != objects.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at)
      if (unlisted.count(at->first) == 0) bytes += at->second.body;
    return bytes;
  }

  Answer put(const SeenRequest& request, const std::string& name, const std::string& query) {
    if (heeds_conditions && request.has("If-None-Match") && objects.count(name) != 0)
      return Answer(412).no_body();
    const std::string source = common::percent_decode(request.header("X-Copy-From"));
    if (!source.empty() && objects.count(source.substr(2)) == 0) return not_found();
    const std::string bytes = source.empty() ? request.body : content(objects[source.substr(2)]);
    objects[name] = {bytes, kept_headers(request), query == "multipart-manifest=put", ++writes_};
    return Answer(201).header("ETag", common::hex(common::md5(bytes)));
  }

  Answer give(const SeenRequest& request, const Object& object, const std::string& query) const {
    if (query == "multipart-manifest=get") {
      json document = json::array();
      for (const json& part : json::parse(object.body))
        document.push_back(
            {{"name", part["path"]}, {"bytes", part["size_bytes"]}, {"hash", part["etag"]}});
      return Answer(200, document.dump());
    }
    const std::string bytes = content(object);
    Answer answer(200, request.method == "HEAD" ? "" : bytes);
    if (request.method == "HEAD") answer.announce(bytes.size()).no_body();
    answer.header("ETag", common::hex(common::md5(bytes)));
    answer.header("X-Timestamp", std::to_string(object.written) + ".00000");
    if (object.is_static) answer.header("X-Static-Large-Object", "True");
    for (const auto& [name, value] : object.headers) answer.header(name, value);
    return answer;
  }

  static std::string asked(const std::string& query, const std::string& key) {
    const size_t at = ('&' + query).find('&' + key + '=');
    if (at == std::string::npos) return {};
    const size_t start = at + key.size() + 1;
    return common::percent_decode(query.substr(start, query.find('&', start) - start));
  }

  Answer list(const std::string& query) {
    ahead("LIST " + asked(query, "prefix"));
    json entries = json::array();
    for (const auto& [name, object] : objects) {
      if (name.find(asked(query, "prefix")) != 0 || name <= asked(query, "marker")) continue;
      if (unlisted.count(name) != 0) continue;
      json entry =
          json::parse(listed(name, object.body.size(), common::hex(common::md5(object.body))));
      if (object.is_static) entry["slo_etag"] = "e";
      entries.push_back(std::move(entry));
    }
    return Answer(200, entries.dump());
  }

  Answer bulk_delete(const SeenRequest& request) {
    size_t start = 0;
    for (size_t end; (end = request.body.find('\n', start)) != std::string::npos; start = end + 1)
      objects.erase(common::percent_decode(request.body.substr(start + 2, end - start - 2)));
    return Answer(200, R"({"Response Status": "200 OK", "Errors": []})");
  }

  std::mutex mutex_;
  unsigned writes_ = 0;
};

}  // namespace berth::test
