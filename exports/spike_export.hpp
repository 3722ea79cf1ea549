// The spikes of a trace in other forms: CSV, SONATA, NIR data, SHD.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firstspike/engine/progress.hpp"
#include "firstspike/exports/spike_selection.hpp"

// All write the spikes that the selection chooses and throw as chosen_spikes does, std::runtime_error where the file
// cannot be written, or exists and `overwrite` is false. A file appears whole or not at all. `progress` counts samples
// of populations; it can cancel the call.
namespace firstspike {

/// Where text goes that is made a piece at a time.
using text_sink = std::function<void(std::string_view text)>;

/// Hands out lines `sample,population,neuron,time` after a heading, many at once: by sample, then population, then as
/// recorded. Times are the shortest text that reads back as the same double. Samples keep the numbers that they have in
/// the trace. Returns the number of spikes.
std::uint64_t export_csv(const trace_file& from, const spike_selection& selection, const text_sink& out,
                         const progress_callback& progress = {});

/// The same into a file.
std::uint64_t export_csv(const trace_file& from, const spike_selection& selection, const std::string& path,
                         bool overwrite = false, const progress_callback& progress = {});

/// A trace anew: spikes, metadata and models, in the layout and order of spike_trace_writer. A file that
/// spike_trace_writer has written comes out byte for byte the same where all is selected. Returns the number of spikes.
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
  bool labels = false;  ///< whether the file has labels
};

/// The population that export_shd writes. Throws std::invalid_argument where it is not there, or not said.
const population_spikes& shd_population(const spike_trace& trace, const std::optional<std::string>& layer);

/// As write_shd does. The selection's layers are not looked at. Throws std::invalid_argument for another number of
/// labels than the population has samples.
shd_totals export_shd(const trace_file& from, const spike_selection& selection, const shd_options& options,
                      const std::string& path, bool overwrite = false, const progress_callback& progress = {});

/// Text into a file: what write() gives to its sink.
void write_text_file(const std::string& path, bool overwrite, const std::function<void(const text_sink&)>& write);

}  // namespace firstspike
