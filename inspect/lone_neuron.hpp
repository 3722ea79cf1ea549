// One neuron without its network, with the engine's arithmetic: the basis of causes, silence and voltage traces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firstspike/engine/integrate.hpp"
#include "firstspike/engine/network.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {

/// One neuron, driven by arrivals only.
template <class Real>
struct lone_neuron {
  synapse_kernel kernel;
  Real v_th;
  double t_fire;           ///< [steps], the start of the fire phase; `never` without one
  Real threshold_slope;    ///< [1 / step]
  double end_of_arrivals;  ///< [steps]; arrivals at this time or later are ignored
  double end_of_firing;    ///< [steps]; it does not fire at this time or later

  bool has_fire_phase() const { return t_fire < never; }
};
/// The neuron `id` of a network. Throws std::invalid_argument for sources and bias neurons, whose times are given.
template <class Real>
lone_neuron<Real> lone(const network<Real>& net, std::uint32_t id, double t_max);

/// The sums of its arrivals, computed as in the engine (engine/integrate.hpp).
template <class Real>
struct lone_membrane {
  const lone_neuron<Real>& neuron;
  Real sum_w = 0, sum_wt = 0;

  void receive(const arrival<Real>& a) {
    sum_w += a.weight;
    if (neuron.kernel == synapse_kernel::step) return;
    sum_wt += a.weight * static_cast<Real>(neuron.has_fire_phase() ? neuron.t_fire - a.time : a.time);
  }
  /// At `t` [steps], no earlier than the last arrival.
  Real v_m(double t) const {
    if (neuron.kernel == synapse_kernel::step) return sum_w;
    if (!neuron.has_fire_phase()) return sum_w * static_cast<Real>(t) - sum_wt;
    const double left = neuron.t_fire - t;
    return left > 0 ? sum_wt - sum_w * static_cast<Real>(left) : sum_wt;
  }
  /// Its firing time if nothing arrives after `t`, with all arrivals at `t` included; `never` if that is too late.
  double predicted(double t) const {
    const double crossing = neuron.has_fire_phase() ? fire_phase_crossing(neuron.v_th, neuron.threshold_slope,
                                                                          v_m(neuron.t_fire), neuron.t_fire)
                                                    : predicted_crossing(neuron.kernel, neuron.v_th, sum_w, sum_wt, t);
    return crossing < neuron.end_of_firing ? crossing : never;
  }
};

struct lone_run {
  double spike_time = never;  ///< [steps]
  double v_m = 0;             ///< at the spike
  std::size_t received = 0;   ///< number of arrivals before the spike, or of all arrivals
};
/// The engine's arithmetic over `arrivals`, in the order of summation and before end_of_arrivals: bit-identical to a
/// run of the whole network. If a later arrival may follow, the spike time is the prediction without it.
template <class Real>
lone_run replay(const lone_neuron<Real>& neuron, std::span<const arrival<Real>> arrivals);

}  // namespace firstspike
