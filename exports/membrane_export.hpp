// Membrane potentials of one sample of a trace, at regular times.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firstspike/engine/progress.hpp"
#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/exports/traced_model.hpp"
#include "firstspike/traces/membrane_report.hpp"

namespace firstspike {

struct membrane_totals {
  std::uint64_t frames = 0;
  std::vector<report_population> layers;
};

/// Simulates one sample again with the networks of its trace, compares every spike with the trace, and writes v_m of
/// their selected layers of neurons as a SONATA report: at `from` (0), then every `dt` [steps], before `until` (the end
/// of the window). v_m at t includes the arrivals at t. After a neuron has crossed its threshold, v_m is that of the
/// crossing. `progress` counts frames of networks. Throws std::invalid_argument unless one sample is selected, for
/// layers and windows that the networks do not have, and without networks; also as check_same_spikes and
/// membrane_report_writer do.
membrane_totals export_membranes(const trace_file& from, std::span<const traced_model> models,
                                 const spike_selection& selection, double dt, const std::string& path,
                                 bool overwrite = false, const progress_callback& progress = {});

}  // namespace firstspike
