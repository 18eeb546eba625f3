// SPDX-License-Identifier: Apache-2.0
//
// The text of an unknown driver.
#include "binding/explain.hpp"

#include <algorithm>

#include "discovery/printable.hpp"
#include "model/nearest.hpp"

namespace berth::binding {
namespace {

// Every name that create() would take.
std::vector<std::string> offered(std::vector<std::string> known,
                                 const std::vector<discovery::PluginFile>& files) {
  for (const discovery::PluginFile& file : files)
    if (file.candidate.verdict == Verdict::usable)
      known.insert(known.end(), file.candidate.drivers.begin(), file.candidate.drivers.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "none" : text;
}

std::string searched(const std::vector<std::filesystem::path>& directories) {
  std::vector<std::string> texts;
  for (const std::filesystem::path& directory : directories)
    texts.push_back(discovery::printable(directory));
  return joined(texts);
}

}  // namespace

std::string explain_candidate(const Candidate& candidate) {
  std::string text =
      discovery::printable(candidate.path) + ": " + std::string(to_string(candidate.verdict));
  if (!candidate.reason.empty()) text += ": " + candidate.reason;
  return text;
}

std::string explain_unknown(const std::string& name,
                            const std::vector<std::filesystem::path>& directories,
                            const std::vector<discovery::PluginFile>& files,
                            std::vector<std::string> known) {
  const std::vector<std::string> names = offered(std::move(known), files);
  std::string text = "  drivers there are: " + joined(names) + model::did_you_mean(name, names);
  text += "\n  searched: " + searched(directories);
  for (const discovery::PluginFile& file : files)
    if (file.candidate.verdict != Verdict::usable)
      text += "\n  refused: " + explain_candidate(file.candidate);
  return text;
}

}  // namespace berth::binding
