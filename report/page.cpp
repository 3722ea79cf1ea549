#include "firstspike/report/page.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "firstspike/engine/text.hpp"
#include "firstspike/report/drawing.hpp"
#include "firstspike/traces/population_fields.hpp"

namespace firstspike {
namespace {

using json_object = nlohmann::ordered_json;

json_object histogram_json(const histogram& histogram) {
  return {{"start", histogram.start}, {"width", histogram.width}, {"counts", histogram.counts}};
}

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

/// {"times" [steps], "v" [v_m / v_th]}.
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
  // A constant threshold is drawn once for all neurons.
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
          {"shape", lane.shape == grid{} ? json_object(nullptr)
                                         : json_object{lane.shape.rows, lane.shape.columns, lane.shape.channels}},
          {"starts_at", lane.starts_at},
          {"spikes", statistics.times.size()},
          {"samples", counts.size()},
          {"latency", histogram_json(histogram_of(statistics.times))},
          {"counts", histogram_json(histogram_of(counts))}};
}

/// End of the time axis: after the last spike that is shown, but not after the end of the runs.
double shown_end(const report_scene& scene) {
  double end = 1;
  for (const auto& sample : scene.samples) {
    for (std::size_t lane = 0; lane < sample.spikes.size(); ++lane) {
      const auto& times = sample.spikes[lane].times;
      if (!times.empty()) end = std::max(end, scene.lanes[lane].starts_at + times.back());
    }
  }
  return std::min(scene.end, 10 * std::ceil((1.02 * end + 1) / 10));
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

json_object grids_json(const sample_grids& grids) {
  auto pictures = json_object::array();
  for (const auto& grid : grids.kept) {
    pictures.push_back({{"step", grid.step}, {"src", "data:image/png;base64," + base64(grid.png)}});
  }
  return {{"there_are", grids.there_are}, {"pictures", pictures}};
}

json_object accuracy_json(const std::optional<report_accuracy>& accuracy) {
  if (!accuracy) return nullptr;
  return {{"images", accuracy->images}, {"accuracy", accuracy->accuracy}};
}

json_object network_json(const network_table& network) {
  return {{"name", network.name}, {"regime", network.regime}, {"populations", network.rows}};
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// JSON for a script element. The element ends at the first "</script", even inside of a string, so '<' is escaped. It
/// occurs only in strings.
std::string inside_script(std::string_view json) {
  std::string result;
  for (const char c : json) {
    if (c == '<') {
      result += "\\u003c";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

network_table table_of(const std::string& name, std::span<const population> populations, const std::string& regime,
                       std::span<const std::uint8_t> trainable) {
  network_table table{name, regime};
  for (std::size_t i = 0; i < populations.size(); ++i) {
    const auto& p = populations[i];
    const bool is_neurons = p.kind == population_kind::neurons;
    auto kind = kind_name(p.kind);
    if (p.kind == population_kind::bias && !trainable.empty() && trainable[i] == 0) kind += ", not trained";
    const auto time_text = [](double t) { return t == never ? std::string("never") : fmt::format("{}", t); };
    table.rows.push_back({p.name, kind, grouped(p.size), p.t_fire == never ? "" : time_text(p.t_fire),
                          is_neurons && p.t_fire < never ? fmt::format("{}", p.threshold_slope) : "",
                          is_neurons ? time_text(p.t_close) : ""});
  }
  return table;
}

std::string json_of(const page_content& content) {
  auto networks = json_object::array(), metadata = json_object::array(), scenes = json_object::array();
  for (const auto& network : content.networks) networks.push_back(network_json(network));
  for (const auto& [name, value] : content.metadata) metadata.push_back({name, value});
  for (const auto& scene : content.scenes) scenes.push_back(scene_json(scene));
  const json_object data{{"version", empty_page().version},
                         {"networks", networks},
                         {"metadata", metadata},
                         {"metrics", {{"names", content.metrics.names}, {"columns", content.metrics.columns}}},
                         {"model_step", content.model_step ? json_object(*content.model_step) : json_object(nullptr)},
                         {"accuracy", accuracy_json(content.accuracy)},
                         {"grids", grids_json(content.grids)},
                         {"notes", content.notes},
                         {"scenes", scenes}};
  return data.dump(-1, ' ', false, json_object::error_handler_t::replace);
}

std::string page_of(const page_content& content) {
  const auto page = empty_page();
  std::string result;
  result += page.before_title;
  result += escaped(content.title);
  result += page.before_data;
  result += inside_script(json_of(content));
  result += page.after_data;
  return result;
}

}  // namespace firstspike
