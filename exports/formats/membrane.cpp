// Membrane potentials: a SONATA report.
#include <fmt/core.h>

#include <algorithm>

#include "firstspike/engine/heap.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/exports/formats.hpp"
#include "firstspike/exports/membrane_export.hpp"

namespace firstspike {
namespace {

/// A layer in the report.
struct reported_layer {
  std::size_t model;
  std::uint32_t first, size;  // global ids
  std::string name;           // in the trace
};

std::vector<reported_layer> layers_with_membranes(std::span<const traced_model> models) {
  std::vector<reported_layer> layers;
  for (std::size_t m = 0; m < models.size(); ++m) {
    std::uint32_t first = 0;
    for (const auto& p : populations_of(models[m].model)) {
      if (p.kind == population_kind::neurons && p.size > 0) {
        layers.push_back({m, first, p.size, models[m].prefix + p.name});
      }
      first += p.size;
    }
  }
  return layers;
}

std::vector<reported_layer> chosen_layers(std::span<const traced_model> models, const spike_selection& selection) {
  auto layers = layers_with_membranes(models);
  if (!selection.layers) return layers;
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer.name);
  for (const auto& wanted : *selection.layers) {
    if (std::ranges::find(names, wanted) != names.end()) continue;
    throw std::invalid_argument(
        fmt::format("layers: '{}' is not a layer with membrane potentials, allowed: {}", wanted, joined(names)));
  }
  std::erase_if(layers, [&](const reported_layer& layer) {
    return std::ranges::find(*selection.layers, layer.name) == selection.layers->end();
  });
  return layers;
}

std::size_t chosen_sample(const spike_trace& trace, std::span<const traced_model> models,
                          const spike_selection& selection) {
  const auto [first, end] = chosen_samples(trace, selection);
  require(end - first == 1, "samples: {} are selected for membrane potentials, allowed: one, such as {}:{}",
          end - first, first, first + 1);
  for (const auto& traced : models) {
    if (first < samples_of(trace, traced)) return first;
  }
  throw std::invalid_argument(fmt::format("samples = {}:{}, but no model ran on these", first, end));
}

report_times chosen_times(std::span<const traced_model> models, const spike_selection& selection, double dt) {
  double t_max = 0;
  for (const auto& traced : models) t_max = std::max(t_max, traced.model.t_max);
  const report_times times{selection.from.value_or(0), selection.until.value_or(t_max), dt};
  require(times.t_start < t_max, "from = {}, allowed: below t_max = {}", times.t_start, t_max);
  require(times.t_stop <= t_max, "until = {}, allowed: up to t_max = {}", times.t_stop, t_max);
  return times;
}

/// Writes the layers [places] of one network.
template <class Real>
void write_layers(membrane_report_writer& writer, const std::vector<reported_layer>& layers,
                  const std::vector<std::size_t>& places, const report_times& times, event_simulation<Real>& run,
                  const progress_callback& progress) {
  constexpr std::uint64_t block = 256;  // frames
  const auto frames = frame_count(times);
  std::vector<std::vector<float>> v_m(places.size());
  for (std::uint64_t frame = 0; frame < frames; ++frame) {
    const auto t = frame_time(times, frame);
    while (!run.at_end() && run.next_time() <= t) run.step();
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto& layer = layers[places[i]];
      for (std::uint32_t n = 0; n < layer.size; ++n) v_m[i].push_back(static_cast<float>(run.v_m(layer.first + n, t)));
    }
    if ((frame + 1) % block != 0 && frame + 1 < frames) continue;
    report_progress(progress, frame + 1, frames);
    for (std::size_t i = 0; i < places.size(); ++i) {
      writer.append(places[i], v_m[i]);
      v_m[i].clear();
    }
  }
}

template <class Real>
void write_model(membrane_report_writer& writer, const network<Real>& net, const trace_file& from,
                 const traced_model& traced, std::size_t sample, const std::vector<reported_layer>& layers,
                 const std::vector<std::size_t>& places, const report_times& times, const progress_callback& progress) {
  event_simulation<Real> run(net);
  run.start(recorded_sources(from.trace, traced, sample), traced.model.t_max);
  write_layers(writer, layers, places, times, run, progress);
  while (run.step()) {
  }
  check_same_spikes(from, traced, sample, run.spike_times());
}

export_result export_as_membranes(const export_call& call, const std::string& path) {
  const auto& o = call.options;
  const auto models = models_of(call);
  auto totals = export_membranes(call.from, models, o.selection, o.dt.value_or(1), path, o.overwrite, call.progress);
  return {.models = models.size(), .frames = totals.frames, .layers = std::move(totals.layers)};
}

}  // namespace

membrane_totals export_membranes(const trace_file& from, std::span<const traced_model> models,
                                 const spike_selection& selection, double dt, const std::string& path, bool overwrite,
                                 const progress_callback& progress) {
  const auto& trace = from.trace;
  require(!models.empty(), "model is needed for membrane potentials, {} has none", from.path);
  check_window(selection);
  const auto sample = chosen_sample(trace, models, selection);
  const auto times = chosen_times(models, selection, dt);
  auto layers = chosen_layers(models, selection);
  std::erase_if(layers, [&](const auto& layer) { return sample >= samples_of(trace, models[layer.model]); });
  membrane_totals totals{frame_count(times), {}};
  for (const auto& layer : layers) totals.layers.push_back({layer.name, layer.size});
  auto metadata = trace.metadata;
  metadata["sample"] = static_cast<std::int64_t>(sample);
  membrane_report_writer writer(path, totals.layers, times, metadata, overwrite);
  for (std::size_t m = 0; m < models.size(); ++m) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (layers[i].model == m) places.push_back(i);
    }
    if (places.empty()) continue;
    std::visit(
        [&](const auto& net) { write_model(writer, net, from, models[m], sample, layers, places, times, progress); },
        models[m].model.net);
  }
  writer.finish();
  return totals;
}

export_format membrane_format() {
  return {.name = "membrane", .fields = {"layers", "dt", "model", "precision"}, .to_file = export_as_membranes};
}

}  // namespace firstspike
