// Runs samples through a network, block by block: what they did in sum, and all their spikes in a trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/progress.hpp"
#include "firstspike/engine/simulate.hpp"
#include "firstspike/engine/spikes.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/traces/loaded_model.hpp"
#include "firstspike/traces/run_metadata.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"
#include "firstspike/training/network_input.hpp"

namespace firstspike {

/// A trace to be written of a run.
struct trace_request {
  std::string path;
  std::optional<std::vector<std::string>> layers{};  ///< populations that are recorded; default: all
  run_metadata metadata{};                           ///< to which the run adds what it knows: precision, image window
  bool overwrite = false;
};

/// Opens the trace of a network's run over [0, t_max). Throws std::invalid_argument where a layer is not there, and as
/// spike_trace_writer does.
spike_trace_writer open_trace(const trace_request& request, std::span<const population> populations, double t_max);

struct sample_run_options {
  run_options run{};
  bool potentials = false;  ///< also record v_m where there are no labels, which need it
  bool early_exit = false;  ///< as in simulation_options
  std::optional<trace_request> trace{};
  std::function<void(const spike_record& record)> on_record{};  ///< is given the record of each block, in order
};

struct sample_totals {
  std::size_t samples = 0;
  double seconds = 0;                 ///< inside the engine
  std::vector<std::uint64_t> spikes;  ///< [population]
  std::uint64_t synaptic_events = 0;
  readout decisions{};  ///< of the input's labels; no images where it has none
};

/// Inside the engine.
inline double seconds_per_sample(const sample_totals& totals) {
  return totals.seconds / static_cast<double>(totals.samples);
}

/// Runs every sample of the input over the model's window. The trace is there once all have run. Reports (samples done,
/// all) before each block and at the end; throws `cancelled`, and as simulate(), read_out() and open_trace() do.
sample_totals run_samples(const loaded_model& model, const network_input& input, const sample_run_options& options = {},
                          const progress_callback& progress = {});

}  // namespace firstspike
