#include "firstspike/apps/report_plain_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "firstspike/apps/report_network.hpp"

namespace firstspike {
namespace {

double fact_or(const run_facts& facts, const std::string& name, double otherwise) {
  const auto found = facts.find(name);
  if (found == facts.end()) return otherwise;
  const auto* number = std::get_if<double>(&found->second);
  return number ? *number : otherwise;
}

/// Where a population is drawn: 0 in front, 2 at the end.
int place_of(const std::string& name) {
  const auto ends = [&](const char* end) { return name.ends_with(end); };
  if (ends("input") || ends("noise")) return 0;
  return ends("output") || ends("image") ? 2 : 1;
}

std::vector<const population_spikes*> in_order(const spike_trace& trace) {
  std::vector<const population_spikes*> populations;
  for (const auto& p : trace.populations) {
    if (p.n_nodes > 0) populations.push_back(&p);
  }
  std::ranges::stable_sort(populations, {}, [](const auto* p) { return place_of(p->name); });
  return populations;
}

std::optional<image_lane> find_image(const report_scene& scene) {
  for (const auto* called : {"image", "input"}) {
    for (std::size_t lane = 0; lane < scene.lanes.size(); ++lane) {
      const auto side = square_image(scene.lanes[lane].n_nodes);
      if (side && scene.lanes[lane].name.ends_with(called)) return image_lane{lane, *side, *side};
    }
  }
  return {};
}

/// The spikes of one sample, by time, then id; none where the population has fewer samples.
lane_spikes events_of(const population_spikes& p, std::size_t sample) {
  lane_spikes spikes;
  if (sample >= p.samples()) return spikes;
  const auto first = p.sample_offsets[sample], end = p.sample_offsets[sample + 1];
  std::vector<std::uint64_t> order(end - first);
  std::iota(order.begin(), order.end(), first);
  std::ranges::sort(order, {}, [&](std::uint64_t e) { return std::tuple(p.timestamps[e], p.node_ids[e]); });
  for (const auto e : order) {
    spikes.ids.push_back(p.node_ids[e]);
    spikes.times.push_back(p.timestamps[e]);
  }
  return spikes;
}

std::vector<double> times_of(const lane_spikes& spikes, std::size_t n_nodes) {
  std::vector<double> times(n_nodes, never);
  for (std::size_t k = 0; k < spikes.ids.size(); ++k) times[spikes.ids[k]] = spikes.times[k];
  return times;
}

void draw_image(const report_scene& scene, const spike_trace& trace, double t_in, shown_sample& sample) {
  if (!scene.image) return;
  const auto times = times_of(sample.spikes[scene.image->lane], scene.lanes[scene.image->lane].n_nodes);
  sample.pixels = grey_levels(times, fact_or(trace.facts, "image_opens", 0), fact_or(trace.facts, "t_in", t_in));
}

bool has_all(const spike_trace& trace, std::span<const population> populations) {
  return std::ranges::all_of(populations, [&](const population& wanted) {
    return std::ranges::any_of(trace.populations, [&](const population_spikes& p) {
      return p.name == wanted.name && p.n_nodes == wanted.size && p.samples() == trace.populations[0].samples();
    });
  });
}

template <class Real>
void add_samples(report_scene& scene, const network<Real>& net, const spike_trace& trace, const report_request& request,
                 const loaded_model& model) {
  const auto shown = add_network(scene, net, model.t_max);
  const auto record = record_from_trace(trace, net.populations());
  scene.image = find_image(scene);
  bool same = true;
  for (std::size_t k = 0; k < record.samples; ++k) {
    count(scene, shown, record.times_of(k));
    if (k >= request.shown) continue;
    shown_sample sample;
    same = show(scene, shown, record.times_of(k), request.neurons, sample) && same;
    draw_image(scene, trace, model.t_in, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = samples_text(record.samples, scene.samples.size());
  if (!same) scene.about += " Membranes are left out where spikes are not those of the run's model.";
}

void add_samples(report_scene& scene, const spike_trace& trace, const report_request& request) {
  const auto populations = in_order(trace);
  std::size_t samples = 0;
  for (const auto* p : populations) {
    add_lane(scene, {p->name, p->n_nodes, {}, 0});
    samples = std::max(samples, p->samples());
  }
  scene.image = find_image(scene);
  for (std::size_t k = 0; k < samples; ++k) {
    shown_sample sample;
    for (std::size_t lane = 0; lane < populations.size(); ++lane) {
      sample.spikes.push_back(events_of(*populations[lane], k));
      if (k < populations[lane]->samples()) count(scene.statistics[lane], sample.spikes[lane].times);
    }
    if (k >= request.shown) continue;
    draw_image(scene, trace, 256, sample);
    scene.samples.push_back(std::move(sample));
  }
  scene.about = samples_text(samples, scene.samples.size()) +
                " No membranes: the trace holds no network, and its populations are not those of the run's model.";
}

}  // namespace

report_scene scene_of_plain_trace(const std::string& path, const spike_trace& trace, const report_request& request,
                                  const loaded_model& model) {
  report_scene scene;
  if (!trace.populations.empty() && has_all(trace, populations_of(model))) {
    std::visit([&](const auto& net) { add_samples(scene, net, trace, request, model); }, model.net);
  } else {
    add_samples(scene, trace, request);
  }
  scene.name = path;
  return scene;
}

}  // namespace firstspike
