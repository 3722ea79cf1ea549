// The spikes of a trace in other forms: CSV, SONATA, NIR data, SHD.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firstspike/engine/progress.hpp"
#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/exports/text_sink.hpp"

// All functions write the selected spikes. They throw as chosen_spikes does, and std::runtime_error if the file cannot
// be written, or exists and `overwrite` is false. Files are written atomically. `progress` counts samples of
// populations; it can cancel the call.
namespace firstspike {

/// Writes lines `sample,population,neuron,time` after a header line, in large pieces, sorted by sample, then
/// population, then as recorded. Times are the shortest text that reads back as the same double. Samples keep their
/// numbers in the trace. Returns the number of spikes.
std::uint64_t export_csv(const trace_file& from, const spike_selection& selection, const text_sink& out,
                         const progress_callback& progress = {});

/// The same into a file.
std::uint64_t export_csv(const trace_file& from, const spike_selection& selection, const std::string& path,
                         bool overwrite = false, const progress_callback& progress = {});

/// Writes a new trace: spikes, metadata and models, in the layout and order of spike_trace_writer. If everything is
/// selected, a file of spike_trace_writer is reproduced byte for byte. Returns the number of spikes.
std::uint64_t export_sonata(const trace_file& from, const spike_selection& selection, const std::string& path,
                            bool overwrite = false, const progress_callback& progress = {});

/// As write_nir_data does. Returns the number of spikes.
std::uint64_t export_nir(const trace_file& from, const spike_selection& selection, const std::string& path,
                         bool overwrite = false, const progress_callback& progress = {});

struct shd_options {
  std::optional<std::string> layer{};                 ///< the one population; default: input, or the only one
  std::optional<std::vector<std::uint8_t>> labels{};  ///< [sample] of the whole trace; default: those in it, if any
};

struct shd_totals {
  std::uint64_t spikes = 0;
  std::string layer;
  bool labels = false;  ///< the file has labels
};

/// The population that export_shd writes. Throws std::invalid_argument if it does not exist, or is ambiguous.
const population_spikes& shd_population(const spike_trace& trace, const std::optional<std::string>& layer);

/// As write_shd does. The layers of the selection are ignored. Throws std::invalid_argument if the number of labels
/// differs from that of the samples.
shd_totals export_shd(const trace_file& from, const spike_selection& selection, const shd_options& options,
                      const std::string& path, bool overwrite = false, const progress_callback& progress = {});

}  // namespace firstspike
