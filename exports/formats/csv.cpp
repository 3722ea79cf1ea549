// CSV: one line for each spike.
#include <fmt/core.h>

#include <algorithm>

#include "firstspike/exports/formats.hpp"
#include "firstspike/exports/spike_export.hpp"

namespace firstspike {
namespace {

/// A field in the format of RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string inner;
  for (const char c : text) inner += c == '"' ? std::string("\"\"") : std::string(1, c);
  return fmt::format("\"{}\"", inner);
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

export_result export_as_csv(const export_call& call, const text_sink& out) {
  return {.spikes = export_csv(call.from, call.options.selection, out, call.progress)};
}

}  // namespace

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

export_format csv_format() {
  return {.name = "csv", .fields = {"layers"}, .endings = {".csv"}, .to_text = export_as_csv};
}

}  // namespace firstspike
