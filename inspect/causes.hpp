// Why a neuron fired: the causal set of its spike, and the critical causes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {

/// The current state of a run for an inspection. All spans and references must outlive the call.
template <class Real>
struct observed_run {
  const network<Real>& net;
  const incoming_synapses& incoming;
  std::span<const double> spike_times;  ///< [neuron], [steps]; times after `until` are in the future
  double until;                         ///< [steps], the present
  double t_max;                         ///< [steps], the window is [0, t_max)
  progress_callback progress{};         ///< called with (neurons or spikes tried, 0) during a call, which it may cancel
};

/// A presynaptic spike that arrived before or at the threshold crossing of the neuron; with a fire phase, up to t_fire.
struct cause {
  std::uint32_t pre;  ///< global id
  double spike_time;  ///< [steps]
  double arrival;     ///< [steps]
  double weight;
  /// Its contribution to v_m, in units of v_th: weight / v_th (step), weight (t - arrival) / v_th (ramp), with t the
  /// time of the spike, or t_fire with a fire phase. The contributions of all causes add up to v_m / v_th, which is
  /// less than 1 if the threshold had fallen, and may be more than 1.
  double share;
  friend bool operator==(const cause&, const cause&) = default;
};

struct explanation {
  std::uint32_t id = 0;
  double spike_time = 0;      ///< [steps]
  double t_fire = never;      ///< [steps], the start of its fire phase; `never` without one
  double v_m = 0, v_th = 0;   ///< v_m at the spike; with a fire phase v_m(t_fire), which the threshold reached
  std::vector<cause> causes;  ///< the causal set, in the order of summation
  /// The latest spike (by its last arrival) without which the neuron would not have fired at this time, with all other
  /// spikes unchanged; none if no single spike is necessary.
  std::optional<std::uint32_t> critical;
  double without_critical = never;  ///< its firing time without that spike, with the arrivals up to `until`
  friend bool operator==(const explanation&, const explanation&) = default;
};

/// Throws std::invalid_argument, one line, if neuron `id` has not fired by `until`, or is a source or bias neuron.
template <class Real>
explanation explain(const observed_run<Real>& run, std::uint32_t id);

/// The same without the critical spike, whose search replays the neuron for each tested cause. For many neurons.
template <class Real>
explanation explain_causes(const observed_run<Real>& run, std::uint32_t id);

/// The spike of `id`, its critical cause, the critical cause of that, and so on, up to a source or bias neuron, or a
/// spike without a critical cause.
template <class Real>
std::vector<spike> critical_chain(const observed_run<Real>& run, std::uint32_t id);

/// A source or bias spike at the start of a causal path to a neuron.
struct root {
  std::uint32_t id;
  double spike_time;  ///< [steps]
  double share;       ///< sum over all paths to the neuron of the product of the contributions along the path
  friend bool operator==(const root&, const root&) = default;
};
/// The sources and bias neurons on causal paths to the spike of `id`, by decreasing magnitude of contribution, then id.
template <class Real>
std::vector<root> roots_of(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
