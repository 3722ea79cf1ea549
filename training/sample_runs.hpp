// Simulates many samples in blocks: totals of spikes and decisions, and optionally all spikes in a trace.
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
#include "firstspike/models/option_kinds.hpp"
#include "firstspike/traces/loaded_model.hpp"
#include "firstspike/traces/run_metadata.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"
#include "firstspike/training/network_input.hpp"

namespace firstspike {

/// A trace to write.
struct trace_request {
  std::string path;
  std::optional<std::vector<std::string>> layers{};  ///< populations that are recorded; default: all
  run_metadata metadata{};                           ///< the run adds its own: precision, image window
  bool overwrite = false;
};

/// Opens the trace of a run over [0, t_max). Throws std::invalid_argument if a layer does not exist, and as
/// spike_trace_writer does.
spike_trace_writer open_trace(const trace_request& request, std::span<const population> populations, double t_max);

struct sample_run_options {
  run_options run{};
  bool potentials = false;  ///< record v_m even without labels, which need it
  bool early_exit = false;  ///< as in simulation_options
  std::optional<trace_request> trace{};
  std::function<void(const spike_record& record)>
      on_record{};  ///< called with the record of each block, in order, on any thread
};

struct sample_totals {
  std::size_t samples = 0;
  double seconds = 0;                 ///< the engine's part of the elapsed time, as of simulate_blocks()
  scheduler engine{};                 ///< that ran the samples, as chosen_scheduler() says
  std::vector<std::uint64_t> spikes;  ///< [population]
  std::uint64_t synaptic_events = 0;
  readout decisions{};        ///< compared with the labels; `images` is 0 without labels
  std::size_t neurons = 0;    ///< of the network, without sources and bias neurons
  std::uint64_t emitted = 0;  ///< their spikes
  double t_in = 0;            ///< of the model [steps]
};

/// Time in the engine [s].
inline double seconds_per_sample(const sample_totals& totals) {
  return totals.seconds / static_cast<double>(totals.samples);
}

/// What a decision costs: measures of energy and latency that do not depend on the machine.
struct decision_costs {
  double spikes_per_neuron = 0;  ///< of the whole run, without sources and bias neurons
  double synaptic_events = 0;    ///< of the whole run, per sample: additions of a weight, and so of energy
  double windows = 0;            ///< mean decision time in windows of t_in
};
decision_costs costs_of(const sample_totals& totals);

/// Runs every sample of the input over the model's window. The trace is complete when the call returns. Reports
/// (samples done, all) at the start, several times a second, and at the end; throws `cancelled`, and as simulate(),
/// read_out() and open_trace() do.
sample_totals run_samples(const loaded_model& model, const network_input& input, const sample_run_options& options = {},
                          const progress_callback& progress = {});

/// A sample, or one of those that are misclassified, counted from 0.
struct sample_choice {
  bool wrong = false;
  std::uint64_t position = 0;
};

/// N or wrong:N.
option_kind<sample_choice> sample_choices();

/// The index of the sample that `choice` (`index` in messages) means; runs all samples to find the misclassified ones.
/// Throws std::invalid_argument if there is no such sample, or labels are unknown; `cancelled`.
std::uint64_t chosen_sample(const sample_choice& choice, const loaded_model& model, const network_input& input,
                            const run_options& run = {}, const progress_callback& progress = {});

}  // namespace firstspike
