// Writes a spike trace (docs/formats.md, "Spike trace") block by block while a run goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/network.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {

struct hdf5_object;

/// What a trace says of a population before any of its spikes.
struct trace_population {
  std::string name;  ///< not empty, without '/', unique in the trace
  std::uint64_t n_nodes = 0;
  double t_start = 0;  ///< [steps]; each sample is recorded over [t_start, t_stop)
  double t_stop = 0;   ///< [steps]
};

/// Writes PATH.tmp and renames it to PATH in finish(); without finish() nothing is left behind.
class spike_trace_writer {
 public:
  /// Creates PATH.tmp. `metadata` become root attributes, and may not be called `magic` or `version`, which are
  /// SONATA's. Throws std::invalid_argument for populations or metadata that break this, std::runtime_error where the
  /// file cannot be created, or PATH exists and `overwrite` is false.
  spike_trace_writer(const std::string& path, std::vector<trace_population> populations, const run_metadata& metadata,
                     bool overwrite = false);
  ~spike_trace_writer();
  spike_trace_writer(spike_trace_writer&&) noexcept;
  spike_trace_writer& operator=(spike_trace_writer&&) noexcept;

  std::span<const trace_population> populations() const;

  /// Adds one sample of a population (index in populations()): `times` [n_nodes], [steps]; `never` is left out.
  /// Populations may have different numbers of samples. Throws std::invalid_argument for a wrong size, NaN, and finite
  /// times outside [t_start, t_stop); then nothing of the sample is added.
  void append(std::size_t population, std::span<const double> times);

  /// Writes what is buffered, closes the file and puts it at PATH. Nothing may be added after.
  void finish();

  /// The open file, for what else goes into it (model_file.hpp, add_model). Not under /spikes.
  const hdf5_object& root() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// All populations of a network as trace populations over [0, t_max), each called prefix + its name.
std::vector<trace_population> trace_populations(std::span<const population> populations, double t_max,
                                                const std::string& prefix = "");

/// Appends every sample of `record` to every population that the writer holds under prefix + its name; others are left
/// out. `populations` are those of the network that left the record, in its order. Throws std::invalid_argument where
/// the record has another number of neurons, or the writer holds none of the populations.
void append_record(spike_trace_writer& writer, std::span<const population> populations, const spike_record& record,
                   const std::string& prefix = "");

}  // namespace firstspike
