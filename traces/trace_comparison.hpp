// What differs between two spike traces, spike by spike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// One neuron in one sample whose spikes differ. A time is missing if that trace has no such spike.
struct changed_spike {
  std::uint32_t sample = 0;
  std::uint64_t neuron = 0;
  std::optional<double> a, b;  ///< [steps]
};

struct population_difference {
  std::string name;
  bool only_in_a = false, only_in_b = false;  ///< the whole population
  std::size_t equal = 0;                      ///< spikes at the same time in both, within the tolerance
  std::size_t moved = 0;                      ///< in both, at times that differ by more
  std::size_t vanished = 0;                   ///< in a only
  std::size_t appeared = 0;                   ///< in b only
  std::vector<changed_spike> first;           ///< the first that differ, by sample, then neuron
  double largest = 0;                         ///< the largest difference of the times of a spike in both [steps]
};

struct trace_comparison {
  std::vector<population_difference> populations;  ///< those of either trace, by name
  bool same = true;                                ///< no spike differs, and both have the same populations
};

/// Times are equal if they differ by `tolerance` [steps] or less; 0: exactly. Keeps up to `most` changed spikes of each
/// population. Throws std::invalid_argument for a tolerance that is negative or not finite.
trace_comparison compare_traces(const spike_trace& a, const spike_trace& b, std::size_t most, double tolerance = 0);

}  // namespace firstspike
