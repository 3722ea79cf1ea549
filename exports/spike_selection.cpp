#include "firstspike/exports/spike_selection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/traces/run_metadata.hpp"

namespace firstspike {
namespace {

std::size_t samples_of(const spike_trace& trace) {
  std::size_t samples = 0;
  for (const auto& p : trace.populations) samples = std::max(samples, p.samples());
  return samples;
}

void check_layers(const spike_trace& trace, const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const auto& p : trace.populations) names.push_back(quoted_name(p.name));
  for (const auto& layer : wanted) {
    if (std::ranges::find(trace.populations, layer, &population_spikes::name) != trace.populations.end()) continue;
    throw std::invalid_argument(fmt::format("layers: no layer '{}', allowed: {}", layer, joined(names)));
  }
}

void cut_window(population_spikes& p, const spike_selection& selection) {
  const auto t_start = std::max(p.t_start, selection.from.value_or(p.t_start));
  const auto t_stop = std::min(p.t_stop, selection.until.value_or(p.t_stop));
  if (!(t_start < t_stop)) {
    const bool late = t_start >= p.t_stop;
    throw std::invalid_argument(fmt::format("{} = {}, allowed: {} {}, where {} {}", late ? "from" : "until",
                                            late ? t_start : t_stop, late ? "below" : "above",
                                            late ? p.t_stop : p.t_start, p.name, late ? "ends" : "starts"));
  }
  p.t_start = t_start;
  p.t_stop = t_stop;
}

population_spikes cut(const population_spikes& from, const spike_selection& selection,
                      std::pair<std::size_t, std::size_t> samples) {
  population_spikes p;
  p.name = from.name;
  p.n_nodes = from.n_nodes;
  p.t_start = from.t_start;
  p.t_stop = from.t_stop;
  p.sorting = from.sorting;
  cut_window(p, selection);
  p.sample_offsets.push_back(0);
  for (auto s = samples.first; s < std::min(samples.second, from.samples()); ++s) {
    for (auto e = from.sample_offsets[s]; e < from.sample_offsets[s + 1]; ++e) {
      if (from.timestamps[e] < p.t_start || from.timestamps[e] >= p.t_stop) continue;
      p.timestamps.push_back(from.timestamps[e]);
      p.node_ids.push_back(from.node_ids[e]);
      p.sample_ids.push_back(static_cast<std::uint32_t>(s - samples.first));
    }
    p.sample_offsets.push_back(p.timestamps.size());
  }
  return p;
}

}  // namespace

trace_file read_trace_file(const std::string& path, repeated_spikes repeats) {
  return {path, read_spike_trace(path, repeats)};
}

void check_window(const spike_selection& selection) {
  if (!selection.from || !selection.until) return;
  require(*selection.from < *selection.until, "until = {}, allowed: above from = {}", *selection.until,
          *selection.from);
}

std::pair<std::size_t, std::size_t> chosen_samples(const spike_trace& trace, const spike_selection& selection) {
  const auto there_are = samples_of(trace);
  if (!selection.samples) return {0, there_are};
  const auto first = selection.samples->first;
  const auto end =
      selection.samples->second == std::numeric_limits<std::uint64_t>::max() ? there_are : selection.samples->second;
  require(first < end && end <= there_are, "samples = {}:{}, allowed: within 0:{}", first, end, there_are);
  return {first, end};
}

spike_trace chosen_spikes(const trace_file& from, const spike_selection& selection) {
  const auto& trace = from.trace;
  check_window(selection);
  const auto samples = chosen_samples(trace, selection);
  if (selection.layers) check_layers(trace, *selection.layers);
  spike_trace chosen;
  chosen.metadata = trace.metadata;
  chosen.labels = trace.labels;
  for (const auto& p : trace.populations) {
    if (selection.layers && std::ranges::find(*selection.layers, p.name) == selection.layers->end()) continue;
    chosen.populations.push_back(cut(p, selection, samples));
  }
  if (selection.all()) return chosen;
  chosen.metadata.erase("gradient_hash");
  if (selection.samples) chosen.metadata["first_sample"] = static_cast<std::int64_t>(samples.first);
  if (trace.labels.empty()) return chosen;
  // The chosen layers may have fewer samples than the trace.
  const auto first = trace.labels.begin() + static_cast<std::ptrdiff_t>(samples.first);
  chosen.labels.assign(first, first + static_cast<std::ptrdiff_t>(samples_of(chosen)));
  if (trace.metadata.contains("labels")) chosen.metadata["labels"] = labels_text(chosen.labels);
  return chosen;
}

std::uint64_t spike_count(const spike_trace& trace) {
  std::uint64_t spikes = 0;
  for (const auto& p : trace.populations) spikes += p.timestamps.size();
  return spikes;
}

}  // namespace firstspike
