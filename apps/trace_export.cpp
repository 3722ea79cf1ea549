#include "firstspike/apps/trace_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "firstspike/apps/interrupt.hpp"
#include "firstspike/traces/model_file.hpp"
#include "firstspike/traces/pending_file.hpp"
#include "firstspike/traces/spike_trace_writer.hpp"

namespace firstspike {
namespace {

/// A field as RFC 4180 has it.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string inner;
  for (const char c : text) inner += c == '"' ? std::string("\"\"") : std::string(1, c);
  return fmt::format("\"{}\"", inner);
}

/// Firing times [neuron] of one sample. The whole sample fits: export refuses populations too large.
void spread_sample(const population_spikes& spikes, std::size_t sample, std::vector<double>& times) {
  std::fill(times.begin(), times.end(), never);
  for (auto e = spikes.sample_offsets[sample]; e < spikes.sample_offsets[sample + 1]; ++e) {
    times[spikes.node_ids[e]] = spikes.timestamps[e];
  }
}

/// A file by others may hold an empty population and not say how large it is; the writer wants one neuron at least.
std::uint64_t neurons_of(const population_spikes& spikes) { return std::max<std::uint64_t>(1, spikes.n_nodes); }

void check_size(const std::string& source, const population_spikes& spikes) {
  constexpr std::uint64_t most_neurons = 1ULL << 27;
  if (spikes.n_nodes <= most_neurons) return;
  throw std::runtime_error(fmt::format("{}: /spikes/{} has {} neurons, allowed: up to {}", source, spikes.name,
                                       spikes.n_nodes, most_neurons));
}

}  // namespace

void write_csv(const spike_trace& trace, std::size_t first_sample, const text_sink& out) {
  constexpr std::size_t enough = 1 << 16;
  std::string lines = "sample,population,neuron,time\n";
  std::vector<std::string> names;
  std::size_t samples = 0;
  for (const auto& p : trace.populations) {
    names.push_back(csv_field(p.name));
    samples = std::max(samples, p.samples());
  }
  for (std::size_t sample = 0; sample < samples; ++sample) {
    if (interrupted()) throw interruption();
    for (std::size_t i = 0; i < trace.populations.size(); ++i) {
      const auto& p = trace.populations[i];
      if (sample >= p.samples()) continue;
      for (auto e = p.sample_offsets[sample]; e < p.sample_offsets[sample + 1]; ++e) {
        fmt::format_to(std::back_inserter(lines), "{},{},{},{}\n", first_sample + sample, names[i], p.node_ids[e],
                       p.timestamps[e]);
        if (lines.size() >= enough) {
          out(lines);
          lines.clear();
        }
      }
    }
  }
  out(lines);
}

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

void write_sonata(const std::string& source, const spike_trace& trace, const std::string& path, bool overwrite) {
  std::vector<trace_population> populations;
  for (const auto& p : trace.populations) {
    check_size(source, p);
    populations.push_back({p.name, neurons_of(p), p.t_start, p.t_stop});
  }
  spike_trace_writer writer(path, std::move(populations), trace.facts, overwrite);
  for (std::size_t i = 0; i < trace.populations.size(); ++i) {
    std::vector<double> times(neurons_of(trace.populations[i]));
    for (std::size_t sample = 0; sample < trace.populations[i].samples(); ++sample) {
      if (interrupted()) throw interruption();
      spread_sample(trace.populations[i], sample, times);
      writer.append(i, times);
    }
  }
  for (const auto& model : models_in_trace(source))
    add_model(writer, model, read_model(source, {}, "/models/" + model));
  writer.finish();
}

}  // namespace firstspike
