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
  std::size_t equal = 0;                      ///< spikes at the same time in both
  std::size_t moved = 0;                      ///< in both, at different times
  std::size_t vanished = 0;                   ///< in a only
  std::size_t appeared = 0;                   ///< in b only
  std::vector<changed_spike> first;           ///< the first that differ, by sample, then neuron
};

struct trace_comparison {
  std::vector<population_difference> populations;  ///< those of either trace, by name
  bool same = true;                                ///< no spike differs, and both have the same populations
};

/// Times are compared exactly. Keeps up to `most` changed spikes of each population.
trace_comparison compare_traces(const spike_trace& a, const spike_trace& b, std::size_t most);

}  // namespace firstspike
