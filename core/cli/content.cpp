// SPDX-License-Identifier: Apache-2.0
//
// berth cat, put, get: the bytes of one file, from and to pipes.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/each_place.hpp"
#include "cli/input.hpp"
#include "cli/overlap.hpp"
#include "cli/session.hpp"
#include "cli/transfer.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

class OutputSink final : public Sink {
 public:
  explicit OutputSink(Output& out) : out_(out) {}
  void write(std::string_view bytes) override { out_.write(bytes); }
  void commit() override { out_.flush(); }

 private:
  Output& out_;
};

// A store says of a folder that no file is there.
std::unique_ptr<Source> open_file(FileTree& files, const Place& place, std::int64_t offset = 0,
                                  std::optional<std::uint64_t> length = std::nullopt) {
  try {
    return files.read(place.path, offset, length);
  } catch (const PathNotFoundError&) {
    if (!files.stat(place.path).is_directory) throw;
    throw UsageError(to_string(place) + " is a folder; fetch it with cp -r");
  }
}

struct CatOptions {
  std::vector<std::string> places;
  std::int64_t offset = 0;
  std::optional<std::uint64_t> length;
};

int cat(Session& session, const CatOptions& options) {
  return for_each_place(session, options.places, [&](const Place& place) {
    const auto files = session.files(place);
    const auto source = open_file(*files, place, options.offset, options.length);
    OutputSink sink(session.out);
    pump(*source, sink, files->io_bytes());
  });
}

struct PutOptionsOfVerb {
  std::string source;
  std::string place;
  SinkOptions sink;
  std::string content_type;
  std::vector<std::string> headers;
  std::vector<std::string> metadata;
};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

constexpr std::array standard_headers{"content-type", "cache-control", "content-encoding",
                                      "content-disposition", "content-language"};

bool is_standard_header(const std::string& name) {
  return std::find(standard_headers.begin(), standard_headers.end(), name) !=
         standard_headers.end();
}

void add_attribute(Attributes& attributes, const std::string& name, const std::string& value) {
  if (!attributes.emplace(name, value).second)
    throw UsageError("the attribute \"" + name + "\" is given twice");
}

Attributes attributes_of(const PutOptionsOfVerb& options) {
  Attributes attributes;
  if (!options.content_type.empty())
    add_attribute(attributes, "content-type", options.content_type);
  for (const std::string& header : options.headers) {
    const auto colon = header.find(':');
    const std::string name = lower_case(trimmed(header.substr(0, colon)));
    if (colon == header.npos || !is_standard_header(name))
      throw UsageError("--header \"" + header +
                       "\": give Content-Type, Cache-Control, Content-Encoding, "
                       "Content-Disposition or Content-Language, as 'Name: value'; for other "
                       "names use --metadata");
    add_attribute(attributes, name, trimmed(header.substr(colon + 1)));
  }
  for (const std::string& pair : options.metadata) {
    const auto equals = pair.find('=');
    const std::string name = lower_case(pair.substr(0, equals));
    if (equals == pair.npos || name.empty())
      throw UsageError("--metadata \"" + pair + "\": give NAME=VALUE");
    if (is_standard_header(name))
      throw UsageError("--metadata \"" + pair + "\": " + name + " is a header; use --header");
    add_attribute(attributes, name, pair.substr(equals + 1));
  }
  return attributes;
}

// An append of a file to itself would never end.
void refuse_own_file(Session& session, const std::string& file, FileTree& files,
                     const std::string& path) {
  const auto local = make_local_tree(/*follow=*/true, session.stop());
  refuse_overlap(*local, file, files, path, Overlap::of_files);
}

void print_done(Session& session, const char* verb, const std::string& from, const std::string& to,
                std::uint64_t bytes) {
  if (session.globals.json) {
    session.out.json({{"verb", verb}, {"source", from}, {"destination", to}, {"bytes", bytes}});
  }
}

int put(Session& session, PutOptionsOfVerb options) {
  options.sink.attributes = attributes_of(options);
  auto place = parse_store_place(options.place);
  if (place.into || place.path == "/") {
    if (options.source == "-") throw UsageError("say under which name: STORE:/folder/name");
    place.path = join(place.path, base_name(options.source));
  }
  const auto files = session.files(place);
  if (options.source != "-") refuse_own_file(session, options.source, *files, place.path);
  const auto open = [&] { return open_input(options.source, session.stop()); };
  const auto bytes = deliver(open, *files, place.path, options.sink);
  print_done(session, "put", options.source, files->show(place.path), bytes);
  return 0;
}

// Where a fetched file goes: into a folder, or to that name.
std::string local_target(const std::string& file, const Place& place) {
  const auto name = base_name(place.path);
  if (file.empty()) return name;
  const auto target = parse_place(file);
  if (!target.local) throw UsageError("get writes local files; between stores use berth cp");
  return target.into || is_directory(target.path) ? join(target.path, name) : target.path;
}

int get(Session& session, const std::string& from, const std::string& file) {
  const auto place = parse_store_place(from);
  const auto files = session.files(place);
  if (file == "-") {
    OutputSink sink(session.out);
    pump(*open_file(*files, place), sink, files->io_bytes());
    return 0;
  }
  const auto target = local_target(file, place);
  const auto local = make_local_tree(/*follow=*/false, session.stop());
  refuse_overlap(*files, place.path, *local, target, Overlap::of_files);
  const auto bytes = deliver([&] { return open_file(*files, place); }, *local, target, {});
  print_done(session, "get", files->show(place.path), target, bytes);
  return 0;
}

}  // namespace

void add_cat(Command& root, Session& session) {
  Command command = root.add_command("cat", "Print files");
  auto options = std::make_shared<CatOptions>();
  command.add("PLACE", options->places, "STORE:/path").required();
  command.add("--offset", options->offset, "Start at this byte").type("N");
  command.add("--length", options->length, "Print at most this many bytes").type("N");
  command.action([&session, options] { return cat(session, *options); });
}

void add_put(Command& root, Session& session) {
  Command command = root.add_command("put", "Upload one local file, or standard input");
  auto options = std::make_shared<PutOptionsOfVerb>();
  command.add("FILE", options->source, "Local file or pipe; - for standard input").required();
  command.add("PLACE", options->place, "STORE:/path; a trailing slash means into that folder")
      .required();
  command.add("--content-type", options->content_type, "Content type to store with the file");
  command
      .add("--header", options->headers,
           "Content-Type, Cache-Control, Content-Encoding, Content-Disposition or "
           "Content-Language, as 'Name: value'; may be given several times")
      .type("HEADER");
  command
      .add("--metadata", options->metadata,
           "User metadata, as NAME=VALUE; may be given several times")
      .type("NAME=VALUE");
  command.add("--if-match", options->sink.if_match, "Fail unless the file has this ETag")
      .type("ETAG");
  command.add_flag("--create-only", options->sink.create_only, "Fail if the file exists");
  command.add_flag("--append", options->sink.append,
                   "Append to the file, or resume an unfinished upload");
  command.action([&session, options] { return put(session, *options); });
}

void add_get(Command& root, Session& session) {
  Command command = root.add_command("get", "Download one file; it appears complete or not at all");
  auto place = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  command.add("PLACE", *place, "STORE:/path").required();
  command.add("FILE", *file,
              "Local file or folder; - for standard output; default: same name, current directory");
  command.action([&session, place, file] { return get(session, *place, *file); });
}

}  // namespace berth::cli
