#include "firstspike/report/scene.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "firstspike/data/coding.hpp"
#include "firstspike/engine/text.hpp"

namespace firstspike {

std::size_t add_lane(report_scene& scene, report_lane lane) {
  scene.lanes.push_back(std::move(lane));
  scene.statistics.emplace_back();
  return scene.lanes.size() - 1;
}

lane_spikes spikes_from(std::span<const double> times) {
  lane_spikes spikes;
  for (std::uint64_t id = 0; id < times.size(); ++id) {
    if (times[id] != never) spikes.ids.push_back(id);
  }
  std::ranges::stable_sort(spikes.ids, {}, [&](std::uint64_t id) { return times[id]; });
  for (const auto id : spikes.ids) spikes.times.push_back(times[id]);
  return spikes;
}

void count(lane_statistics& statistics, std::span<const double> spike_times) {
  const auto before = statistics.times.size();
  std::ranges::copy_if(spike_times, std::back_inserter(statistics.times), [](double t) { return t != never; });
  statistics.counts.push_back(statistics.times.size() - before);
}

std::string samples_text(std::size_t samples, std::size_t shown) {
  if (samples == 1) return "One sample.";
  return fmt::format("{} samples; {} can be chosen.", grouped(samples),
                     samples == shown ? "each" : fmt::format("the first {}", shown));
}

std::optional<image_lane> image_in(const report_scene& scene, std::size_t lane) {
  const auto& [rows, columns, channels] = scene.lanes[lane].shape;
  if (channels == 1) return image_lane{lane, rows, columns};
  if (channels > 1) return {};
  const auto n_nodes = scene.lanes[lane].n_nodes;
  const auto side = static_cast<std::uint64_t>(std::llround(std::sqrt(static_cast<double>(n_nodes))));
  if (side * side != n_nodes || side < 4 || side > 512) return {};
  return image_lane{lane, side, side};
}

std::vector<std::uint8_t> grey_levels(std::span<const double> times, double opens, double t_in) {
  std::vector<double> seen;
  for (const auto t : times) seen.push_back(std::clamp(t - opens, 0.0, t_in));
  return decode_image(seen, t_in);
}

}  // namespace firstspike
