// SPDX-License-Identifier: Apache-2.0
//
// berth rm, berth url.
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/each_place.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

struct RemoveOptions {
  std::vector<std::string> places;
  bool recursive = false;
  bool force = false;
};

// Removes what one place holds, and counts what it could not.
class Removal {
 public:
  Removal(Session& session, const RemoveOptions& options, const Place& place)
      : session_(session), options_(options), place_(place), store_(session.store(place.store)) {}

  // What remains was reported.
  bool is_complete() const noexcept { return complete_; }

  void run() {
    if (!options_.recursive && store_.stat(place_.path, session_.call()).is_directory) {
      throw UsageError(to_string(place_) + " is a folder; remove it with -r");
    }
    if (place_.path == "/") {
      remove_content();
    } else if (options_.recursive) {
      store_.remove(place_.path, session_.call());
    } else {
      session_.files(place_)->remove_file(place_.path);
    }
    if (complete_ && session_.globals.json) {
      session_.out.json({{"event", "removed"}, {"place", to_string(place_)}});
    }
  }

 private:
  // The root itself stays. One child that cannot be removed does not save the others.
  void remove_content() {
    for (const auto& child : children()) {
      try {
        store_.remove(child, session_.call());
      } catch (const PathNotFoundError&) {  // another process removed it
      } catch (const Error& error) {
        if (session_.stop().stop_requested()) throw;
        report(error, child);
      }
    }
  }

  std::vector<std::string> children() {
    std::vector<std::string> found;
    const auto keep = [&found](const Entry& entry) {
      found.emplace_back(entry.path);
      return Visit::carry_on;
    };
    const auto refuse = [this](std::string_view name) {
      report(std::runtime_error("no path can express this name, so it was not removed"),
             std::string(name));
    };
    store_.list("/", keep, {.unnameable = refuse}, session_.call());
    return found;
  }

  void report(const std::exception& error, const std::string& path) {
    complete_ = false;
    session_.report(error, place_.store + ":" + path);
  }

  Session& session_;
  const RemoveOptions& options_;
  const Place& place_;
  Store store_;
  bool complete_ = true;
};

int remove(Session& session, const RemoveOptions& options) {
  for (const auto& place : options.places) static_cast<void>(parse_store_place(place));
  bool complete = true;
  const int code = for_each_place(session, options.places, [&](const Place& place) {
    try {
      Removal removal(session, options, place);
      removal.run();
      complete = complete && removal.is_complete();
    } catch (const PathNotFoundError&) {
      if (!options.force) throw;
    }
  });
  return complete ? code : int{exit_failed};
}

struct UrlOptionsOfVerb {
  std::vector<std::string> places;
  std::string method = "GET";
  std::string expires = "20m";
};

[[noreturn]] void throw_no_url(const Store& store, const Place& place, const std::string& method) {
  throw Error({.driver = store.driver(),
               .store = store.name(),
               .path = place.path,
               .operation = "url",
               .message = store.capabilities().url
                              ? "this driver does not support URLs for " + method
                              : "this driver does not support URLs"});
}

int url(Session& session, const UrlOptionsOfVerb& options) {
  const auto expires = parse_duration(options.expires);
  if (!expires || expires->count() == 0) {
    throw UsageError("\"" + options.expires +
                     "\" is not a duration; write for example 90s, 20m or 2h");
  }
  for (const auto& place : options.places) static_cast<void>(parse_store_place(place));
  return for_each_place(session, options.places, [&](const Place& place) {
    auto store = session.store(place.store);
    const auto url = store.url_for(place.path, {.method = options.method, .expires_in = *expires},
                                   session.call());
    if (!url) throw_no_url(store, place, options.method);
    if (session.globals.json) {
      return session.out.json(
          {{"place", to_string(place)}, {"method", options.method}, {"url", *url}});
    }
    session.out.line(*url);
  });
}

}  // namespace

void add_rm(Command& root, Session& session) {
  Command command = root.add_command("rm", "Remove files, and with -r folders");
  auto options = std::make_shared<RemoveOptions>();
  command.add("PLACE", options->places, "STORE:/path").required();
  command.add_flag("-r,--recursive", options->recursive, "Also folders and everything below them");
  command.add_flag("-f,--force", options->force, "Ignore files that do not exist");
  command.action([&session, options] { return remove(session, *options); });
}

void add_url(Command& root, Session& session) {
  Command command =
      root.add_command("url", "Print a URL for a file that works without credentials");
  auto options = std::make_shared<UrlOptionsOfVerb>();
  command.add("PLACE", options->places, "STORE:/path").required();
  command.add("--method", options->method, "GET, HEAD or PUT")
      .show_default()
      .one_of({"GET", "HEAD", "PUT"});
  command.add("--expires", options->expires, "Lifetime: 90s, 20m, 2h").show_default().type("TIME");
  command.action([&session, options] { return url(session, *options); });
}

}  // namespace berth::cli
