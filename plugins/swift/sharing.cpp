// SPDX-License-Identifier: Apache-2.0
#include "sharing.hpp"

#include <algorithm>

#include "large_objects.hpp"

namespace berth::swift {
namespace {

bool uses(const std::string& manifest, const std::vector<Segment>& segments) {
  return std::any_of(segments.begin(), segments.end(),
                     [&](const Segment& segment) { return segment.place().starts_with(manifest); });
}

}  // namespace

void subtract(std::vector<Segment>& segments, const std::vector<Segment>& kept) {
  if (segments.empty() || kept.empty()) return;
  std::set<std::string> places;
  for (const Segment& segment : kept) places.insert(segment.place());
  segments.erase(
      std::remove_if(segments.begin(), segments.end(),
                     [&](const Segment& segment) { return places.count(segment.place()) != 0; }),
      segments.end());
}

std::vector<Segment> Sharing::owned(const std::vector<std::string>& objects,
                                    const sdk::Call& call) {
  const std::set<std::string> going(objects.begin(), objects.end());
  std::vector<Segment> known;    // of manifests that record with which object they share
  std::vector<Segment> unknown;  // of others
  const std::vector<Manifest> manifests = manifests_of(objects, call);
  for (const Manifest& manifest : manifests) {
    auto segments = manifest.segments;
    const bool recorded =
        manifest.info.records_partners() && !container_.settings().registry_layout;
    if (recorded) {
      subtract_partner(segments, manifest.info.moved_to, going, call);
      subtract_partner(segments, manifest.info.moved_from, going, call);
    }
    auto& all = recorded ? known : unknown;
    all.insert(all.end(), segments.begin(), segments.end());
  }
  if (!unknown.empty()) subtract_all_others(unknown, going, call);
  known.insert(known.end(), unknown.begin(), unknown.end());
  if (!known.empty()) keep_segments_of_moves(known, manifests, call);
  return known;
}

std::vector<Sharing::Manifest> Sharing::manifests_of(const std::vector<std::string>& objects,
                                                     const sdk::Call& call) {
  std::vector<Manifest> manifests;
  const auto infos = container_.find_all(objects, call);
  for (size_t i = 0; i < objects.size(); ++i) {
    const auto& info = infos[i];
    if (!info || !info->is_large()) continue;
    // Segments that cannot be read back are kept: an orphan is better than lost data.
    if (container_.hides_segments(*info)) continue;
    auto segments = large_.find_segments(objects[i], *info, call);
    // nullopt: removed meanwhile, by a caller that handles the segments.
    if (segments) manifests.push_back({objects[i], *info, std::move(*segments)});
  }
  return manifests;
}

// A move that began or ended since the first check owns the segments.
void Sharing::keep_segments_of_moves(std::vector<Segment>& segments,
                                     const std::vector<Manifest>& manifests,
                                     const sdk::Call& call) {
  std::vector<std::string> objects;
  for (const Manifest& manifest : manifests) objects.push_back(manifest.object);
  const auto now = container_.find_all(objects, call);
  for (size_t i = 0; i < manifests.size(); ++i)
    if (!now[i] || now[i]->moved_to != manifests[i].info.moved_to)
      subtract(segments, manifests[i].segments);
}

bool Sharing::has_other_partner(const ObjectInfo& info, std::string_view allowed,
                                const sdk::Call& call) {
  for (const std::string& partner : {info.moved_to, info.moved_from}) {
    if (partner.empty() || partner == allowed) continue;
    const auto other = container_.head(partner, call);
    if (other && other->is_large()) return true;
  }
  return false;
}

void Sharing::subtract_partner(std::vector<Segment>& segments, const std::string& partner,
                               const std::set<std::string>& going, const sdk::Call& call) {
  if (partner.empty() || segments.empty() || going.count(partner) != 0) return;
  const auto info = container_.find(partner, call);
  if (!info || !info->is_large()) return;
  if (const auto kept = large_.find_segments(partner, *info, call)) subtract(segments, *kept);
}

// A listed manifest that is missing may have been moved to a name that was listed before, so the
// store is listed again.
void Sharing::subtract_all_others(std::vector<Segment>& segments,
                                  const std::set<std::string>& going, const sdk::Call& call) {
  std::set<std::string> seen = going;
  while (!segments.empty() && !subtract_unseen(segments, seen, call)) {
  }
}

// False: a listed manifest was missing.
bool Sharing::subtract_unseen(std::vector<Segment>& segments, std::set<std::string>& seen,
                              const sdk::Call& call) {
  std::vector<std::string> manifests;
  const std::string files = container_.settings().below_prefix("files/");
  for (const Listed& entry : container_.list_all(container_.name(), files, call))
    if (entry.large && seen.insert(entry.name).second) manifests.push_back(entry.name);
  const auto infos = container_.find_all(manifests, call);
  bool complete = true;
  for (size_t i = 0; i < manifests.size() && !segments.empty(); ++i) {
    if (!infos[i]) complete = false;
    if (!infos[i] || !infos[i]->is_large() || container_.hides_segments(*infos[i])) continue;
    if (!infos[i]->is_static && !uses(infos[i]->manifest, segments)) continue;
    const auto kept = large_.find_segments(manifests[i], *infos[i], call);
    if (kept)
      subtract(segments, *kept);
    else
      complete = false;
  }
  return complete;
}

}  // namespace berth::swift
