#include "firstspike/apps/report_scene.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "firstspike/apps/base64.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/report_histogram.hpp"
#include "firstspike/apps/report_voltage.hpp"
#include "firstspike/data/coding.hpp"

namespace firstspike {
namespace {

double rounded(double t) { return std::round(t * 1000) / 1000; }

json_object spikes_json(const lane_spikes& spikes, std::size_t most) {
  const auto there_are = spikes.times.size();
  const auto drawn = std::min(there_are, most);
  auto ids = json_object::array(), times = json_object::array();
  for (std::size_t k = 0; k < drawn; ++k) {
    const auto at = drawn == there_are ? k : k * there_are / drawn;
    ids.push_back(spikes.ids[at]);
    times.push_back(rounded(spikes.times[at]));
  }
  return {{"of", there_are}, {"ids", ids}, {"times", times}};
}

/// {"times" [steps], "v" [shares of v_th]}.
json_object line_json(std::span<const voltage_point> points, double v_th) {
  auto times = json_object::array(), shares = json_object::array();
  for (const auto& point : points) {
    times.push_back(rounded(point.t));
    shares.push_back(std::round(1e4 * point.v_m / v_th) / 1e4);
  }
  return {{"times", times}, {"v", shares}};
}

json_object membrane_json(const shown_membrane& membrane) {
  const auto& trace = membrane.trace;
  auto object = line_json(fewer_corners(trace.points, voltage_tolerance * trace.v_th), trace.v_th);
  object["lane"] = membrane.lane;
  object["id"] = trace.id;
  object["v_th"] = trace.v_th;
  object["spike"] = trace.spike_time == never ? json_object(nullptr) : json_object(rounded(trace.spike_time));
  // A constant threshold is drawn for all neurons at once.
  object["threshold"] = trace.t_fire == never ? json_object(nullptr) : line_json(threshold_of(trace), trace.v_th);
  return object;
}

json_object sample_json(const report_scene& scene, const shown_sample& sample) {
  auto spikes = json_object::array(), membranes = json_object::array();
  for (std::size_t lane = 0; lane < sample.spikes.size(); ++lane) {
    const bool image = scene.image && scene.image->lane == lane;
    spikes.push_back(spikes_json(sample.spikes[lane], image ? sample.spikes[lane].times.size() : most_spikes_drawn));
  }
  for (const auto& membrane : sample.membranes) membranes.push_back(membrane_json(membrane));
  return {{"name", sample.name},
          {"outcome", sample.outcome},
          {"spikes", spikes},
          {"pixels", base64({reinterpret_cast<const char*>(sample.pixels.data()), sample.pixels.size()})},
          {"membranes", membranes}};
}

json_object lane_json(const report_lane& lane, const lane_statistics& statistics) {
  const std::vector<double> counts(statistics.counts.begin(), statistics.counts.end());
  return {{"name", lane.name},
          {"n_nodes", lane.n_nodes},
          {"names", lane.names},
          {"starts_at", lane.starts_at},
          {"spikes", statistics.times.size()},
          {"samples", counts.size()},
          {"latency", histogram_json(histogram_of(statistics.times))},
          {"counts", histogram_json(histogram_of(counts))}};
}

/// Where the time axis ends: behind the last spike that is shown.
double shown_end(const report_scene& scene) {
  double end = 1;
  for (const auto& sample : scene.samples) {
    for (std::size_t lane = 0; lane < sample.spikes.size(); ++lane) {
      const auto& times = sample.spikes[lane].times;
      if (!times.empty()) end = std::max(end, scene.lanes[lane].starts_at + times.back());
    }
  }
  return 10 * std::ceil((1.02 * end + 1) / 10);
}

}  // namespace

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

std::optional<std::size_t> square_image(std::uint64_t n_nodes) {
  const auto side = static_cast<std::uint64_t>(std::llround(std::sqrt(static_cast<double>(n_nodes))));
  if (side * side != n_nodes || side < 4 || side > 512) return {};
  return side;
}

std::vector<std::uint8_t> grey_levels(std::span<const double> times, double opens, double t_in) {
  std::vector<double> seen;
  for (const auto t : times) seen.push_back(std::clamp(t - opens, 0.0, t_in));
  return decode_image(seen, t_in);
}

json_object scene_json(const report_scene& scene) {
  auto lanes = json_object::array(), samples = json_object::array();
  for (std::size_t k = 0; k < scene.lanes.size(); ++k) lanes.push_back(lane_json(scene.lanes[k], scene.statistics[k]));
  for (const auto& sample : scene.samples) samples.push_back(sample_json(scene, sample));
  json_object image = nullptr;
  if (scene.image) {
    image = {{"lane", scene.image->lane}, {"rows", scene.image->rows}, {"columns", scene.image->columns}};
  }
  return {{"name", scene.name}, {"about", scene.about}, {"end", shown_end(scene)},
          {"lanes", lanes},     {"image", image},       {"samples", samples}};
}

}  // namespace firstspike
