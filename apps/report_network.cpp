#include "firstspike/apps/report_network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "firstspike/apps/progress.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/traces/enum_names.hpp"

namespace firstspike {
namespace {

template <class Real>
std::span<const double> of_population(const network<Real>& net, std::span<const double> times, std::size_t population) {
  return times.subspan(net.first_id(population), net.populations()[population].size);
}

template <class Real>
std::vector<std::uint32_t> drawn_neurons(const report_scene& scene, const observed_run<Real>& run,
                                         const shown_network<Real>& shown, std::span<const asked_neuron> asked) {
  auto ids = neurons_that_matter(run);
  const auto populations = shown.net.populations();
  for (std::size_t p = 0; p < populations.size(); ++p) {
    if (populations[p].kind != population_kind::neurons) continue;
    for (const auto& a : asked) {
      if (a.lane != scene.lanes[*shown.lane_of[p]].name || a.id >= populations[p].size) continue;
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
shown_network<Real> add_network(report_scene& scene, const network<Real>& net, double t_max, const std::string& prefix,
                                double starts_at) {
  shown_network<Real> shown{net, t_max, list_incoming(net), {}};
  for (const auto& p : net.populations()) {
    shown.lane_of.emplace_back();
    if (p.kind != population_kind::bias)
      shown.lane_of.back() = add_lane(scene, {prefix + p.name, p.size, {}, starts_at});
  }
  return shown;
}

json_object network_json(const std::string& name, std::span<const population> populations, const std::string& regime,
                         std::span<const std::uint8_t> trainable) {
  auto rows = json_object::array();
  for (std::size_t i = 0; i < populations.size(); ++i) {
    const auto& p = populations[i];
    const bool is_neurons = p.kind == population_kind::neurons;
    auto kind = kind_name(p.kind);
    if (p.kind == population_kind::bias && !trainable.empty() && trainable[i] == 0) kind += ", not trained";
    const auto time_text = [](double t) { return t == never ? std::string("never") : fmt::format("{}", t); };
    rows.push_back({p.name, kind, grouped(p.size), p.t_fire == never ? "" : time_text(p.t_fire),
                    is_neurons && p.t_fire < never ? fmt::format("{}", p.threshold_slope) : "",
                    is_neurons ? time_text(p.t_close) : ""});
  }
  return {{"name", name}, {"regime", regime}, {"populations", rows}};
}

template <class Real>
void count(report_scene& scene, const shown_network<Real>& shown, std::span<const double> times) {
  for (std::size_t p = 0; p < shown.lane_of.size(); ++p) {
    if (shown.lane_of[p]) count(scene.statistics[*shown.lane_of[p]], of_population(shown.net, times, p));
  }
}

template <class Real>
bool show(const report_scene& scene, const shown_network<Real>& shown, std::span<const double> times,
          std::span<const asked_neuron> asked, shown_sample& sample) {
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

std::string decision_text(std::span<const double> times, std::span<const double> v_m,
                          std::span<const std::uint8_t> label_of_output, std::optional<unsigned> label) {
  const std::vector<double> equal(times.size());
  const auto decided = decide(times, v_m.empty() ? std::span<const double>(equal) : v_m, 0, never);
  if (decided.silent && v_m.empty()) return "no output fires";
  const unsigned named = label_of_output.empty() ? decided.output : label_of_output[decided.output];
  auto text = decided.silent ? fmt::format("no output fires, the largest v_m says {}", named)
                             : fmt::format("decides {} at step {:.2f}", named, decided.tau);
  if (label) text += named == *label ? ", right" : fmt::format(", wrong: it is {}", *label);
  return text;
}

std::string verdict_text(std::span<const double> times, double starts_at) {
  const auto* verdict = times[0] == times[1] ? "cannot tell" : times[0] < times[1] ? "calls it real" : "calls it fake";
  return fmt::format("the discriminator {} (real {}, fake {})", verdict, time_words(starts_at + times[0]),
                     time_words(starts_at + times[1]));
}

template shown_network<float> add_network(report_scene&, const network<float>&, double, const std::string&, double);
template shown_network<double> add_network(report_scene&, const network<double>&, double, const std::string&, double);
template void count(report_scene&, const shown_network<float>&, std::span<const double>);
template void count(report_scene&, const shown_network<double>&, std::span<const double>);
template bool show(const report_scene&, const shown_network<float>&, std::span<const double>,
                   std::span<const asked_neuron>, shown_sample&);
template bool show(const report_scene&, const shown_network<double>&, std::span<const double>,
                   std::span<const asked_neuron>, shown_sample&);

}  // namespace firstspike
