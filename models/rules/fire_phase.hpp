// Common parts of the rules for fire phases: V_j = sum of w_ij c_i over the inputs that arrive until t_fire, c_i = 1
// (step) or t_fire - a_i (ramp).
#pragma once

#include <algorithm>
#include <vector>

#include "firstspike/models/lanes.hpp"
#include "firstspike/models/rules.hpp"

namespace firstspike {

/// Whether an arrival at `t` counts for V.
template <class Real>
bool is_heard(const layer_pass<Real>& pass, double t) {
  return t <= pass.post().t_fire && t < pass.options.t_max;
}

/// [post] dL/dV of neurons that fire by a falling threshold: dt/dV = -1 / threshold_slope within (t_fire, t_close).
/// Neurons that are silent or fire at t_fire have 0; in a layer with `wakes` they have the component that moves them
/// back into the window.
template <class Real>
std::vector<Real> falling_threshold_delta(const layer_pass<Real>& pass, std::span<const Real> dl_dt) {
  const auto& p = pass.post();
  const auto per_step = static_cast<Real>(-1 / p.threshold_slope);
  std::vector<Real> delta(dl_dt.size());
  for (std::size_t j = 0; j < delta.size(); ++j) {
    const double t = pass.spike_time(j);
    const bool inside = t != never && t != p.t_fire;
    const bool moves_back = t == never ? dl_dt[j] > 0 : dl_dt[j] < 0;
    if (inside || (pass.wakes && moves_back)) delta[j] = per_step * dl_dt[j];
  }
  return delta;
}

/// Adds dL/dw_ij = c_i delta_j to `g` and returns dL/dt_i = -sum of w_ij delta_j: exact for ramp; for step by the
/// convention that later spikes have less effect. With `silent_too`, inputs that did not arrive are included.
template <class Real>
std::vector<Real> weighted_sum_backward(const layer_pass<Real>& pass, std::span<const Real> delta, bool silent_too,
                                        gradients<Real>* g) {
  const bool ramp = pass.net.kernel(pass.of.population) == synapse_kernel::ramp;
  std::vector<Real> to_pre(pass.is_wanted ? pass.pre_size() : 0);
  if (std::ranges::all_of(delta, [](Real d) { return d == 0; })) return to_pre;
  for (std::size_t pre = 0; pre < to_pre.size(); ++pre) {
    if (!silent_too && !is_heard(pass, pass.arrival(pass.of.weights, pre))) continue;
    to_pre[pre] = -dot<Real>(pass.weights(pass.of.weights, pre), delta);
  }
  if (!g) return to_pre;
  pass.for_each_input([&](std::uint32_t projection, std::size_t pre, double t) {
    if (!is_heard(pass, t)) return;
    const auto dw = g->row(projection, pre);
    const auto c = static_cast<Real>(ramp ? pass.post().t_fire - t : 1);
    for (std::size_t j = 0; j < delta.size(); ++j) dw[j] += c * delta[j];
  });
  return to_pre;
}

}  // namespace firstspike
