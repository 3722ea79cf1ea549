// The networks behind a trace, and their runs again from the spikes that the trace recorded of their sources.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

struct traced_model {
  std::string prefix;  ///< in the trace its populations are called prefix + their name
  loaded_model model;
};

/// The precision in which the trace was recorded, where it says so.
std::optional<real_type> recorded_precision(const spike_trace& trace);

/// The networks that lie in the trace under /models; there may be none. They run in `precision`, else in the one that
/// the trace records, else in their own. Throws std::runtime_error where the trace holds nothing of a source of theirs,
/// or has other sizes or another window: "FILE: /spikes/...".
std::vector<traced_model> models_behind(const trace_file& from, std::optional<real_type> precision = {});

/// One network that is not taken from the trace. Throws the same.
std::vector<traced_model> models_behind(const trace_file& from, loaded_model model);

/// Of the sources of a network in the trace.
std::size_t samples_of(const spike_trace& trace, const traced_model& traced);

/// The firing times of one sample's sources: [source], population order, [steps].
std::vector<double> recorded_sources(const spike_trace& trace, const traced_model& traced, std::size_t sample);

/// Compares a run of one sample with what the trace recorded of it, exactly; `spike_times` [neuron], [steps]. What
/// comes after the sample's last recorded spike is not compared, as the trace of a run that stopped at its decision
/// ends there. Throws std::runtime_error that names the first neuron whose times differ.
void check_same_spikes(const trace_file& from, const traced_model& traced, std::size_t sample,
                       std::span<const double> spike_times);

}  // namespace firstspike
