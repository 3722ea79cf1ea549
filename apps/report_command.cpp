// `firstspike report`
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "firstspike/apps/build_facts.hpp"
#include "firstspike/apps/commands.hpp"
#include "firstspike/apps/options.hpp"
#include "firstspike/apps/output.hpp"
#include "firstspike/apps/progress.hpp"
#include "firstspike/apps/report_network.hpp"
#include "firstspike/apps/report_page.hpp"
#include "firstspike/apps/report_run.hpp"
#include "firstspike/apps/report_samples.hpp"
#include "firstspike/apps/report_trace.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/traces/model_file.hpp"

namespace firstspike {
namespace {

namespace fs = std::filesystem;

option_kind<std::vector<asked_neuron>> neuron_list() {
  option_kind<std::vector<asked_neuron>> kind{"LAYER:ID,...", {}, {}};
  kind.read = [](const std::string& value) {
    std::vector<asked_neuron> neurons;
    for (const auto& name : text_list("").read(value)) neurons.push_back(read_asked_neuron(name));
    return neurons;
  };
  kind.show = [](const std::vector<asked_neuron>&) { return std::string("those that mattered"); };
  return kind;
}

bool parse(command_line& line, report_request& request, std::span<const std::string> arguments) {
  std::vector<std::string> directories;
  line.operands("RUN_DIR", directories, 1, 1);
  line.add("out", request.out, text("F.html"), "the page");
  line.add("trace", request.trace, text("F.h5"), "also show the spikes of this trace (default: the run's trace.h5)");
  add_sample_options(line, request.samples, false);
  line.add("shown", request.shown, whole_number(1, 100), "samples that can be chosen in the page");
  line.add("neurons", request.neurons, neuron_list(), "draw their membranes too");
  line.flag("json", request.common.json, "print one JSON object");
  line.flag("overwrite", request.common.overwrite, "replace a file that exists");
  if (!line.parse(arguments)) return false;
  request.directory = directories[0];
  if (!fs::is_directory(request.directory)) {
    throw std::runtime_error(fmt::format("{}: no such run directory", request.directory));
  }
  if (fs::exists(request.out) && !request.common.overwrite) {
    throw std::runtime_error(
        fmt::format("{}: exists; choose another --out, or replace it by --overwrite", request.out));
  }
  return true;
}

loaded_model read_run_model(const command_line& line, const std::string& directory) {
  model_options options;
  options.model = directory + "/model.h5";
  return load_model(line, options);
}

/// The lanes in which membranes are drawn, each with its neurons, and whether `asked` is one of those drawn.
std::pair<std::vector<std::string>, bool> look_for(const asked_neuron& asked, std::span<const report_scene> scenes) {
  std::vector<std::string> lanes;
  bool found = false;
  for (const auto& scene : scenes) {
    for (const auto& sample : scene.samples) {
      for (const auto& m : sample.membranes) {
        const auto& lane = scene.lanes[m.lane];
        found = found || (lane.name == asked.lane && m.trace.id == asked.id);
        const auto neurons = fmt::format("{}:0 to {}", lane.name, lane.n_nodes - 1);
        if (std::ranges::find(lanes, neurons) == lanes.end()) lanes.push_back(neurons);
      }
    }
  }
  return {lanes, found};
}

void check_asked(std::span<const asked_neuron> neurons, std::span<const report_scene> scenes) {
  for (const auto& asked : neurons) {
    const auto [lanes, found] = look_for(asked, scenes);
    if (found) continue;
    throw usage_error(fmt::format("--neurons = '{}:{}', allowed: {}", asked.lane, asked.id,
                                  lanes.empty() ? "nothing, as no membranes are known" : joined(lanes)));
  }
}

json_object facts_json(const run_facts& facts) {
  auto rows = json_object::array();
  for (const auto& [name, fact] : facts) rows.push_back({name, fact_text(fact)});
  return rows;
}

/// The run's model and, of a GAN, its discriminator.
json_object networks_json(const std::string& directory, const loaded_model& model) {
  auto networks = json_object::array({network_json("model", populations_of(model), model.regime, model.trainable)});
  const auto path = directory + "/discriminator.h5";
  if (!fs::exists(path)) return networks;
  const auto stored = read_model(path);
  networks.push_back(network_json("discriminator", stored.net.populations(), stored.regime, stored.trainable));
  return networks;
}

std::vector<report_scene> all_scenes(const command_line& line, const report_request& request, const loaded_model& model,
                                     std::vector<std::string>& notes) {
  std::vector<report_scene> scenes;
  if (auto scene = scene_of_model(line, request, model, notes)) scenes.push_back(std::move(*scene));
  auto trace = request.trace;
  const auto own_trace = request.directory + "/trace.h5";
  if (!trace && fs::exists(own_trace)) trace = own_trace;
  if (trace) std::ranges::move(scenes_of_trace(*trace, request, model), std::back_inserter(scenes));
  return scenes;
}

void tell(const report_request& request, const json_object& data, std::size_t bytes) {
  const auto& columns = data["metrics"]["columns"];
  const auto rows = columns.empty() ? 0 : columns[0].size();
  const auto pictures = data["grids"]["pictures"].size();
  std::size_t samples = 0;
  for (const auto& scene : data["scenes"]) samples += scene["samples"].size();
  if (request.common.json) {
    print_json({{"out", request.out}, {"rows", rows}, {"pictures", pictures}, {"samples", samples}, {"bytes", bytes}});
  } else {
    print(fmt::format("{}: {} rows of metrics, {} pictures, {} samples with their spikes, {} bytes\n", request.out,
                      rows, pictures, samples, grouped(bytes)));
  }
}

}  // namespace

int run_report(std::span<const std::string> arguments) {
  report_request request;
  command_line line("report",
                    "Writes one self-contained HTML page about a training run: loss and rates, sample grids, spikes, "
                    "membranes, facts.");
  if (!parse(line, request, arguments)) return exit_done;
  const auto metrics = read_metrics(request.directory + "/metrics.csv");
  const auto model = read_run_model(line, request.directory);
  const auto grids = find_sample_grids(request.directory);
  std::vector<std::string> notes;
  const auto scenes = all_scenes(line, request, model, notes);
  check_asked(request.neurons, scenes);
  for (const auto& note : notes) message(note);
  json_object data{{"version", describe_build().version}, {"networks", networks_json(request.directory, model)},
                   {"facts", facts_json(model.facts)},    {"metrics", metrics_json(metrics)},
                   {"grids", grids_json(grids)},          {"notes", notes},
                   {"scenes", json_object::array()}};
  for (const auto& scene : scenes) data["scenes"].push_back(scene_json(scene));
  const auto page = report_page("firstspike: " + request.directory, data);
  write_whole_file(request.out, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()},
                   request.common.overwrite);
  tell(request, data, page.size());
  return exit_done;
}

}  // namespace firstspike
