// Integrate-and-fire arithmetic: the only place where weights are summed and thresholds are tested.
//
// All schedulers except the oracle call these functions, and the oracle repeats their formulas, so all schedulers round
// alike. Loops run over postsynaptic neurons, never over the arrivals of one neuron, so vectorisation does not change
// the sum of any neuron.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "firstspike/engine/huge_pages.hpp"
#include "firstspike/engine/instruction_set.hpp"
#include "firstspike/engine/network.hpp"

namespace firstspike {

/// The membrane states of all neurons of a network in one run, by global id.
template <class Real>
struct membranes {
  large_vector<Real> sum_w;       ///< sum of arrived weights. step: v_m itself; ramp: the slope S
  large_vector<Real> sum_wt;      ///< ramp: O = sum of weight times arrival time; with a fire phase the sum of weight
                                  ///< times (t_fire - arrival time), which is v_m(t_fire)
  large_vector<Real> armed_v_th;  ///< v_th until the neuron has crossed it, +infinity after

  membranes() = default;
  explicit membranes(const network<Real>& net) { reset(net); }

  /// The state before the first arrival, in the same memory. `any_ramp` false, if all kernels are step: sum_wt is
  /// empty.
  void reset(const network<Real>& net, bool any_ramp = true) {
    sum_w.assign(net.neuron_count(), 0);
    sum_wt.assign(any_ramp ? net.neuron_count() : 0, 0);
    armed_v_th.assign(net.neuron_count(), std::numeric_limits<Real>::infinity());
    for (std::size_t p = 0; p < net.populations().size(); ++p) {
      const auto& v_th = net.populations()[p].v_th;
      std::copy(v_th.begin(), v_th.end(), armed_v_th.begin() + net.first_id(p));
    }
  }

  /// sum_wt from neuron `first` on; null if it is empty.
  Real* sum_wt_from(std::uint32_t first) { return sum_wt.empty() ? nullptr : sum_wt.data() + first; }
  const Real* sum_wt_from(std::uint32_t first) const { return sum_wt.empty() ? nullptr : sum_wt.data() + first; }
};

/// Adds the weights of `synapses` [begin, end), arriving at t, to postsynaptic neurons `first` + post. `ramp`: also to
/// sum_wt, times `arrival` (t, or with a fire phase t_fire - t). Without `slopes`, sum_w does not change.
template <class Real>
void add_synapses(membranes<Real>& m, const synapse_table<Real>& synapses, std::size_t begin, std::size_t end,
                  std::uint32_t first, bool slopes, bool ramp, Real arrival) {
  const auto* __restrict post = synapses.post().data();
  const auto* __restrict weight = synapses.weights().data();
  Real* __restrict sum_w = m.sum_w.data() + first;
  Real* __restrict sum_wt = m.sum_wt_from(first);
  for (auto s = begin; s < end; ++s) {
    if (slopes) sum_w[post[s]] += weight[s];
    if (ramp) sum_wt[post[s]] += weight[s] * arrival;
  }
}

/// Adds the weights of one fan-out, arriving at `t` [steps], to its postsynaptic neurons. Without `slopes`, sum_w of a
/// ramp population does not change: v_m(t_fire) does not need it.
template <class Real>
void add_arrivals(membranes<Real>& m, const network<Real>& net, const fan_out& out, double t, bool slopes = true) {
  const auto post = net.post(out.projection);
  const auto first = net.first_id(post);
  const bool ramp = net.kernel(post) == synapse_kernel::ramp;
  slopes |= !ramp;
  Real* __restrict sum_w = m.sum_w.data() + first;
  Real* __restrict sum_wt = m.sum_wt_from(first);
  const auto arrival = static_cast<Real>(net.has_fire_phase(post) ? net.populations()[post].t_fire - t : t);
  if (net.describe(out.projection).sparse) {
    const auto& synapses = net.describe(out.projection).synapses;
    return add_synapses(m, synapses, out.first, out.first + out.count, first, slopes, ramp, arrival);
  }
  const auto& loops = best_kernels<Real>();
  if (const auto& shared = net.describe(out.projection).shared) {
    const auto of_neuron = net.patch_from(out.projection, static_cast<std::uint32_t>(out.first));
    const auto* w = net.weights(out.projection).data();
    const auto pooled = pooling_factor<Real>(*shared);
    if (slopes) loops.add_patch(of_neuron, w, pooled, 1, sum_w);
    if (ramp) loops.add_patch(of_neuron, w, pooled, arrival, sum_wt);
    return;
  }
  const Real* w = net.weights(out.projection).data() + out.first;
  if (!ramp) return loops.add_weights(w, out.count, sum_w);
  loops.add_charges(w, arrival, out.count, slopes ? sum_w : nullptr, sum_wt);
}

/// Those of the neurons [first, first + count) that may cross no later than `next` if nothing arrives before, as
/// indices from `first` on, in order, written to `indices` [count + 16]. For ramp the test has no division, so there
/// may also be neurons with a rounded crossing just after `next`.
template <class Real>
std::span<const std::uint32_t> find_due(const membranes<Real>& m, synapse_kernel kernel, std::uint32_t first,
                                        std::uint32_t count, double next, std::vector<std::uint32_t>& indices) {
  const Real *sum_w = m.sum_w.data() + first, *sum_wt = m.sum_wt_from(first);
  const Real* armed_v_th = m.armed_v_th.data() + first;
  const auto& loops = best_kernels<Real>();
  const auto found = kernel == synapse_kernel::step
                         ? loops.find_above(sum_w, armed_v_th, count, indices.data())
                         : loops.find_due(sum_w, sum_wt, armed_v_th, count, next, indices.data());
  return std::span(indices).first(found);
}

/// Time at which a neuron crosses its threshold if nothing arrives after `t`, with all arrivals at `t` included. step:
/// `t` if v_m > v_th. ramp: t* = max((v_th + O) / S, t), `never` if S <= 0. `never` for neurons that have crossed
/// before.
template <class Real>
inline double predicted_crossing(synapse_kernel kernel, Real armed_v_th, Real sum_w, Real sum_wt, double t) {
  if (kernel == synapse_kernel::step) return sum_w > armed_v_th ? t : never;
  const double reached = static_cast<double>((armed_v_th + sum_wt) / sum_w);
  const double crossing = reached <= t ? t : reached;
  return ((sum_w > 0) & (crossing < never)) ? crossing : never;  // a neuron with an overflowed sum (NaN) stays silent
}

/// Firing time of a neuron whose fire phase begins at `t_fire` with the potential `v`: `t_fire` if v >= v_th, otherwise
/// the time at which the threshold, which falls by `slope` [1 / step], reaches v; `never` if it does not. Infinite
/// `armed_v_th` (the neuron has fired or is clamped) and NaN give `never`.
template <class Real>
inline double fire_phase_crossing(Real armed_v_th, Real slope, Real v, double t_fire) {
  const double crossing = t_fire + static_cast<double>((armed_v_th - v) / slope);
  const bool armed = armed_v_th < std::numeric_limits<Real>::infinity();
  return (armed & (v >= armed_v_th)) ? t_fire : (armed & (crossing < never)) ? crossing : never;
}

/// Neurons of a fire phase [t_fire, end) whose v plus this is below armed_v_th do not fire in it: they need no
/// division. Rounded up, so others may not fire either.
template <class Real>
Real reach_of_fire_phase(Real slope, double t_fire, double end) {
  using limits = std::numeric_limits<Real>;
  const double steps = std::max(end - t_fire, 0.0) * (1 + 8 * static_cast<double>(limits::epsilon()));
  return static_cast<Real>(static_cast<double>(slope) * (steps + static_cast<double>(limits::min())));
}

/// fire_phase_crossing of all neurons of a population, in the order of their ids.
template <class Real>
void fire_phase_crossings(const membranes<Real>& m, const network<Real>& net, std::uint32_t population,
                          std::span<double> out) {
  const auto first = net.first_id(population);
  const double t_fire = net.populations()[population].t_fire;
  const auto slope = static_cast<Real>(net.populations()[population].threshold_slope);
  const Real* __restrict armed_v_th = m.armed_v_th.data() + first;
  const Real* __restrict v = (net.kernel(population) == synapse_kernel::step ? m.sum_w : m.sum_wt).data() + first;
  double* __restrict crossing = out.data();
  for (std::size_t j = 0; j < out.size(); ++j) {
    crossing[j] = fire_phase_crossing(armed_v_th[j], slope, v[j], t_fire);
  }
}

/// The smallest of `times`, `never` for none.
inline double earliest(std::span<const double> times) {
  constexpr std::size_t lanes = 8;  // independent minima, so that the loop vectorises without -ffast-math
  std::array<double, lanes> lowest;
  lowest.fill(never);
  std::size_t i = 0;
  for (; i + lanes <= times.size(); i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) lowest[k] = times[i + k] < lowest[k] ? times[i + k] : lowest[k];
  }
  for (; i < times.size(); ++i) lowest[0] = std::min(times[i], lowest[0]);
  return *std::min_element(lowest.begin(), lowest.end());
}

/// v_m of a neuron of `population` at `t`, no earlier than its last arrival: sum of weights (step), S t - O (ramp); in
/// the fire phase its value at t_fire.
template <class Real>
double v_m_at(const membranes<Real>& m, const network<Real>& net, std::uint32_t population, std::uint32_t id,
              double t) {
  if (net.kernel(population) == synapse_kernel::step) return static_cast<double>(m.sum_w[id]);
  if (!net.has_fire_phase(population)) {
    return static_cast<double>(m.sum_w[id] * static_cast<Real>(t) - m.sum_wt[id]);
  }
  const double left = net.populations()[population].t_fire - t;
  return static_cast<double>(left > 0 ? m.sum_wt[id] - m.sum_w[id] * static_cast<Real>(left) : m.sum_wt[id]);
}

}  // namespace firstspike
