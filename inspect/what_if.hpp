// What-if analysis: another run with one change, and the spikes that differ.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/spikes.hpp"

namespace firstspike {

/// One whole run of the heap, with v_m, as simulate() records it, but with the neurons of `clamped` (source = global
/// id) firing at the given times, regardless of their input: `never`, or any time outside [0, t_max), makes them
/// silent. Their v_m is 0. `source_times` [source], [steps]. Nothing before the changed spikes can differ.
template <class Real>
spike_record run_clamped(const network<Real>& net, std::span<const double> source_times, double t_max,
                         std::span<const spike> clamped, const progress_callback& progress = {});

/// The network with that weight in every synapse from `pre` to `post` (global ids). A shared weight changes in all
/// synapses that share it; after average pooling it may differ from `weight` by rounding. Throws std::invalid_argument,
/// one line, if there is no such synapse or the weight is not finite in the network's precision.
template <class Real>
network<Real> with_weight(const network<Real>& net, std::uint32_t pre, std::uint32_t post, double weight);

/// A neuron whose spike changed; `never` is silence.
struct changed_spike_time {
  std::uint32_t id;
  double before, after;  ///< [steps]
  friend bool operator==(const changed_spike_time&, const changed_spike_time&) = default;
};

/// The spikes that differ between two runs of equal size, compared exactly; sorted by the earlier of both times, then
/// id.
std::vector<changed_spike_time> changed_spikes(std::span<const double> before, std::span<const double> after);

}  // namespace firstspike
