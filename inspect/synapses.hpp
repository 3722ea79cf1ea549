// Which spikes a neuron heard, found from its side: synapses by their post neuron, and arrivals in the order of
// summation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// The neuron whose fan-out it is, by global id.
template <class Real>
std::uint32_t pre_of(const network<Real>& net, std::uint32_t fan_out_index);

/// A synapse as the network stores it: in the fan-out of that index, `offset` places after its first.
struct synapse_place {
  std::uint32_t fan_out;
  std::uint32_t offset;
};

/// The synapses of sparse projections by post neuron, 8 bytes each; dense ones need no list.
struct incoming_synapses {
  std::vector<std::size_t> first;     ///< [neurons + 1] into `places`
  std::vector<synapse_place> places;  ///< by post id, then fan-out, then offset
};
template <class Real>
incoming_synapses list_incoming(const network<Real>& net);

/// The weight that a synapse adds.
template <class Real>
Real weight_of(const network<Real>& net, const synapse_place& place);

/// All synapses from one neuron to another, by global id.
template <class Real>
std::vector<synapse_place> synapses_between(const network<Real>& net, std::uint32_t pre, std::uint32_t post);

/// A spike that reached a neuron.
template <class Real>
struct arrival {
  double time;        ///< [steps], spike time of pre plus delay
  std::uint32_t pre;  ///< global id
  Real weight;
};

/// What arrives at neuron `id` before `end` [steps, exclusive] and up to `until` [inclusive], in the order of summation
/// (docs/design.md, "Order"). `spike_times` [neuron]; spikes later than `until` are not there yet. Synapses of weight 0
/// are left out: they change no sum.
template <class Real>
std::vector<arrival<Real>> arrivals_at(const network<Real>& net, const incoming_synapses& incoming, std::uint32_t id,
                                       std::span<const double> spike_times, double until, double end);

}  // namespace firstspike
