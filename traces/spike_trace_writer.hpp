// Writes a spike trace (docs/formats.md, "Spike trace") block by block during a run.
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

/// Attributes of a population in a trace.
struct trace_population {
  std::string name;  ///< not empty, without '/', unique in the trace
  std::uint64_t n_nodes = 0;
  double t_start = 0;  ///< [steps]; each sample is recorded over [t_start, t_stop)
  double t_stop = 0;   ///< [steps]
};

/// Writes PATH.tmp and renames it to PATH in finish(); without finish() it is removed.
class spike_trace_writer {
 public:
  /// Creates PATH.tmp. `metadata` become root attributes; the names `magic` and `version` are reserved by SONATA.
  /// Throws std::invalid_argument for invalid populations or metadata, std::runtime_error if the file cannot be
  /// created, or PATH exists and `overwrite` is false.
  spike_trace_writer(const std::string& path, std::vector<trace_population> populations, const run_metadata& metadata,
                     bool overwrite = false);
  ~spike_trace_writer();
  spike_trace_writer(spike_trace_writer&&) noexcept;
  spike_trace_writer& operator=(spike_trace_writer&&) noexcept;

  std::span<const trace_population> populations() const;

  /// Adds one sample of a population (index in populations()): `times` [n_nodes], [steps]; `never` is omitted.
  /// Populations may have different numbers of samples. Throws std::invalid_argument for a wrong size, NaN, and finite
  /// times outside [t_start, t_stop); then no event of the sample is added.
  void append(std::size_t population, std::span<const double> times);

  /// The class of each sample, written by finish() as /labels. finish() throws std::invalid_argument unless there is
  /// one for each sample of the population that has most of them, or none.
  void set_labels(std::span<const std::uint8_t> labels);

  /// Writes buffered events, closes the file and renames it to PATH. Call no other function afterwards.
  void finish();

  /// The open file, for additional data (model_file.hpp, add_model) outside of /spikes.
  const hdf5_object& root() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// All populations of a network as trace populations over [0, t_max), with the names prefix + name.
std::vector<trace_population> trace_populations(std::span<const population> populations, double t_max,
                                                const std::string& prefix = "");

/// Appends every sample of `record` to every population that the writer has under prefix + name; other populations are
/// omitted. `populations` are those of the network of the record, in its order. Throws std::invalid_argument if the
/// record has another number of neurons, or the writer has none of the populations.
void append_record(spike_trace_writer& writer, std::span<const population> populations, const spike_record& record,
                   const std::string& prefix = "");

}  // namespace firstspike
