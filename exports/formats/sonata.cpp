// SONATA: a new spike trace.
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "firstspike/exports/formats.hpp"
#include "firstspike/exports/spike_export.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"

namespace firstspike {
namespace {

/// Firing times [neuron] of one sample. The sample fits into memory: exports reject larger populations.
void spread_sample(const population_spikes& spikes, std::size_t sample, std::vector<double>& times) {
  std::fill(times.begin(), times.end(), never);
  for (auto e = spikes.sample_offsets[sample]; e < spikes.sample_offsets[sample + 1]; ++e) {
    times[spikes.node_ids[e]] = spikes.timestamps[e];
  }
}

/// A file by other tools may have an empty population of unknown size; the writer needs at least one neuron.
std::uint64_t neurons_of(const population_spikes& spikes) { return std::max<std::uint64_t>(1, spikes.n_nodes); }

void check_size(const std::string& source, const population_spikes& spikes) {
  constexpr std::uint64_t most_neurons = 1ULL << 27;
  if (spikes.n_nodes <= most_neurons) return;
  throw std::runtime_error(fmt::format("{}: /spikes/{} has {} neurons, allowed: up to {}", source, spikes.name,
                                       spikes.n_nodes, most_neurons));
}

void write_sonata(const std::string& source, const spike_trace& trace, const std::string& path, bool overwrite,
                  const progress_callback& progress) {
  std::vector<trace_population> populations;
  std::uint64_t done = 0, total = 0;
  for (const auto& p : trace.populations) {
    check_size(source, p);
    total += p.samples();
    populations.push_back({p.name, neurons_of(p), p.t_start, p.t_stop});
  }
  spike_trace_writer writer(path, std::move(populations), trace.metadata, overwrite);
  for (std::size_t i = 0; i < trace.populations.size(); ++i) {
    std::vector<double> times(neurons_of(trace.populations[i]));
    for (std::size_t sample = 0; sample < trace.populations[i].samples(); ++sample) {
      report_progress(progress, done++, total);
      spread_sample(trace.populations[i], sample, times);
      writer.append(i, times);
    }
  }
  for (const auto& model : models_in_trace(source))
    add_model(writer, model, read_model(source, {}, "/models/" + model));
  report_progress(progress, total, total);
  writer.set_labels(trace.labels);
  writer.finish();
}

export_result export_as_sonata(const export_call& call, const std::string& path) {
  return {.spikes = export_sonata(call.from, call.options.selection, path, call.options.overwrite, call.progress)};
}

}  // namespace

std::uint64_t export_sonata(const trace_file& from, const spike_selection& selection, const std::string& path,
                            bool overwrite, const progress_callback& progress) {
  const auto chosen = chosen_spikes(from, selection);
  write_sonata(from.path, chosen, path, overwrite, progress);
  return spike_count(chosen);
}

export_format sonata_format() {
  return {.name = "sonata", .fields = {"layers"}, .endings = {".h5", ".hdf5"}, .to_file = export_as_sonata};
}

}  // namespace firstspike
