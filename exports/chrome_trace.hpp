// Spikes and their causes in the Trace Event Format, for Perfetto and chrome://tracing.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "firstspike/engine/progress.hpp"
#include "firstspike/exports/spike_selection.hpp"
#include "firstspike/exports/text_sink.hpp"
#include "firstspike/exports/traced_model.hpp"

namespace firstspike {

struct chrome_limits {
  std::uint64_t most_spikes = 100'000;
  std::uint64_t most_flows = 100'000;
};

struct chrome_totals {
  std::uint64_t spikes = 0, flows = 0;     ///< written
  std::uint64_t spikes_left_out = 0;       ///< of the selection, beyond most_spikes
  std::uint64_t spikes_without_flows = 0;  ///< written, but their causes would exceed most_flows
};

/// Writes one JSON object in pieces (docs/formats.md, "Chrome trace"; Trace Event Format, "JSON Object Format"). A
/// sample is a process, a neuron that fired a thread, a spike a complete event (ph X) that lasts one step, with one
/// step written as 1 ms. For each written spike of a neuron of `models` (which may be empty), there is a pair of flow
/// events (ph s, f) from each written spike of its causal set; these are the causes of `inspect`. Spikes are sorted by
/// sample, then time. All flows of a spike are written or, from the first spike that would exceed most_flows on, none.
/// `progress` counts samples. Throws as chosen_spikes and check_same_spikes do.
chrome_totals export_chrome(const trace_file& from, std::span<const traced_model> models,
                            const spike_selection& selection, const chrome_limits& limits, const text_sink& out,
                            const progress_callback& progress = {});

/// The same into a file, which is written atomically. Throws std::runtime_error if it cannot be written, or exists and
/// `overwrite` is false.
chrome_totals export_chrome(const trace_file& from, std::span<const traced_model> models,
                            const spike_selection& selection, const chrome_limits& limits, const std::string& path,
                            bool overwrite = false, const progress_callback& progress = {});

}  // namespace firstspike
