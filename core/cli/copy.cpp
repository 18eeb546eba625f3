// SPDX-License-Identifier: Apache-2.0
//
// berth cp: files and trees between stores and the local disk, in either direction.
#include <memory>
#include <string>
#include <vector>

#include <berth/errors.hpp>

#include "cli/commands.hpp"
#include "cli/copier.hpp"
#include "cli/overlap.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

struct CopyOptions {
  std::vector<std::string> places;  // sources, then the destination
  bool recursive = false;
  bool follow = false;
  unsigned jobs = 8;
};

class CopyVerb {
 public:
  CopyVerb(Session& session, const CopyOptions& options)
      : session_(session),
        options_(options),
        destination_(parse_place(options.places.back())),
        to_(session.files(destination_)),
        tally_(session, "copied") {}

  int run() {
    for (std::size_t i = 0; i + 1 < options_.places.size(); ++i) {
      const auto& text = options_.places[i];
      try {
        source(parse_place(text));
      } catch (const Error& error) {
        tally_.failed(text, error);
      }
    }
    return tally_.finish();
  }

 private:
  void source(const Place& place) {
    if (place.local && destination_.local) {
      throw UsageError("both places are local files; write STORE:/path for the one in a store");
    }
    const auto from = session_.files(place, options_.follow);
    const auto info = from->stat(place.path);
    if (info.is_directory && !options_.recursive) {
      throw UsageError(to_string(place) + " is a folder; copy it with -r");
    }
    const bool several = options_.places.size() > 2;
    const auto target = target_of(place, info.is_directory, destination_, several, *to_);
    refuse_overlap(*from, place.path, *to_, target,
                   info.is_directory ? Overlap::of_folders : Overlap::of_files);
    Copier copier(session_, *from, *to_, options_.jobs, tally_);
    if (info.is_directory) {
      copier.tree(place.path, target);
    } else {
      copier.file({place.path, target, info.size});
    }
    copier.finish();
  }

  Session& session_;
  const CopyOptions& options_;
  Place destination_;
  std::unique_ptr<FileTree> to_;
  Tally tally_;
};

}  // namespace

void add_cp(Command& root, Session& session) {
  Command command =
      root.add_command("cp", "Copy files and folders; at least one place must be in a store");
  auto options = std::make_shared<CopyOptions>();
  command.add("PLACES", options->places, "One or more sources, then the destination")
      .required()
      .count(2, 1 << 20)
      .type("SOURCE... DESTINATION");
  command.add("-j,--jobs", options->jobs, "Number of files copied at the same time")
      .show_default()
      .type("N")
      .within(1, 256);
  command.add_flag("-r,--recursive", options->recursive, "Copy folders and everything below them");
  command.add_flag("--follow", options->follow, "Follow symbolic links to files");
  command.footer(
      "A folder is copied to the destination, or into it when that ends with a slash or there are\n"
      "several sources. Symbolic links, pipes and devices are skipped, told and counted.\n\n"
      "Examples:\n"
      "  berth cp -r /usr/share/doc archive:/doc    archive:/doc holds what is in doc\n"
      "  berth cp -r /usr/share/doc archive:/usr/   it lies in archive:/usr/doc\n"
      "  berth cp -r /usr/share/doc archive:/       it lies in archive:/doc; archive: has no "
      "slash\n"
      "  berth cp -r -j 32 archive:/doc cloud:/doc  from store to store");
  command.action([&session, options] { return CopyVerb(session, *options).run(); });
}

}  // namespace berth::cli
