#include "firstspike/report/lanes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "firstspike/evaluation/readout.hpp"

namespace firstspike {
namespace {

constexpr std::size_t small_layer = 16, of_large_layer = 8, of_layer_before = 12;

using importance = std::map<std::uint32_t, double>;  // by global id

template <class Real>
std::vector<std::uint32_t> by_spike_time(const observed_run<Real>& run, std::size_t population) {
  std::vector<std::uint32_t> ids;
  for (auto id = run.net.first_id(population); id < run.net.first_id(population + 1); ++id) ids.push_back(id);
  std::ranges::stable_sort(ids, {}, [&](std::uint32_t id) { return run.spike_times[id]; });
  return ids;
}

/// The neurons of the last layer that are drawn; `weights` receives those whose causes are ranked.
template <class Real>
std::vector<std::uint32_t> of_last_layer(const observed_run<Real>& run, importance& weights) {
  const auto ids = by_spike_time(run, run.net.populations().size() - 1);
  if (ids.size() <= small_layer) {
    weights[ids[0]] = 1;
    return ids;
  }
  const auto silent = std::ranges::find(ids, never, [&](std::uint32_t id) { return run.spike_times[id]; });
  const auto fired = static_cast<std::size_t>(silent - ids.begin());
  const auto among = fired >= of_large_layer ? fired : ids.size();
  std::vector<std::uint32_t> chosen;
  for (std::size_t k = 0; k < of_large_layer; ++k) chosen.push_back(ids[k * (among - 1) / (of_large_layer - 1)]);
  for (const auto id : chosen) weights[id] = 1;
  return chosen;
}

/// The contribution of each neuron to the spikes of `targets`, weighted by theirs.
template <class Real>
void add_causes(const observed_run<Real>& run, std::span<const std::uint32_t> targets, importance& weights) {
  for (const auto id : targets) {
    const auto weight = weights.find(id);
    if (weight == weights.end() || !(run.spike_times[id] <= run.until) || run.spike_times[id] == never) continue;
    const auto of_target = weight->second;
    for (const auto& cause : explain(run, id).causes) weights[cause.pre] += of_target * std::abs(cause.share);
  }
}

template <class Real>
std::span<const double> of_population(const network<Real>& net, std::span<const double> times, std::size_t population) {
  return times.subspan(net.first_id(population), net.populations()[population].size);
}

template <class Real>
std::vector<std::uint32_t> drawn_neurons(const report_scene& scene, const observed_run<Real>& run,
                                         const shown_network<Real>& shown, std::span<const layer_neuron> asked) {
  auto ids = neurons_that_matter(run);
  const auto populations = shown.net.populations();
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (populations[p].kind != population_kind::neurons) continue;
    for (const auto& a : asked) {
      if (a.layer != scene.lanes[*shown.lane_of[p]].name || a.id >= populations[p].size) continue;
      ids.push_back(shown.net.first_id(p) + static_cast<std::uint32_t>(a.id));
    }
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string time_words(double t) { return t == never ? "silent" : fmt::format("at step {:.2f}", t); }

}  // namespace

template <class Real>
std::vector<std::uint32_t> neurons_that_matter(const observed_run<Real>& run) {
  const auto populations = run.net.populations();
  importance weights;
  std::vector<std::uint32_t> all, targets;
  for (auto p = populations.size(); p-- > 0;) {
    if (populations[p].kind != population_kind::neurons) continue;
    if (p + 1 == populations.size()) {
      targets = of_last_layer(run, weights);
    } else {
      targets = by_spike_time(run, p);
      std::ranges::stable_sort(targets, std::greater{}, [&](std::uint32_t id) { return weights[id]; });
      if (targets.size() > of_layer_before) targets.resize(of_layer_before);
    }
    add_causes(run, targets, weights);
    std::ranges::copy(targets, std::back_inserter(all));
  }
  std::ranges::sort(all);
  return all;
}

template <class Real>
shown_network<Real> add_network(report_scene& scene, const network<Real>& net, double t_max, const std::string& prefix,
                                double starts_at) {
  shown_network<Real> shown{net, t_max, list_incoming(net), {}};
  scene.end = std::max(scene.end, starts_at + t_max);
  for (const auto& p : net.populations()) {
    shown.lane_of.emplace_back();
    if (p.kind != population_kind::bias)
      shown.lane_of.back() = add_lane(scene, {prefix + p.name, p.size, {}, starts_at, p.shape});
  }
  return shown;
}

template <class Real>
void count(report_scene& scene, const shown_network<Real>& shown, std::span<const double> times) {
  for (std::size_t p = 0; p < shown.lane_of.size(); ++p) {
    if (shown.lane_of[p]) count(scene.statistics[*shown.lane_of[p]], of_population(shown.net, times, p));
  }
}

template <class Real>
bool show(const report_scene& scene, const shown_network<Real>& shown, std::span<const double> times,
          std::span<const layer_neuron> asked, shown_sample& sample) {
  sample.spikes.resize(scene.lanes.size());
  for (std::size_t p = 0; p < shown.lane_of.size(); ++p) {
    if (shown.lane_of[p]) sample.spikes[*shown.lane_of[p]] = spikes_from(of_population(shown.net, times, p));
  }
  const observed_run<Real> run{shown.net, shown.incoming, times, shown.t_max, shown.t_max};
  const auto before = sample.membranes.size();
  for (const auto id : drawn_neurons(scene, run, shown, asked)) {
    auto trace = voltage_trace_of(run, id);
    if (trace.spike_time != times[id]) {
      sample.membranes.resize(before);
      return false;
    }
    const auto population = shown.net.population_of(id);
    trace.id -= shown.net.first_id(population);
    sample.membranes.push_back({*shown.lane_of[population], std::move(trace)});
  }
  return true;
}

void name_outputs(report_scene& scene, std::span<const std::uint8_t> label_of_output) {
  auto& names = scene.lanes.back().names;
  bool ids = true;
  for (std::size_t k = 0; k < label_of_output.size(); ++k) {
    ids = ids && label_of_output[k] == k;
    names.push_back(fmt::format("label {}", label_of_output[k]));
  }
  if (ids) names.clear();
}

std::string verdict_text(std::span<const double> times, double starts_at) {
  const auto* verdict = times[0] == times[1] ? "is undecided" : times[0] < times[1] ? "calls it real" : "calls it fake";
  return fmt::format("the discriminator {} (real {}, fake {})", verdict, time_words(starts_at + times[0]),
                     time_words(starts_at + times[1]));
}

template shown_network<float> add_network(report_scene&, const network<float>&, double, const std::string&, double);
template shown_network<double> add_network(report_scene&, const network<double>&, double, const std::string&, double);
template void count(report_scene&, const shown_network<float>&, std::span<const double>);
template void count(report_scene&, const shown_network<double>&, std::span<const double>);
template bool show(const report_scene&, const shown_network<float>&, std::span<const double>,
                   std::span<const layer_neuron>, shown_sample&);
template bool show(const report_scene&, const shown_network<double>&, std::span<const double>,
                   std::span<const layer_neuron>, shown_sample&);

template std::vector<std::uint32_t> neurons_that_matter(const observed_run<float>&);
template std::vector<std::uint32_t> neurons_that_matter(const observed_run<double>&);

}  // namespace firstspike
