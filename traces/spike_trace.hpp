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

/// SONATA's attribute `sorting` of a population; the values are SONATA's.
enum class spike_sorting : std::uint8_t { none = 0, by_id = 1, by_time = 2 };

/// What a reader does with a neuron that fires more than once in a sample, as neurons of other tools do.
enum class repeated_spikes : std::uint8_t {
  refuse,     ///< reject the file
  keep_first  ///< keep each neuron's first spike in each sample
};

inline repeated_spikes repeats_allowed(bool first_spikes) {
  return first_spikes ? repeated_spikes::keep_first : repeated_spikes::refuse;
}

/// The spikes of one population in all its samples: event e is neuron node_ids[e] firing at timestamps[e] in sample
/// sample_ids[e]. A neuron fires at most once in a sample; a silent neuron has no event.
struct population_spikes {
  std::string name;
  std::uint64_t n_nodes = 0;                  ///< if the file has none: the largest node id + 1
  double t_start = 0;                         ///< [steps]; every sample lasts from t_start ...
  double t_stop = never;                      ///< ... to t_stop (exclusive) [steps]; if the file has none: `never`
  std::vector<double> timestamps;             ///< [events], [steps] from the start of the sample, finite, >= 0
  std::vector<std::uint64_t> node_ids;        ///< [events], 0-based, below n_nodes
  std::vector<std::uint32_t> sample_ids;      ///< [events], never decreasing
  std::vector<std::uint64_t> sample_offsets;  ///< [samples + 1]; sample s has events [offsets[s], offsets[s + 1])
  spike_sorting sorting = spike_sorting::none;
  std::uint64_t left_out = 0;  ///< later spikes of neurons that fire more than once in a sample (repeated_spikes)

  std::size_t samples() const { return sample_offsets.empty() ? 0 : sample_offsets.size() - 1; }
};

struct spike_trace {
  std::vector<population_spikes> populations;  ///< sorted by name
  run_metadata metadata;                       ///< root attributes with one number or string, except magic and version
  /// [samples] of the population that has most of them: the class of each sample. Empty: unknown.
  std::vector<std::uint8_t> labels{};
};

/// Reads a firstspike trace, or any SONATA spike file: `sorting` may be an enum, a string or absent, `gids` may replace
/// `node_ids`, and columns that are not part of SONATA may be absent (then there is one sample). Labels are the data
/// set /labels or, in recorded training steps of firstspike 0.2.0, the attribute `labels`. Throws std::runtime_error,
/// one line that names file, data set and value, for contents that are inconsistent or contradict population_spikes.
spike_trace read_spike_trace(const std::string& path, repeated_spikes repeats = repeated_spikes::refuse);

/// The sum of left_out of all populations.
std::uint64_t spikes_left_out(const spike_trace& trace);

/// The population called `name`; throws std::invalid_argument with a list of the existing names.
const population_spikes& find_population(const spike_trace& trace, const std::string& name);

/// The indices of one sample's events in the columns, sorted by time, then id.
std::vector<std::size_t> events_by_time(const population_spikes& spikes, std::size_t sample);

/// Firing times [sample][n_nodes], row-major, [steps], `never` = silent. Throws std::invalid_argument if an event has a
/// node id that is not below `n_nodes`, or the result would have more than 2^31 entries.
std::vector<double> dense_times(const population_spikes& spikes, std::size_t n_nodes);

/// The record of `populations` (of a network, in its order) from a trace, where the name of each is prefix + its name.
/// Throws std::invalid_argument if one is missing, has another size, or differs from the first in its number of
/// samples.
spike_record record_from_trace(const spike_trace& trace, std::span<const population> populations,
                               const std::string& prefix = "");

}  // namespace firstspike
