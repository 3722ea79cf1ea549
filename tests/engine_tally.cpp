#include "tests/engine_tally.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "tests/engine_arrivals.hpp"

namespace firstspike {
namespace {

struct happenings {
  bool spikes = false, silence = false, threshold_met = false, ties = false, retractions = false, waiting = false;
};

struct last_look {
  double v = 0, slope = 0, offset = 0;
  double predicted = never;
};

// Follows one neuron through its arrivals up to its crossing. Plain double sums in the contract's order.
void follow(happenings& h, const std::vector<heard_arrival>& heard, synapse_kernel kernel, double v_th, double t_open) {
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
      if (n.slope > v_th) {
        h.waiting |= a.time < t_open;
        return;
      }
      continue;
    }
    const auto crossing = n.slope > 0 ? std::max((v_th + n.offset) / n.slope, a.time) : never;
    h.retractions |= n.predicted < never && crossing > n.predicted;
    n.predicted = crossing;
  }
  h.waiting |= n.predicted < t_open;
}

void look_at_sample(happenings& h, const random_case& drawn, const network<double>& net,
                    std::span<const double> times) {
  const auto heard = arrivals_of(drawn.populations, drawn.projections, times, drawn.t_max);
  std::set<std::pair<std::uint32_t, double>> fired;
  for (std::uint32_t id = 0; id < net.neuron_count(); ++id) {
    const auto p = net.population_of(id);
    const auto& layer = drawn.populations[p];
    if (layer.kind != population_kind::neurons) continue;
    follow(h, heard[id], net.kernel(p), layer.v_th[id - net.first_id(p)], layer.t_open);
    h.silence |= times[id] == never;
    if (times[id] == never) continue;
    h.spikes = true;
    h.ties |= !fired.insert({p, times[id]}).second;
  }
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
  seen.with_waiting += h.waiting;
}

void print(const tally& seen) {
  fmt::print(
      "random networks: {}, {} samples, {} spikes; recurrent {}, with a zero-delay path of two or more {}, with spikes "
      "of neurons {}, with silent neurons {}, with v_m == v_th {}, with ties {}, with retracted predictions {}, with "
      "crossings before t_open {}\n",
      seen.networks, seen.samples, seen.spikes, seen.recurrent, seen.with_zero_delay_paths, seen.with_spikes,
      seen.with_silence, seen.with_threshold_met, seen.with_ties, seen.with_retractions, seen.with_waiting);
}

}  // namespace firstspike
