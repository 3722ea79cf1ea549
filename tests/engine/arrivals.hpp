// The arrivals at each neuron in a run, computed from the description and the firing times only.
#pragma once

#include <span>
#include <vector>

#include "firstspike/engine/network.hpp"

namespace firstspike {

/// One arrival and its place in the order of summation: (time, pre_rank, pre, projection, delay, given).
struct received_arrival {
  double time;
  std::uint32_t pre_rank, pre, projection;
  double delay;
  std::size_t given;  ///< place in the projection's list of synapses
  double weight;
  friend auto operator<=>(const received_arrival&, const received_arrival&) = default;
};

/// Longest path of zero-delay projections into each population.
std::vector<std::uint32_t> zero_delay_ranks(const std::vector<population>& populations,
                                            const std::vector<projection<double>>& projections);

/// [neuron] all arrivals before t_max that count, in the order of summation: before t_close, with a fire phase up to
/// t_fire.
std::vector<std::vector<received_arrival>> arrivals_of(const std::vector<population>& populations,
                                                       const std::vector<projection<double>>& projections,
                                                       std::span<const double> times, double t_max);

}  // namespace firstspike
