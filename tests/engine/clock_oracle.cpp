#include "firstspike/tests/engine/clock_oracle.hpp"

#include <algorithm>
#include <tuple>

#include "firstspike/tests/engine/arrivals.hpp"

namespace firstspike {
namespace {

template <class Real>
struct clock_synapse {
  std::uint32_t post, projection;
  double delay;
  std::size_t given;
  Real weight;
};

template <class Real>
struct clock_arrival {
  std::uint32_t pre_rank, pre;
  clock_synapse<Real> at;
  bool operator<(const clock_arrival& o) const {
    return std::tie(pre_rank, pre, at.projection, at.delay, at.given) <
           std::tie(o.pre_rank, o.pre, o.at.projection, o.at.delay, o.at.given);
  }
};

template <class Real>
struct clock_neuron {
  std::uint32_t layer, rank;
  bool integrates = false, ramp = false;
  Real v_th = 0, v = 0, current = 0, threshold_slope = 0;
  double t_fire = never, t_close = 0, fires_at = never, v_m = 0;
  bool crossed = false;

  bool has_fire_phase() const { return integrates && t_fire < never; }
  std::vector<clock_synapse<Real>> out{};
};

template <class Real>
struct clock_state {
  std::vector<clock_neuron<Real>> neurons{};
  std::vector<std::vector<clock_arrival<Real>>> ring{};  // [time mod size] what arrives then
  std::uint32_t highest_rank = 0;

  std::vector<clock_arrival<Real>>& arriving(double t) { return ring[static_cast<std::size_t>(t) % ring.size()]; }
};

template <class Real>
void add_neurons(clock_state<Real>& s, const std::vector<population>& populations,
                 const std::vector<std::uint32_t>& ranks, std::span<const double> source_times) {
  std::size_t source = 0;
  for (std::uint32_t layer = 0; layer < populations.size(); ++layer) {
    const auto& p = populations[layer];
    s.highest_rank = std::max(s.highest_rank, ranks[layer]);
    for (std::uint32_t j = 0; j < p.size; ++j) {
      clock_neuron<Real> n{layer, ranks[layer]};
      n.integrates = p.kind == population_kind::neurons;
      n.t_fire = p.t_fire;
      n.t_close = p.t_close;
      n.threshold_slope = static_cast<Real>(p.threshold_slope);
      if (n.integrates) n.v_th = static_cast<Real>(p.v_th[j]);
      if (p.kind == population_kind::bias) n.fires_at = p.t_fire;
      if (p.kind == population_kind::source) n.fires_at = source_times[source++];
      s.neurons.push_back(std::move(n));
    }
  }
}

template <class Real>
void add_synapses(clock_state<Real>& s, const std::vector<population>& populations,
                  const std::vector<projection<double>>& projections) {
  std::vector<std::uint32_t> first = {0};
  for (const auto& p : populations) first.push_back(first.back() + p.size);
  double longest_delay = 0;
  for (std::uint32_t i = 0; i < projections.size(); ++i) {
    const auto& p = projections[i];
    const auto connect = [&](std::size_t pre, std::size_t post, double weight, double delay, std::size_t given) {
      const auto target = static_cast<std::uint32_t>(first[p.post] + post);
      s.neurons[target].ramp = p.kernel == synapse_kernel::ramp;
      s.neurons[first[p.pre] + pre].out.push_back({target, i, delay, given, static_cast<Real>(weight)});
      longest_delay = std::max(longest_delay, delay);
    };
    const auto columns = populations[p.post].size;
    for (std::size_t k = 0; k < p.weights.size(); ++k) connect(k / columns, k % columns, p.weights[k], p.delay, k);
    for (std::size_t k = 0; k < p.synapses.size(); ++k) {
      connect(p.synapses[k].pre, p.synapses[k].post, p.synapses[k].weight, p.synapses[k].delay, k);
    }
  }
  s.ring.resize(static_cast<std::size_t>(longest_delay) + 1);
}

/// Integrates currents over the time step before `t`; those of a ramp neuron stop at the start of its fire phase.
template <class Real>
void flow(clock_state<Real>& s, double t) {
  for (auto& n : s.neurons) {
    if (t <= n.t_fire) n.v += n.current;
  }
}

template <class Real>
void hear(clock_state<Real>& s, std::uint32_t rank, double t) {
  auto due = s.arriving(t);
  std::sort(due.begin(), due.end());
  for (const auto& a : due) {
    auto& n = s.neurons[a.at.post];
    if (n.rank != rank || t > n.t_fire || (!n.has_fire_phase() && t >= n.t_close)) continue;
    (n.ramp ? n.current : n.v) += a.at.weight;
  }
}

template <class Real>
bool fires(const clock_neuron<Real>& n, double t) {
  if (!n.has_fire_phase()) return n.v > n.v_th;
  if (t < n.t_fire || t >= n.t_close) return false;
  return n.v >= n.v_th - n.threshold_slope * static_cast<Real>(t - n.t_fire);
}

template <class Real>
void test_and_fire(clock_state<Real>& s, std::uint32_t rank, double t) {
  for (std::uint32_t id = 0; id < s.neurons.size(); ++id) {
    auto& n = s.neurons[id];
    if (n.rank != rank) continue;
    if (n.integrates && !n.crossed) {
      n.v_m = static_cast<double>(n.v);
      n.crossed = fires(n, t);
      if (n.crossed) n.fires_at = t;
    }
    if (n.fires_at != t) continue;
    for (const auto& synapse : n.out) s.arriving(t + synapse.delay).push_back({rank, id, synapse});
  }
}

}  // namespace

template <class Real>
clock_run run_clock(const std::vector<population>& populations, const std::vector<projection<double>>& projections,
                    std::span<const double> source_times, double t_max) {
  clock_state<Real> s;
  add_neurons(s, populations, zero_delay_ranks(populations, projections), source_times);
  add_synapses(s, populations, projections);
  for (double t = 0; t < t_max; ++t) {
    flow(s, t);
    for (std::uint32_t rank = 0; rank <= s.highest_rank; ++rank) {
      hear(s, rank, t);
      test_and_fire(s, rank, t);
    }
    s.arriving(t).clear();
  }
  flow(s, t_max);
  clock_run run;
  for (auto& n : s.neurons) {
    if (n.integrates && !n.crossed) n.v_m = static_cast<double>(n.v);
    run.times.push_back(n.fires_at >= 0 && n.fires_at < t_max ? n.fires_at : never);
    run.v_m.push_back(n.v_m);
  }
  return run;
}

template clock_run run_clock<float>(const std::vector<population>&, const std::vector<projection<double>>&,
                                    std::span<const double>, double);
template clock_run run_clock<double>(const std::vector<population>&, const std::vector<projection<double>>&,
                                     std::span<const double>, double);

}  // namespace firstspike
