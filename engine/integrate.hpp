// Integrate-and-fire arithmetic: the one place where weights are summed and thresholds tested.
//
// Every schedule but the oracle calls these, and the oracle repeats their formulas, so all of them round alike. Loops run
// over post neurons, never over the arrivals of one neuron: vector registers change nothing in any neuron's sum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/network.hpp"

namespace firstspike {

/// The membranes of all neurons of a network in one run, by global id.
template <class Real>
struct membranes {
  std::vector<Real> sum_w;       ///< sum of arrived weights. step: v_m itself; ramp: the slope S
  std::vector<Real> sum_wt;      ///< ramp: O = sum of weight times arrival time
  std::vector<Real> armed_v_th;  ///< v_th until the neuron has crossed it, +infinity after

  void reset(const network<Real>& net);
};

/// Adds the weights of one dense row to post neurons [first, first + row.size()), arriving at `t` [steps].
template <class Real>
void add_row(membranes<Real>& m, synapse_kernel kernel, std::span<const Real> row, std::uint32_t first, double t);

/// Adds one weight each to post neurons first + targets[k].
template <class Real>
void add_synapses(membranes<Real>& m, synapse_kernel kernel, std::span<const Real> weights,
                  std::span<const std::uint32_t> targets, std::uint32_t first, double t);

/// step: whether any of the neurons [first, first + count) is above its threshold and has not crossed it before.
template <class Real>
bool any_above(const membranes<Real>& m, std::uint32_t first, std::uint32_t count);

template <class Real>
bool is_above(const membranes<Real>& m, std::uint32_t id) {
  return m.sum_w[id] > m.armed_v_th[id];
}

/// ramp: when a neuron reaches v_th if nothing arrives after `t`: t* = max((v_th + O) / S, t), `never` where S <= 0.
/// Neurons that have crossed before give `never`.
template <class Real>
inline double predicted_crossing(Real armed_v_th, Real sum_w, Real sum_wt, double t) {
  const double reached = static_cast<double>((armed_v_th + sum_wt) / sum_w);
  const double crossing = reached <= t ? t : reached;
  return (sum_w > 0) & (crossing < never) ? crossing : never;  // an overflowed sum (NaN) stays silent
}

/// ramp: predicted_crossing of each of the neurons [first, first + out.size()).
template <class Real>
void predict_crossings(const membranes<Real>& m, std::uint32_t first, double t, std::span<double> out);

/// The smallest of `times`, `never` for none.
double earliest(std::span<const double> times);

/// v_m of a neuron at `t`, no earlier than its last arrival: sum of weights (step), S t - O (ramp).
template <class Real>
double v_m_at(const membranes<Real>& m, synapse_kernel kernel, std::uint32_t id, double t) {
  if (kernel == synapse_kernel::step) return static_cast<double>(m.sum_w[id]);
  return static_cast<double>(m.sum_w[id] * static_cast<Real>(t) - m.sum_wt[id]);
}

}  // namespace firstspike
