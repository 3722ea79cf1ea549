// Spike traces: one HDF5 file that is valid SONATA (docs/formats.md, "Spike trace").
//
// Layout after the SONATA developer guide (github.com/AllenInstitute/sonata), as libsonata reads it. One step of the
// engine is written as 1 ms. HDF5 is not thread safe: call into traces/ from one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

/// What SONATA's attribute `sorting` says of a whole population; the values are SONATA's.
enum class spike_sorting : std::uint8_t { none = 0, by_id = 1, by_time = 2 };

/// The spikes of one population in all its samples: event e is neuron node_ids[e] firing at timestamps[e] in sample
/// sample_ids[e]. A neuron fires at most once in a sample; one that is silent has no event.
struct population_spikes {
  std::string name;
  std::uint64_t n_nodes = 0;            ///< where the file has none: the largest node id + 1
  double t_start = 0;                   ///< [steps]; every sample lasts from t_start ...
  double t_stop = never;                ///< ... up to, not including, t_stop [steps]; where the file has none: `never`
  std::vector<double> timestamps;       ///< [events], [steps] from the start of the sample, finite, >= 0
  std::vector<std::uint64_t> node_ids;  ///< [events], 0-based, below n_nodes
  std::vector<std::uint32_t> sample_ids;      ///< [events], never decreasing
  std::vector<std::uint64_t> sample_offsets;  ///< [samples + 1]; sample s has events [offsets[s], offsets[s + 1])
  spike_sorting sorting = spike_sorting::none;

  std::size_t samples() const { return sample_offsets.empty() ? 0 : sample_offsets.size() - 1; }
};

struct spike_trace {
  std::vector<population_spikes> populations;  ///< in the order of their names
  run_metadata metadata;                       ///< root attributes that are one number or string, but magic and version
};

/// Reads a trace of ours, or any SONATA spike file: `sorting` may be an enum, a string or absent, `gids` may stand for
/// `node_ids`, and what only we write may be absent (then there is one sample). Throws std::runtime_error, one line
/// that names file, data set and value, for whatever contradicts itself or population_spikes above.
spike_trace read_spike_trace(const std::string& path);

/// The population called `name`; throws std::invalid_argument that lists the names there are.
const population_spikes& find_population(const spike_trace& trace, const std::string& name);

/// The events of one sample by time, then id: their places in the columns.
std::vector<std::size_t> events_by_time(const population_spikes& spikes, std::size_t sample);

/// Firing times [sample][n_nodes], row-major, [steps], `never` = silent. Throws std::invalid_argument where an event
/// has a node id that is not below `n_nodes`, or the result would have more than 2^31 entries.
std::vector<double> dense_times(const population_spikes& spikes, std::size_t n_nodes);

/// The record that `populations` (of a network, in its order) left in a trace, where each is called prefix + its name.
/// Throws std::invalid_argument where one is missing, has another size, or has another number of samples than the
/// first.
spike_record record_from_trace(const spike_trace& trace, std::span<const population> populations,
                               const std::string& prefix = "");

}  // namespace firstspike
