// The networks behind a trace, and their runs again from the spikes that the trace recorded of their sources.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "firstspike/apps/model_input.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

struct traced_model {
  std::string prefix;  ///< in the trace its populations are called prefix + their name
  runnable model;
};

/// The network that --model or --network names, else those that lie in the trace under /models: none may be there.
/// They run in the precision that the trace records, unless --precision says another. Throws std::runtime_error where
/// the trace holds nothing of a source of theirs, or has other sizes or another window: "FILE: /spikes/...".
std::vector<traced_model> models_behind(const std::string& path, const spike_trace& trace, const command_line& line,
                                        model_options options);

/// Of the sources of a network in the trace.
std::size_t samples_of(const spike_trace& trace, const traced_model& traced);

/// The firing times of one sample's sources: [source], population order, [steps].
std::vector<double> recorded_sources(const spike_trace& trace, const traced_model& traced, std::size_t sample);

/// Holds a run of one sample against what the trace recorded of it, exactly; `spike_times` [neuron], [steps]. What
/// comes after the sample's last recorded spike is not compared, as a trace of --early-exit ends there. Throws
/// std::runtime_error that names the first neuron whose times differ.
void check_same_spikes(const std::string& path, const spike_trace& trace, const traced_model& traced,
                       std::size_t sample, std::span<const double> spike_times);

}  // namespace firstspike
