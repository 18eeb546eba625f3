// SPDX-License-Identifier: Apache-2.0
//
// berth rm, berth url.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/each_place.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/usage_error.hpp"
#include "cli/verbs.hpp"

namespace berth::cli {
namespace {

struct RemoveOptions {
  std::vector<std::string> places;
  bool recursive = false;
  bool force = false;
};

// The root itself stays; what it holds goes.
void remove_content(Session& session, Store& store) {
  for (const auto& child : store.list("/", session.call())) {
    try {
      store.remove(child, session.call());
    } catch (const PathNotFoundError&) {  // somebody else was faster
    }
  }
}

void remove_one(Session& session, const RemoveOptions& options, const Place& place) {
  auto store = session.store(place.store);
  if (!options.recursive && store.stat(place.path, session.call()).is_directory) {
    throw UsageError(to_string(place) + " is a folder; remove it with -r");
  }
  if (place.path == "/") {
    remove_content(session, store);
  } else if (!options.recursive) {
    session.side(place)->remove_file(place.path);
  } else {
    store.remove(place.path, session.call());
  }
  if (session.globals.json) {
    session.out.json({{"event", "removed"}, {"place", to_string(place)}});
  }
}

int remove(Session& session, const RemoveOptions& options) {
  for (const auto& place : options.places) static_cast<void>(parse_store_place(place));
  return for_each_place(session, options.places, [&](const Place& place) {
    try {
      remove_one(session, options, place);
    } catch (const PathNotFoundError&) {
      if (!options.force) throw;
    }
  });
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
               .message = store.capabilities().url ? "the driver makes no URL for " + method
                                                   : "the driver has no URLs"});
}

int url(Session& session, const UrlOptionsOfVerb& options) {
  const auto expires = parse_duration(options.expires);
  if (!expires || expires->count() == 0) {
    throw UsageError("\"" + options.expires + "\" is no duration; write it like 90s, 20m or 2h");
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

void add_rm(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("rm", "Remove files, and with -r folders");
  auto options = std::make_shared<RemoveOptions>();
  verb->add_option("PLACE", options->places, "STORE:/path")->required();
  verb->add_flag("-r,--recursive", options->recursive, "Folders too, with all that lies below");
  verb->add_flag("-f,--force", options->force, "Do not fail for what is missing");
  verb->callback([&session, options] {
    session.verb = [&session, options] { return remove(session, *options); };
  });
}

void add_url(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("url", "A URL for a file that needs no further credentials");
  auto options = std::make_shared<UrlOptionsOfVerb>();
  verb->add_option("PLACE", options->places, "STORE:/path")->required();
  verb->add_option("--method", options->method, "GET, HEAD or PUT")
      ->capture_default_str()
      ->check(CLI::IsMember({"GET", "HEAD", "PUT"}));
  verb->add_option("--expires", options->expires, "How long it works: 90s, 20m, 2h")
      ->capture_default_str()
      ->type_name("TIME");
  verb->callback([&session, options] {
    session.verb = [&session, options] { return url(session, *options); };
  });
}

}  // namespace berth::cli
