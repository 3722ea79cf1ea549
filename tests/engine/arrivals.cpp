#include "firstspike/tests/engine/arrivals.hpp"

#include <algorithm>

namespace firstspike {
namespace {

std::vector<std::uint32_t> first_ids(const std::vector<population>& populations) {
  std::vector<std::uint32_t> ids = {0};
  for (const auto& p : populations) ids.push_back(ids.back() + p.size);
  return ids;
}

/// Calls visit(pre index, post index, weight, delay, place given) for each synapse.
template <class Visit>
void each_synapse(const projection<double>& p, std::uint32_t columns, const Visit& visit) {
  for (std::size_t s = 0; s < p.weights.size(); ++s) {
    visit(static_cast<std::uint32_t>(s / columns), static_cast<std::uint32_t>(s % columns), p.weights[s], p.delay, s);
  }
  for (std::size_t s = 0; s < p.synapses.size(); ++s) {
    visit(p.synapses[s].pre, p.synapses[s].post, p.synapses[s].weight, p.synapses[s].delay, s);
  }
}

bool has_zero_delay(const projection<double>& p) {
  if (!p.sparse) return p.delay == 0;
  return std::any_of(p.synapses.begin(), p.synapses.end(), [](const synapse& s) { return s.delay == 0; });
}

}  // namespace

std::vector<std::uint32_t> zero_delay_ranks(const std::vector<population>& populations,
                                            const std::vector<projection<double>>& projections) {
  std::vector<std::uint32_t> ranks(populations.size());
  // A path without a cycle has at most as many steps as there are populations.
  for (std::size_t round = 0; round < populations.size(); ++round) {
    for (const auto& p : projections) {
      if (has_zero_delay(p)) ranks[p.post] = std::max(ranks[p.post], ranks[p.pre] + 1);
    }
  }
  return ranks;
}

std::vector<std::vector<received_arrival>> arrivals_of(const std::vector<population>& populations,
                                                       const std::vector<projection<double>>& projections,
                                                       std::span<const double> times, double t_max) {
  const auto first = first_ids(populations);
  const auto ranks = zero_delay_ranks(populations, projections);
  std::vector<std::vector<received_arrival>> heard(first.back());
  for (std::uint32_t i = 0; i < projections.size(); ++i) {
    const auto& p = projections[i];
    const auto& post_layer = populations[p.post];
    const bool fire_phase = post_layer.t_fire < never;
    each_synapse(p, post_layer.size, [&](auto pre, auto post, double weight, double delay, std::size_t given) {
      const auto id = first[p.pre] + pre;
      const auto time = times[id] + delay;
      const bool in_time = fire_phase ? time <= post_layer.t_fire : time < post_layer.t_close;
      if (in_time && time < t_max)
        heard[first[p.post] + post].push_back({time, ranks[p.pre], id, i, delay, given, weight});
    });
  }
  for (auto& arrivals : heard) std::sort(arrivals.begin(), arrivals.end());
  return heard;
}

}  // namespace firstspike
