// Membrane potentials of one sample of a trace, at regular times.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/apps/trace_selection.hpp"
#include "firstspike/apps/traced_model.hpp"
#include "firstspike/traces/membrane_report.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

struct membrane_totals {
  std::uint64_t frames = 0;
  std::vector<report_population> layers;
};

/// Runs one sample again with the networks behind its trace, holds every spike against the trace, and writes v_m of
/// their layers of neurons (those of --layers) as a SONATA report: at --from (0), then every `dt` [steps], before
/// --until (the end of the window). v_m at t includes what arrives at t; from the crossing of its threshold on a
/// neuron's v_m is that of the crossing. Throws usage_error for a selection of other than one sample, for layers and
/// windows that the networks do not have; as check_same_spikes and membrane_report_writer do; and `interruption`.
membrane_totals write_membranes(const std::string& path, const spike_trace& trace, std::span<const traced_model> models,
                                const spike_selection& selection, double dt, const std::string& out, bool overwrite);

}  // namespace firstspike
