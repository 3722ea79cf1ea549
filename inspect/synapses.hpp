// The spikes that a neuron received: synapses by postsynaptic neuron, and arrivals in the order of summation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/progress.hpp"

namespace firstspike {

/// A synapse of a presynaptic neuron.
struct synapse_place {
  std::uint32_t pre;  ///< global id
  std::uint32_t projection;
  /// sparse: its place in the row of `pre`; else the index of the postsynaptic neuron in its population, to which one
  /// synapse leads
  std::uint32_t offset;
};

/// The synapses of sparse projections by postsynaptic neuron, 12 bytes each; other projections need no list.
struct incoming_synapses {
  std::vector<std::size_t> first;     ///< [neurons + 1] into `places`
  std::vector<synapse_place> places;  ///< by postsynaptic id, then presynaptic id, projection and offset
};
template <class Real>
incoming_synapses list_incoming(const network<Real>& net, const progress_callback& progress = {});

/// Where the network stores a synapse: its index into the weights or synapses of the projection. Synapses with a
/// shared weight have the same index.
template <class Real>
std::size_t index_of(const network<Real>& net, const synapse_place& place);

/// The weight of a synapse.
template <class Real>
Real weight_of(const network<Real>& net, const synapse_place& place);

/// The number of synapses that have the weight of this one in common: 1 where weights are not shared.
template <class Real>
std::uint64_t synapses_with_weight_of(const network<Real>& net, const synapse_place& place);

/// All synapses from one neuron to another, by global id.
template <class Real>
std::vector<synapse_place> synapses_between(const network<Real>& net, std::uint32_t pre, std::uint32_t post);

/// A spike that reached a neuron.
template <class Real>
struct arrival {
  double time;        ///< [steps], presynaptic spike time plus delay
  std::uint32_t pre;  ///< global id
  Real weight;
  friend bool operator==(const arrival&, const arrival&) = default;
};

/// The arrivals at neuron `id` before `end` [steps, exclusive] and up to `until` [inclusive], in the order of summation
/// (docs/design.md, "Order"). `spike_times` [neuron]; spikes later than `until` are in the future. Synapses of weight 0
/// are omitted, because they do not change a sum.
template <class Real>
std::vector<arrival<Real>> arrivals_at(const network<Real>& net, const incoming_synapses& incoming, std::uint32_t id,
                                       std::span<const double> spike_times, double until, double end);

}  // namespace firstspike
