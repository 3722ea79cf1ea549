#include "firstspike/report/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <span>
#include <stdexcept>
#include <utility>

#include "firstspike/data/idx.hpp"
#include "firstspike/engine/pending_file.hpp"
#include "firstspike/engine/text.hpp"
#include "firstspike/inspect/neuron_names.hpp"
#include "firstspike/report/model_scene.hpp"
#include "firstspike/report/page.hpp"
#include "firstspike/report/trace_scenes.hpp"
#include "firstspike/traces/loaded_model.hpp"
#include "firstspike/training/run_directory.hpp"

namespace firstspike {
namespace {

namespace fs = std::filesystem;

/// The layers with voltage traces, each with its neurons, and whether `asked` is one of them.
std::pair<std::vector<std::string>, bool> look_for(const layer_neuron& asked, std::span<const report_scene> scenes) {
  std::vector<std::string> layers;
  bool found = false;
  for (const auto& scene : scenes) {
    for (const auto& sample : scene.samples) {
      for (const auto& m : sample.membranes) {
        const auto& lane = scene.lanes[m.lane];
        found = found || (lane.name == asked.layer && m.trace.id == asked.id);
        const auto neurons = fmt::format("{}:0 to {}", quoted_name(lane.name), lane.n_nodes - 1);
        if (std::ranges::find(layers, neurons) == layers.end()) layers.push_back(neurons);
      }
    }
  }
  return {layers, found};
}

void check_asked(std::span<const layer_neuron> neurons, std::span<const report_scene> scenes) {
  for (const auto& asked : neurons) {
    const auto [layers, found] = look_for(asked, scenes);
    if (found) continue;
    throw std::invalid_argument(fmt::format("neurons = {}:{}, allowed: {}", asked.layer, asked.id,
                                            layers.empty() ? "none, as there are no voltage traces" : joined(layers)));
  }
}

/// The model of the run and, for a GAN, its discriminator.
std::vector<network_table> networks_of(const std::string& directory, const loaded_model& model) {
  std::vector networks{table_of("model", populations_of(model), model.regime, model.trainable)};
  const auto path = directory + "/discriminator.h5";
  if (!fs::exists(path)) return networks;
  const auto stored = read_model(path);
  networks.push_back(table_of("discriminator", stored.net.populations(), stored.regime, stored.trainable));
  return networks;
}

std::optional<std::uint64_t> step_of(const run_metadata& metadata) {
  const auto found = metadata.find("step");
  const auto* step = found == metadata.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  if (!step) return {};
  return static_cast<std::uint64_t>(*step);
}

/// The trace in the report, if any.
std::optional<std::string> trace_of(const report_options& options) {
  const auto own = options.run_directory + "/trace.h5";
  return options.trace || !fs::exists(own) ? options.trace : own;
}

}  // namespace

layer_neuron read_layer_neuron(const std::string& text) {
  const auto [layer, digits] = read_neuron_address(text);
  const bool whole =
      digits && !digits->empty() && digits->size() < 11 && digits->find_first_not_of("0123456789") == std::string::npos;
  if (!whole || layer.empty()) throw std::invalid_argument("allowed: LAYER:ID, such as hidden:3");
  return {layer, std::stoull(*digits)};
}

option_kind<std::vector<layer_neuron>> layer_neurons() {
  option_kind<std::vector<layer_neuron>> kind{"LAYER:ID,...", {}, {}};
  kind.read = [](const std::string& value) {
    std::vector<layer_neuron> neurons;
    for (const auto& name : typed_list("").read(value)) neurons.push_back(read_layer_neuron(name));
    return neurons;
  };
  kind.show = [](const std::vector<layer_neuron>&) { return std::string("those that mattered"); };
  return kind;
}

report make_report(const report_options& options, const progress_callback& progress,
                   const progress_function& download) {
  const auto& directory = options.run_directory;
  if (!fs::is_directory(directory)) {
    throw std::runtime_error(
        fmt::format("{}: {}", directory,
                    fs::exists(directory) ? "is a file, needed: the directory of a run" : "no such run directory"));
  }
  page_content content{"firstspike: " + directory, {}, {}, read_metrics(directory + "/metrics.csv")};
  const auto model = load(read_model(model_path(directory)));
  content.grids = read_sample_grids(directory);
  auto of_model = scene_of_model(options, model, progress, download);
  content.model_step = step_of(model.metadata);
  content.accuracy = of_model.accuracy;
  content.notes = of_model.missing;
  if (of_model.scene) content.scenes.push_back(std::move(*of_model.scene));
  if (const auto trace = trace_of(options)) {
    std::ranges::move(scenes_of_trace(*trace, options, model), std::back_inserter(content.scenes));
  }
  check_asked(options.neurons, content.scenes);
  content.networks = networks_of(directory, model);
  for (const auto& [name, value] : model.metadata) content.metadata.emplace_back(name, metadata_text(value));
  report result;
  result.page = page_of(content);
  result.metric_rows = content.metrics.columns[0].size();
  result.pictures = content.grids.kept.size();
  for (const auto& scene : content.scenes) result.samples += scene.samples.size();
  result.notes = std::move(of_model.data_notes);
  std::ranges::move(content.notes, std::back_inserter(result.notes));
  return result;
}

report write_report(const report_options& options, const std::string& path, bool overwrite,
                    const progress_callback& progress, const progress_function& download) {
  check_may_write(path, overwrite);
  auto result = make_report(options, progress, download);
  write_whole_file(path, {reinterpret_cast<const std::uint8_t*>(result.page.data()), result.page.size()}, overwrite);
  return result;
}

}  // namespace firstspike
