// Why a neuron fired: the spikes it was made of, and which of them mattered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/network.hpp"
#include "engine/spikes.hpp"
#include "inspect/synapses.hpp"

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

/// One neuron, driven by arrivals alone.
template <class Real>
struct lone_neuron {
  synapse_kernel kernel;
  Real v_th;
  double t_open, end, t_max;  ///< [steps]; nothing arrives or crosses at `end` or later
};
/// The neuron `id` of a network. Throws std::invalid_argument for sources and references, whose times are given.
template <class Real>
lone_neuron<Real> lone(const network<Real>& net, std::uint32_t id, double t_max);

struct lone_run {
  double crossing = never;    ///< [steps]
  double spike_time = never;  ///< [steps], max(crossing, t_open) where that lies before t_max
  double v_m = 0;             ///< at the crossing
  std::size_t heard = 0;      ///< arrivals that came before it, or all
};
/// The engine's arithmetic over `arrivals`, in the order of summation: the same bits as in a run of the whole network.
template <class Real>
lone_run replay(const lone_neuron<Real>& neuron, std::span<const arrival<Real>> arrivals);

/// A presynaptic spike that had arrived when the neuron crossed its threshold.
struct cause {
  std::uint32_t pre;  ///< global id
  double spike_time;  ///< [steps]
  double arrival;     ///< [steps]
  double weight;
  double share;  ///< of v_th, at the crossing: weight / v_th (step), weight (crossing - arrival) / v_th (ramp)
};

struct explanation {
  std::uint32_t id = 0;
  double spike_time = 0, crossing = 0;  ///< [steps]; they differ where the layer's window opened in between
  double v_m = 0, v_th = 0;             ///< v_m at the crossing
  std::vector<cause> causes;            ///< the causal set, in the order of summation
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
/// The sources and references behind the spike of `id`, by falling magnitude of share, then id.
template <class Real>
std::vector<root> roots_of(const observed_run<Real>& run, std::uint32_t id);

}  // namespace firstspike
