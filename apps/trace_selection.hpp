// Which spikes of a trace are wanted: layers, samples, a window of time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/apps/options.hpp"
#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

struct spike_selection {
  std::optional<std::vector<std::string>> layers;                  ///< by the name of their population in the trace
  std::optional<std::pair<std::uint64_t, std::uint64_t>> samples;  ///< [first, second)
  std::optional<double> from, until;                               ///< [from, until) [steps]

  bool all() const { return !layers && !samples && !from && !until; }
};

/// Adds --layers, --samples, --from and --until.
void add_selection_options(command_line& line, spike_selection& selection);

/// Throws usage_error where --from is not below --until.
void check_window(const spike_selection& selection);

/// Samples [first, second) that are wanted of those that a trace has. Throws usage_error where it has not so many.
std::pair<std::size_t, std::size_t> chosen_samples(const spike_trace& trace, const spike_selection& selection);

/// The spikes that are wanted: populations in the order of the trace, samples counted from 0 anew, windows cut to
/// [from, until). Of a population with fewer samples than the trace, those that it has. Facts that a part of a recorded
/// step no longer bears out are left out (gradient_hash), or cut too (labels), and first_sample is added where samples
/// are chosen. `path` is for messages. Throws usage_error for a layer or sample that is not there, and a window that
/// holds nothing of a layer's.
spike_trace chosen_spikes(const std::string& path, const spike_trace& trace, const spike_selection& selection);

}  // namespace firstspike
