// The networks of a trace, and their simulation from the recorded spikes of their sources.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/traces/loaded_model.hpp"

namespace firstspike {

struct traced_model {
  std::string prefix;  ///< names of its populations in the trace are prefix + name
  loaded_model model;
};

/// The precision in which the trace was recorded, if known.
std::optional<real_type> recorded_precision(const spike_trace& trace);

/// The networks in the trace under /models; there may be none. They run in `precision`, else in that of the trace, else
/// in their own. Throws std::runtime_error if the trace does not have their sources, or has other sizes or another
/// window: "FILE: /spikes/...".
std::vector<traced_model> models_behind(const trace_file& from, std::optional<real_type> precision = {});

/// One network that is not from the trace. Throws the same.
std::vector<traced_model> models_behind(const trace_file& from, loaded_model model);

/// Number of samples of a network's sources in the trace.
std::size_t samples_of(const spike_trace& trace, const traced_model& traced);

/// The firing times of one sample's sources: [source], population order, [steps].
std::vector<double> recorded_sources(const spike_trace& trace, const traced_model& traced, std::size_t sample);

/// Compares a run of one sample with the trace, exactly; `spike_times` [neuron], [steps]. Times after the sample's last
/// recorded spike are not compared, because the trace of a run with early exit ends there. Throws std::runtime_error
/// that names the first neuron whose times differ.
void check_same_spikes(const trace_file& from, const traced_model& traced, std::size_t sample,
                       std::span<const double> spike_times);

}  // namespace firstspike
