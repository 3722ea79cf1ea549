// A trace as an export reads it, and which of its spikes are wanted: layers, samples, a window of time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {

/// A trace and the file that it was read from, which messages name and in which its models lie.
struct trace_file {
  std::string path;
  spike_trace trace;
};

/// Throws as read_spike_trace does.
trace_file read_trace_file(const std::string& path);

/// What is wanted; by default all.
struct spike_selection {
  std::optional<std::vector<std::string>> layers{};                  ///< by the name of their population in the trace
  std::optional<std::pair<std::uint64_t, std::uint64_t>> samples{};  ///< [first, second)
  std::optional<double> from{}, until{};                             ///< [from, until) [steps]

  bool all() const { return !layers && !samples && !from && !until; }
};

/// Throws std::invalid_argument where `from` is not below `until`.
void check_window(const spike_selection& selection);

/// Samples [first, second) that are wanted of those that a trace has. Throws std::invalid_argument where it has not so
/// many.
std::pair<std::size_t, std::size_t> chosen_samples(const spike_trace& trace, const spike_selection& selection);

/// The spikes that are wanted: populations in the order of the trace, samples counted from 0 anew, windows cut to
/// [from, until). Of a population with fewer samples than the trace, those that it has. Metadata that a part of a
/// recorded step no longer bears out are left out (gradient_hash), or cut too (labels), and first_sample is added where
/// samples are chosen. Throws std::invalid_argument for a layer or sample that is not there, and a window that holds
/// nothing of a layer's.
spike_trace chosen_spikes(const trace_file& from, const spike_selection& selection);

/// Spikes of all populations.
std::uint64_t spike_count(const spike_trace& trace);

}  // namespace firstspike
