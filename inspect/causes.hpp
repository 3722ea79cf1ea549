// Why a neuron fired: the spikes it was made of, and which of them mattered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/inspect/synapses.hpp"

namespace firstspike {

/// What an inspection looks at: a run as it stands. All spans and references must outlive the call.
template <class Real>
struct observed_run {
  const network<Real>& net;
  const incoming_synapses& incoming;
  std::span<const double> spike_times;  ///< [neuron], [steps]; times after `until` have not happened yet
  double until;                         ///< [steps], the present
  double t_max;                         ///< [steps], the window is [0, t_max)
};

/// A presynaptic spike that had arrived when the neuron crossed its threshold: with a fire phase, up to t_fire.
struct cause {
  std::uint32_t pre;  ///< global id
  double spike_time;  ///< [steps]
  double arrival;     ///< [steps]
  double weight;
  /// What it added to v_m, as a share of v_th: weight / v_th (step), weight (t - arrival) / v_th (ramp) with t the
  /// spike, or t_fire where there is a fire phase. So the shares of all causes add up to v_m / v_th, which is less than
  /// 1 where the threshold had fallen, and may be more than 1.
  double share;
};

struct explanation {
  std::uint32_t id = 0;
  double spike_time = 0;      ///< [steps]
  double t_fire = never;      ///< [steps], the start of its fire phase; `never` without one
  double v_m = 0, v_th = 0;   ///< v_m at the spike; with a fire phase v_m(t_fire), which the threshold came down to
  std::vector<cause> causes;  ///< the causal set, in the order of summation
  /// The latest spike (by its last arrival) without which, all other spikes being as they were, the neuron would not
  /// have fired at this time; none where each of them can be missed.
  std::optional<std::uint32_t> critical;
  double without_critical = never;  ///< when it would then have fired, as far as what had arrived by `until` tells
};

/// Throws std::invalid_argument, one line, where neuron `id` has not fired by `until`, or its time was given.
template <class Real>
explanation explain(const observed_run<Real>& run, std::uint32_t id);

/// The same without looking for the critical spike, which takes a replay for each cause tried: for many neurons.
template <class Real>
explanation explain_causes(const observed_run<Real>& run, std::uint32_t id);

/// The spike of `id`, the critical one of its causes, the critical one of that, and so on: down to a spike that was
/// given, or one that has no critical cause.
template <class Real>
std::vector<spike> critical_chain(const observed_run<Real>& run, std::uint32_t id);

/// A spike that was given from outside, behind that of a neuron.
struct root {
  std::uint32_t id;
  double spike_time;  ///< [steps]
  double share;       ///< sum over all paths to the neuron of the product of the shares along the path
};
/// The sources and bias neurons behind the spike of `id`, by falling magnitude of share, then id.
template <class Real>
std::vector<root> roots_of(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
