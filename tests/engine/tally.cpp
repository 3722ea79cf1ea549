#include "firstspike/tests/engine/tally.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "firstspike/tests/engine/arrivals.hpp"

namespace firstspike {
namespace {

struct happenings {
  bool spikes = false, silence = false, threshold_met = false, ties = false, retractions = false;
  bool v_at_threshold = false, slope_0 = false, silence_in_phase = false, spikes_at_t_fire = false;
  bool spikes_inside = false, ties_inside = false, arrivals_at_t_fire = false, instant_arrivals = false;
  bool lost_arrivals = false;
};

struct last_look {
  double v = 0, slope = 0, offset = 0;
  double predicted = never;
};

// Follows one neuron through its arrivals up to its crossing. Double sums in the specified order.
void follow(happenings& h, const std::vector<received_arrival>& heard, synapse_kernel kernel, double v_th) {
  last_look n;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const auto& a = heard[i];
    if (kernel == synapse_kernel::ramp && n.predicted <= a.time) {
      h.threshold_met |= n.predicted == a.time;
      break;
    }
    n.slope += a.weight;
    n.offset += a.weight * a.time;
    if (i + 1 < heard.size() && heard[i + 1].time == a.time) continue;
    if (kernel == synapse_kernel::step) {
      h.threshold_met |= n.slope == v_th;
      if (n.slope > v_th) return;
      continue;
    }
    const auto crossing = n.slope > 0 ? std::max((v_th + n.offset) / n.slope, a.time) : never;
    h.retractions |= n.predicted < never && crossing > n.predicted;
    n.predicted = crossing;
  }
}

// A neuron whose fire phase begins before t_max.
void look_at_phase(happenings& h, const std::vector<received_arrival>& heard, synapse_kernel kernel,
                   const population& layer, double v_th, double fired_at) {
  double v = 0;
  for (const auto& a : heard) {
    v += kernel == synapse_kernel::step ? a.weight : a.weight * (layer.t_fire - a.time);
    h.arrivals_at_t_fire |= a.time == layer.t_fire;
    h.instant_arrivals |= a.time == layer.t_fire && a.delay == 0;
  }
  h.v_at_threshold |= v == v_th;
  h.slope_0 |= layer.threshold_slope == 0 && v > 0 && v != v_th;
  h.silence_in_phase |= fired_at == never;
  h.spikes_at_t_fire |= fired_at == layer.t_fire && v > v_th;
  h.spikes_inside |= fired_at > layer.t_fire && fired_at < never;
}

std::vector<population> without_fire_phases(std::vector<population> populations) {
  for (auto& p : populations) {
    if (p.kind == population_kind::neurons && p.t_fire < never) p.t_fire = p.t_close = never;
  }
  return populations;
}

void look_at_sample(happenings& h, const random_case& drawn, const network<double>& net,
                    std::span<const double> times) {
  const auto heard = arrivals_of(drawn.populations, drawn.projections, times, drawn.t_max);
  const auto sent = arrivals_of(without_fire_phases(drawn.populations), drawn.projections, times, drawn.t_max);
  std::set<std::pair<std::uint32_t, double>> fired;
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    const auto p = net.population_of(id);
    const auto& layer = drawn.populations[p];
    if (layer.kind != population_kind::neurons) continue;
    const auto v_th = layer.v_th[id - net.first_id(p)];
    const bool fire_phase = layer.t_fire < never;
    if (!fire_phase) follow(h, heard[id], net.kernel(p), v_th);
    if (layer.t_fire < drawn.t_max) {
      look_at_phase(h, heard[id], net.kernel(p), layer, v_th, times[id]);
      h.lost_arrivals |= sent[id].size() > heard[id].size();
    }
    h.silence |= times[id] == never;
    if (times[id] == never) continue;
    h.spikes = true;
    const bool tie = !fired.insert({p, times[id]}).second;
    h.ties |= tie;
    h.ties_inside |= tie && fire_phase && times[id] > layer.t_fire;
  }
}

void count_populations(tally& seen, const random_case& drawn, const network<double>& net) {
  bool wide = false, any = false, wide_phase = false, late = false, dense = false, sparse = false;
  for (const auto& p : drawn.populations) {
    const bool fire_phase = p.kind == population_kind::neurons && p.t_fire < never;
    wide |= p.size > 64;
    any |= fire_phase;
    wide_phase |= fire_phase && p.size > 64;
    late |= fire_phase && p.t_fire >= drawn.t_max;
  }
  for (const auto& p : drawn.projections) {
    if (drawn.populations[p.post].t_fire < never) (p.sparse ? sparse : dense) = true;
  }
  seen.wide += wide;
  seen.fire_phases += any;
  seen.recurrent_fire_phases += any && !net.acyclic();
  seen.wide_fire_phases += wide_phase;
  seen.late_fire_phases += late;
  seen.dense_fire_phases += dense;
  seen.sparse_fire_phases += sparse;
}

}  // namespace

void count(tally& seen, const random_case& drawn, const network<double>& net, const spike_record& record) {
  happenings h;
  for (std::size_t sample = 0; sample < record.samples; ++sample)
    look_at_sample(h, drawn, net, record.times_of(sample));
  const auto ranks = zero_delay_ranks(drawn.populations, drawn.projections);
  ++seen.networks;
  seen.samples += record.samples;
  seen.spikes += static_cast<std::size_t>(
      std::count_if(record.times.begin(), record.times.end(), [](double t) { return t < never; }));
  seen.recurrent += !net.acyclic();
  seen.with_zero_delay_paths += *std::max_element(ranks.begin(), ranks.end()) >= 2;
  seen.with_spikes += h.spikes;
  seen.with_silence += h.silence;
  seen.with_threshold_met += h.threshold_met;
  seen.with_ties += h.ties;
  seen.with_retractions += h.retractions;
  seen.with_v_at_threshold += h.v_at_threshold;
  seen.with_slope_0 += h.slope_0;
  seen.with_silence_in_phase += h.silence_in_phase;
  seen.with_spikes_at_t_fire += h.spikes_at_t_fire;
  seen.with_spikes_inside += h.spikes_inside;
  seen.with_ties_inside += h.ties_inside;
  seen.with_arrivals_at_t_fire += h.arrivals_at_t_fire;
  seen.with_instant_arrivals += h.instant_arrivals;
  seen.with_lost_arrivals += h.lost_arrivals;
  count_populations(seen, drawn, net);
}

void print(const tally& seen) {
  fmt::print(
      "random networks: {}, {} samples, {} spikes; recurrent {}, with a zero-delay path of two or more {}, with spikes "
      "of neurons {}, with silent neurons {}, with v_m == v_th {}, with ties {}, with retracted predictions {}, wider "
      "than 64 {}\n",
      seen.networks, seen.samples, seen.spikes, seen.recurrent, seen.with_zero_delay_paths, seen.with_spikes,
      seen.with_silence, seen.with_threshold_met, seen.with_ties, seen.with_retractions, seen.wide);
  fmt::print(
      "with fire phases: {}, recurrent {}, with dense input {}, with sparse input {}, wider than 64 {}, t_fire >= "
      "t_max "
      "{}, V == v_th {}, slope 0 {}, silence {}, spikes at t_fire {}, later {}, ties later {}, arrivals at t_fire {}, "
      "without delay {}, lost arrivals {}\n",
      seen.fire_phases, seen.recurrent_fire_phases, seen.dense_fire_phases, seen.sparse_fire_phases,
      seen.wide_fire_phases, seen.late_fire_phases, seen.with_v_at_threshold, seen.with_slope_0,
      seen.with_silence_in_phase, seen.with_spikes_at_t_fire, seen.with_spikes_inside, seen.with_ties_inside,
      seen.with_arrivals_at_t_fire, seen.with_instant_arrivals, seen.with_lost_arrivals);
}

}  // namespace firstspike
