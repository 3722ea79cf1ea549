// SHD: one layer in the layout of the Spiking Heidelberg Digits.
#include <fmt/core.h>

#include <stdexcept>

#include "firstspike/data/idx.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/exports/formats.hpp"
#include "firstspike/exports/spike_export.hpp"
#include "firstspike/traces/shd_write.hpp"

namespace firstspike {
namespace {

/// Labels of the samples [first, end) of the trace; none if they are unknown.
std::vector<std::uint8_t> labels_for_shd(const trace_file& from, const shd_options& options,
                                         const population_spikes& population, std::size_t first, std::size_t end) {
  const auto samples = population.samples();
  require(!options.labels || options.labels->size() == samples, "labels: {}, needed: {}, one for each sample of {}",
          options.labels ? options.labels->size() : 0, samples, population.name);
  const auto& labels = options.labels ? *options.labels : from.trace.labels;
  if (labels.size() < end) return {};
  return {labels.begin() + static_cast<std::ptrdiff_t>(first), labels.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// The labels in the file that the options name, of all samples of the trace.
std::optional<std::vector<std::uint8_t>> read_labels(const trace_file& from, const trace_export_options& options) {
  if (!options.labels) return {};
  auto labels = read_idx_labels(*options.labels);
  const auto& population = shd_population(from.trace, options.layer);
  if (labels.size() == population.samples()) return labels;
  throw std::runtime_error(fmt::format("{}: {} labels, /spikes/{} of {} has {} samples", *options.labels, labels.size(),
                                       population.name, from.path, population.samples()));
}

export_result export_as_shd(const export_call& call, const std::string& path) {
  const auto& o = call.options;
  const shd_options how{o.layer, read_labels(call.from, o)};
  const auto totals = export_shd(call.from, o.selection, how, path, o.overwrite, call.progress);
  return {.spikes = totals.spikes, .layer = totals.layer, .labels = totals.labels};
}

}  // namespace

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

export_format shd_format() { return {.name = "shd", .fields = {"layer", "labels"}, .to_file = export_as_shd}; }

}  // namespace firstspike
