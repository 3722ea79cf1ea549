#include "firstspike/traces/spike_input.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/engine/text.hpp"

namespace firstspike {
namespace {

std::vector<population> sources_among(std::span<const population> populations) {
  std::vector<population> sources;
  for (const auto& p : populations) {
    if (p.kind == population_kind::source) sources.push_back(p);
  }
  return sources;
}

population_spikes& matching(spike_trace& trace, const std::string& path, const population& source,
                            std::size_t source_count, const std::vector<std::string>& names) {
  if (source_count == 1 && trace.populations.size() == 1) return trace.populations.front();
  for (auto& spikes : trace.populations) {
    if (spikes.name == source.name) return spikes;
  }
  throw std::runtime_error(
      fmt::format("{}: no population '{}' to feed the network's source of that name, there are: {}", path, source.name,
                  joined(names)));
}

void check_fit(const std::string& path, const population_spikes& spikes, const population& source) {
  const auto largest = std::max_element(spikes.node_ids.begin(), spikes.node_ids.end());
  if (largest == spikes.node_ids.end() || *largest < source.size) return;
  throw std::runtime_error(fmt::format("{}: /spikes/{}/node_ids has {}, the network's source '{}' has {} neurons", path,
                                       spikes.name, *largest, source.name, source.size));
}

}  // namespace

spike_input read_spike_input(const std::string& path, std::span<const population> populations,
                             repeated_spikes repeats) {
  auto trace = read_spike_trace(path, repeats);
  const auto sources = sources_among(populations);
  if (sources.empty()) throw std::runtime_error(fmt::format("{}: the network has no source population to feed", path));
  spike_input input;
  std::vector<std::string> names;  // below, populations are moved away
  for (const auto& spikes : trace.populations) names.push_back(spikes.name);
  for (const auto& source : sources) {
    auto& spikes = matching(trace, path, source, sources.size(), names);
    check_fit(path, spikes, source);
    if (input.of_source.empty()) input.samples = spikes.samples();
    if (spikes.samples() != input.samples) {
      throw std::runtime_error(fmt::format("{}: /spikes/{} has {} samples, /spikes/{} {}", path, spikes.name,
                                           spikes.samples(), input.of_source.front().name, input.samples));
    }
    input.first_of_source.push_back(input.sources);
    input.sources += source.size;
    input.left_out += spikes.left_out;
    input.of_source.push_back(std::move(spikes));
  }
  if (trace.labels.size() == input.samples) input.labels = std::move(trace.labels);
  if (input.samples == 0) throw std::runtime_error(fmt::format("{}: no samples", path));
  return input;
}

std::vector<double> source_times(const spike_input& input, std::size_t first, std::size_t end) {
  std::vector<double> times((end - first) * input.sources, never);
  for (std::size_t p = 0; p < input.of_source.size(); ++p) {
    const auto& spikes = input.of_source[p];
    for (auto e = spikes.sample_offsets[first]; e < spikes.sample_offsets[end]; ++e) {
      const auto sample = spikes.sample_ids[e] - first;
      times[sample * input.sources + input.first_of_source[p] + spikes.node_ids[e]] = spikes.timestamps[e];
    }
  }
  return times;
}

}  // namespace firstspike
