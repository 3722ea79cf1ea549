// Recorded spikes as the input of a network.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

struct spike_input {
  std::size_t samples = 0;
  std::size_t sources = 0;
  std::vector<population_spikes> of_source;  ///< [source population], in the network's order
  std::vector<std::size_t> first_of_source;  ///< [source population] place of its first neuron among all sources
  std::vector<std::uint8_t> labels{};        ///< [samples] as stored in the file; empty: unknown
  std::uint64_t left_out = 0;                ///< later spikes of these populations (repeated_spikes)
};

/// Spikes for the source populations among `populations`, found in the file by name; a file of one population feeds a
/// network of one source population whatever it is called. Throws std::runtime_error, one line, where a population is
/// missing, has a node id too large, or another number of samples than the first.
spike_input read_spike_input(const std::string& path, std::span<const population> populations,
                             repeated_spikes repeats = repeated_spikes::refuse);

/// Firing times [sample][source] of samples [first, end), [steps].
std::vector<double> source_times(const spike_input& input, std::size_t first, std::size_t end);

}  // namespace firstspike
