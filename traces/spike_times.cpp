// Converts the events of a trace to one firing time per neuron and sample.
#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "firstspike/traces/spike_trace.hpp"

namespace firstspike {
namespace {

constexpr std::uint64_t most_times = std::uint64_t{1} << 31;

void check_total(const std::string& what, std::uint64_t samples, std::uint64_t neurons) {
  if (neurons == 0 || samples <= most_times / neurons) return;
  throw std::invalid_argument(
      fmt::format("{}: {} samples of {} neurons, allowed: 2^31 firing times at once", what, samples, neurons));
}

}  // namespace

const population_spikes& find_population(const spike_trace& trace, const std::string& name) {
  std::string names;
  for (const auto& p : trace.populations) {
    if (p.name == name) return p;
    names += (names.empty() ? "" : ", ") + p.name;
  }
  throw std::invalid_argument(fmt::format("trace: no population {}; there are: {}", name, names));
}

std::vector<std::size_t> events_by_time(const population_spikes& spikes, std::size_t sample) {
  const auto first = spikes.sample_offsets[sample];
  std::vector<std::size_t> events(spikes.sample_offsets[sample + 1] - first);
  std::iota(events.begin(), events.end(), first);
  std::ranges::sort(events, {}, [&](std::size_t e) { return std::pair(spikes.timestamps[e], spikes.node_ids[e]); });
  return events;
}

std::vector<double> dense_times(const population_spikes& spikes, std::size_t n_nodes) {
  check_total("population " + spikes.name, spikes.samples(), n_nodes);
  std::vector<double> times(spikes.samples() * n_nodes, never);
  for (std::size_t e = 0; e < spikes.timestamps.size(); ++e) {
    const auto id = spikes.node_ids[e];
    if (id >= n_nodes) {
      throw std::invalid_argument(
          fmt::format("population {}: node_ids entry {} = {}, allowed: below {}", spikes.name, e, id, n_nodes));
    }
    times[spikes.sample_ids[e] * n_nodes + id] = spikes.timestamps[e];
  }
  return times;
}

spike_record record_from_trace(const spike_trace& trace, std::span<const population> populations,
                               const std::string& prefix) {
  spike_record record;
  for (const auto& p : populations) record.neurons += p.size;
  if (populations.empty()) return record;
  record.samples = find_population(trace, prefix + populations.front().name).samples();
  check_total("trace", record.samples, record.neurons);
  record.times.resize(record.samples * record.neurons);
  std::size_t first = 0;
  for (const auto& p : populations) {
    const auto& spikes = find_population(trace, prefix + p.name);
    if (spikes.n_nodes != p.size || spikes.samples() != record.samples) {
      throw std::invalid_argument(fmt::format("trace population {}: {} samples of {} nodes, needed: {} of {}",
                                              spikes.name, spikes.samples(), spikes.n_nodes, record.samples, p.size));
    }
    const auto times = dense_times(spikes, p.size);
    for (std::size_t s = 0; s < record.samples; ++s) {
      std::copy_n(times.begin() + static_cast<std::ptrdiff_t>(s * p.size), p.size,
                  record.times.begin() + static_cast<std::ptrdiff_t>(s * record.neurons + first));
    }
    first += p.size;
  }
  return record;
}

}  // namespace firstspike
