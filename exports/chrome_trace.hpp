// Spikes and what caused them in the Trace Event Format, for Perfetto and chrome://tracing.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "firstspike/engine/progress.hpp"
#include "firstspike/exports/spike_export.hpp"
#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/exports/traced_model.hpp"

namespace firstspike {

struct chrome_limits {
  std::uint64_t most_spikes = 100'000;
  std::uint64_t most_flows = 100'000;
};

struct chrome_totals {
  std::uint64_t spikes = 0, flows = 0;     ///< written
  std::uint64_t spikes_left_out = 0;       ///< that the selection holds, beyond most_spikes
  std::uint64_t spikes_without_flows = 0;  ///< written, but their causes would have gone beyond most_flows
};

/// Hands out one JSON object, a piece at a time (docs/formats.md, "Chrome trace"; Trace Event Format, "JSON Object
/// Format"). A sample is a process, a neuron that fired a thread, a spike a complete event (ph X) that lasts one step,
/// with one step written as 1 ms. For each spike that is shown of a neuron of `models` (which may be empty), a pair of
/// flow events (ph s, f) comes from each shown spike of its causal set; these are the causes that `inspect` names.
/// Spikes come by sample, then time; the flows of a spike are all there or, from the first that would go beyond
/// most_flows on, none. `progress` counts samples. Throws as chosen_spikes and check_same_spikes do.
chrome_totals export_chrome(const trace_file& from, std::span<const traced_model> models,
                            const spike_selection& selection, const chrome_limits& limits, const text_sink& out,
                            const progress_callback& progress = {});

/// The same into a file, which appears whole or not at all. Throws std::runtime_error where it cannot be written, or
/// exists and `overwrite` is false.
chrome_totals export_chrome(const trace_file& from, std::span<const traced_model> models,
                            const spike_selection& selection, const chrome_limits& limits, const std::string& path,
                            bool overwrite = false, const progress_callback& progress = {});

}  // namespace firstspike
