#include "firstspike/exports/spike_export.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/nir_data_write.hpp"
#include "firstspike/traces/pending_file.hpp"
#include "firstspike/traces/shd_write.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"
#include "firstspike/traces/trace_labels.hpp"

namespace firstspike {
namespace {

/// A field in the format of RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string inner;
  for (const char c : text) inner += c == '"' ? std::string("\"\"") : std::string(1, c);
  return fmt::format("\"{}\"", inner);
}

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

void write_csv(const spike_trace& trace, std::size_t first_sample, const text_sink& out,
               const progress_callback& progress) {
  constexpr std::size_t enough = 1 << 16;
  std::string lines = "sample,population,neuron,time\n";
  std::vector<std::string> names;
  std::size_t samples = 0;
  for (const auto& p : trace.populations) {
    names.push_back(csv_field(p.name));
    samples = std::max(samples, p.samples());
  }
  for (std::size_t sample = 0; sample < samples; ++sample) {
    report_progress(progress, sample, samples);
    for (std::size_t i = 0; i < trace.populations.size(); ++i) {
      const auto& p = trace.populations[i];
      if (sample >= p.samples()) continue;
      for (auto e = p.sample_offsets[sample]; e < p.sample_offsets[sample + 1]; ++e) {
        lines += fmt::format("{},{},{},{}\n", first_sample + sample, names[i], p.node_ids[e], p.timestamps[e]);
        if (lines.size() >= enough) {
          out(lines);
          lines.clear();
        }
      }
    }
  }
  out(lines);
  report_progress(progress, samples, samples);
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
  writer.finish();
}

/// Labels of the samples [first, end) of the trace; none if they are unknown.
std::vector<std::uint8_t> labels_for_shd(const trace_file& from, const shd_options& options,
                                         const population_spikes& population, std::size_t first, std::size_t end) {
  const auto samples = population.samples();
  require(!options.labels || options.labels->size() == samples, "labels: {}, needed: {}, one for each sample of {}",
          options.labels ? options.labels->size() : 0, samples, population.name);
  const auto labels = options.labels
                          ? *options.labels
                          : recorded_labels(from.path, from.trace.metadata).value_or(std::vector<std::uint8_t>{});
  if (labels.size() != samples) return {};
  return {labels.begin() + static_cast<std::ptrdiff_t>(first), labels.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

void write_text_file(const std::string& path, bool overwrite, const std::function<void(const text_sink&)>& write) {
  pending_file pending(path, overwrite);
  std::ofstream file(pending.tmp(), std::ios::binary | std::ios::trunc);
  write([&](std::string_view text) {
    if (!(file << text)) throw std::runtime_error(fmt::format("{}: cannot be written; is the disk full?", path));
  });
  file.close();
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be written", path));
  pending.commit();
}

std::uint64_t export_csv(const trace_file& from, const spike_selection& selection, const text_sink& out,
                         const progress_callback& progress) {
  const auto first = chosen_samples(from.trace, selection).first;
  const auto chosen = chosen_spikes(from, selection);
  write_csv(chosen, first, out, progress);
  return spike_count(chosen);
}

std::uint64_t export_csv(const trace_file& from, const spike_selection& selection, const std::string& path,
                         bool overwrite, const progress_callback& progress) {
  std::uint64_t spikes = 0;
  write_text_file(path, overwrite,
                  [&](const text_sink& sink) { spikes = export_csv(from, selection, sink, progress); });
  return spikes;
}

std::uint64_t export_sonata(const trace_file& from, const spike_selection& selection, const std::string& path,
                            bool overwrite, const progress_callback& progress) {
  const auto chosen = chosen_spikes(from, selection);
  write_sonata(from.path, chosen, path, overwrite, progress);
  return spike_count(chosen);
}

std::uint64_t export_nir(const trace_file& from, const spike_selection& selection, const std::string& path,
                         bool overwrite, const progress_callback& progress) {
  const auto first = chosen_samples(from.trace, selection).first;
  const auto chosen = chosen_spikes(from, selection);
  write_nir_data(path, chosen, first, overwrite, progress);
  return spike_count(chosen);
}

const population_spikes& shd_population(const spike_trace& trace, const std::optional<std::string>& layer) {
  std::vector<std::string> names;
  for (const auto& p : trace.populations) {
    if (p.name == layer.value_or("input") || (!layer && trace.populations.size() == 1)) return p;
    names.push_back(p.name);
  }
  if (!layer) throw std::invalid_argument("layer is needed, allowed: " + joined(names));
  throw std::invalid_argument(fmt::format("layer: no layer '{}', allowed: {}", *layer, joined(names)));
}

shd_totals export_shd(const trace_file& from, const spike_selection& selection, const shd_options& options,
                      const std::string& path, bool overwrite, const progress_callback& progress) {
  const auto& population = shd_population(from.trace, options.layer);
  const auto [first, end] = chosen_samples(from.trace, selection);
  const auto labels = labels_for_shd(from, options, population, first, end);
  auto of_layer = selection;
  of_layer.layers = {population.name};
  const auto chosen = chosen_spikes(from, of_layer);
  write_shd(path, chosen.populations[0], labels, first, overwrite, progress);
  return {spike_count(chosen), population.name, !labels.empty()};
}

}  // namespace firstspike
