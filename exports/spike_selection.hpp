// A trace for export, and the selection of its spikes: layers, samples, a time window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// A trace and the path of its file, for messages and for reading its models.
struct trace_file {
  std::string path;
  spike_trace trace;
};

/// Throws as read_spike_trace does.
trace_file read_trace_file(const std::string& path, repeated_spikes repeats = repeated_spikes::refuse);

/// A selection; by default everything.
struct spike_selection {
  std::optional<std::vector<std::string>> layers{};                  ///< by the name of their population in the trace
  std::optional<std::pair<std::uint64_t, std::uint64_t>> samples{};  ///< [first, second)
  std::optional<double> from{}, until{};                             ///< [from, until) [steps]

  bool all() const { return !layers && !samples && !from && !until; }
};

/// Throws std::invalid_argument unless `from` is below `until`.
void check_window(const spike_selection& selection);

/// The selected samples [first, second) of a trace. Throws std::invalid_argument if the trace has fewer.
std::pair<std::size_t, std::size_t> chosen_samples(const spike_trace& trace, const spike_selection& selection);

/// The selected spikes: populations in the order of the trace, samples counted from 0, windows cut to [from, until). A
/// population with fewer samples than the trace contributes those that it has. Metadata that do not apply to a part of
/// a recorded training step are omitted (gradient_hash) or cut too (labels). If samples are selected, first_sample is
/// added. Throws std::invalid_argument for a layer or sample that does not exist, and a window outside of a layer's
/// window.
spike_trace chosen_spikes(const trace_file& from, const spike_selection& selection);

/// Number of spikes of all populations.
std::uint64_t spike_count(const spike_trace& trace);

}  // namespace firstspike
