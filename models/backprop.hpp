// Backpropagation in time through a layered network, from recorded spike times and the pull on the output's times.
//
// Both rules need the spike record alone: no membrane is kept, so a trace read back from disk gives the same gradient.
#pragma once

#include <span>
#include <vector>

#include "engine/network.hpp"
#include "models/gradients.hpp"
#include "models/layers.hpp"

namespace firstspike {

struct backprop_options {
  double t_max = 256;  ///< of the run [steps]
  /// step: divide each layer's delta_j = dL/dV_j by its L2 norm (S4NN); a zero delta stays zero.
  bool normalise = true;
  /// step: 0 for S4NN's dt/dV = -1; above it the jump of a synapse counts as a ramp of this length [steps], see below.
  double jump_length = 0;
  /// step, with jump_length: how much of that ramp lies behind the firing time [steps].
  double jump_ahead = 0;
  /// step: 0, or gates: every neuron is read at one instant, see below, and gradients pass those hidden ones whose
  /// potential is less than this from v_th there.
  double gate_width = 0;
  /// ramp, and step with jump_length: a slope S below this counts as this, so that a grazing crossing does not throw
  /// the weights.
  double least_slope = 0;
  /// Pulls each hidden neuron that fires before the first output towards later times: added to its -dL/dt [1 / steps].
  /// What is pushed behind the decision no longer costs a spike before it.
  double sparsity = 0;
  /// ramp: an output neuron that stayed silent is pulled as if it had crossed at t_max. Off: its gradient is 0, which
  /// is exact, but then nothing ever wakes it.
  bool wake_outputs = false;
  bool to_sources = true;  ///< off: dL/dt of the source population is not wanted, and comes back empty
};

/// Throws std::invalid_argument naming the first option out of range.
void check(const backprop_options& options);

/// Adds one sample's dL/dw to `g` (null: not wanted) and gives back dL/dt of the source population [source].
/// `times` [neuron] as recorded, [steps]; `dl_dt` [size of the last layer], the derivative of the loss by the output
/// times.
///
/// step (Kheradpisheh & Masquelier 2020, arXiv 1910.09495, eqs. 12-20): dt_j/dV_j = -1 and dV_j/dw_ij = 1 for i in the
/// causal set {t_i + d <= t_j}, silent t_j counting as t_max. With delta_j = dL/dV_j = -dL/dt_j: dL/dw_ij = delta_j,
/// delta_i = sum_j w_ij delta_j over j whose causal set holds i. Weights are those of the forward run throughout (the
/// published code takes hidden deltas from output weights that are updated already).
///
/// step with a jump_length h (ours: for S4NN's -1 every crossing is alike, however steep): gradients are those of a
/// network whose synapses rise from 0 to w within h steps, l = jump_ahead of them after the firing time. With
/// s = t_j + l - (t_i + d): dV_j/dw_ij = min((s + 1) / h, 1) where s >= 0, the slope S_j = sum of w_ij / h over 0 <= s
/// < h, dt_j/dw_ij = -dV_j/dw_ij / S_j, dt_j/dt_i = w_ij / (h S_j) over 0 <= s < h. The 1 gives an arrival at the very
/// instant its share.
///
/// step with a gate_width (straight-through estimators, Bengio et al. 2013, arXiv 1308.3432, as a window on the
/// potential): for layers that hear all that counts before their t_close, then fire or stay silent. V_j is the sum of
/// all that has arrived by then, dV_j/dw_ij = 1 for those arrivals. As in S4NN dt_j/dV_j = -1, but for hidden j only
/// where |V_j - v_th| < gate_width, and dV_j/dt_i = -w_ij whether i has fired or not: a neuron that stays silent just
/// below v_th learns too. In the last layer, which synapses of reference neurons lift over v_th tick by tick, a neuron
/// that fires with the first of them passes back nothing that would make it earlier, a silent one nothing that would
/// make it later.
///
/// ramp, exact (Mostafa 2018, arXiv 1606.08165, for currents that do not decay): C = {t_i + d < t_j}, S = sum_C w_ij,
/// dt_j/dw_ij = (t_i + d - t_j) / S, dt_j/dt_i = w_ij / S. Silent neurons and those that fired as their window opened
/// have derivative 0.
template <class Real>
std::vector<Real> backprop(const network<Real>& net, std::span<const layer> layers, std::span<const double> times,
                           std::span<const Real> dl_dt, const backprop_options& options, gradients<Real>* g);

}  // namespace firstspike
